"""Make patches.npz, which the tests of `KMeansPatchTransformer` compare with: `python tests/golden/make_patches.py`.

No package has these features whole, so they are put together from parts of others: patches from scikit-learn 1.9,
whitening from SciPy's square roots of matrices, distances and products from SciPy 1.17 and NumPy. The file holds
images, patches to learn whitening from, a dictionary, and the pooled codes of `CASES`.
"""

from pathlib import Path

import numpy as np
from scipy.linalg import inv, sqrtm
from scipy.spatial.distance import cdist
from sklearn.feature_extraction.image import extract_patches_2d
from sklearn.preprocessing import normalize, scale

PATH = Path(__file__).with_name("patches.npz")
SIZE, CONTRAST, EPSILON, THRESHOLD = 5, 10.0, 0.1, 0.5
CASES = [(picture, encoder) for picture in ("grey", "colour") for encoder in ("triangle", "soft_threshold")]


def make_images(rng, n_channels):
    """Return uint8 images: waves with noise."""
    rows, columns = np.mgrid[:14, :18]
    waves = rng.uniform(-0.7, 0.7, (2, 8, 1, 1, n_channels))
    pictures = np.sin(waves[0] * rows[..., None] + waves[1] * columns[..., None]) * 90 + 128
    return (pictures + rng.normal(0, 6, pictures.shape)).clip(0, 255).astype(np.uint8)


def whitened_patches(image, mean, whitening):
    patches = extract_patches_2d(image, (SIZE, SIZE)).reshape(-1, len(mean)).astype(np.float64)
    variances = patches.var(axis=1, keepdims=True)
    return (scale(patches, axis=1, with_std=False) / np.sqrt(variances + CONTRAST) - mean) @ whitening


def encode(image, mean, whitening, atoms, encoder):
    z = whitened_patches(image, mean, whitening)
    if encoder == "triangle":
        distances = cdist(z, atoms)
        codes = np.clip(distances.mean(axis=1, keepdims=True) - distances, 0, None)
    else:
        products = z @ normalize(atoms).T
        codes = np.hstack([np.clip(products - THRESHOLD, 0, None), np.clip(-products - THRESHOLD, 0, None)])
    codes = codes.reshape(14 - SIZE + 1, 18 - SIZE + 1, -1)
    halves = [np.array_split(half, 2, axis=1) for half in np.array_split(codes, 2, axis=0)]
    return np.concatenate([cell.mean(axis=(0, 1)) for row in halves for cell in row])


def main():
    rng = np.random.default_rng(11)
    arrays = {}
    for picture, n_channels in (("grey", 1), ("colour", 3)):
        images = make_images(rng, n_channels)
        n_values = SIZE * SIZE * n_channels
        everything = np.concatenate([whitened_patches(image, np.zeros(n_values), np.eye(n_values)) for image in images])
        mean = everything.mean(axis=0)
        whitening = inv(sqrtm(np.cov(everything.T, bias=True) + EPSILON * np.eye(n_values))).real
        atoms = rng.normal(0, 1, (20, n_values))
        arrays |= {f"{picture}: images": images, f"{picture}: mean": mean, f"{picture}: whitening": whitening}
        arrays[f"{picture}: atoms"] = atoms
        for encoder in ("triangle", "soft_threshold"):
            codes = [encode(image, mean, whitening, atoms, encoder) for image in images]
            arrays[f"{picture}: {encoder}"] = np.array(codes)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
