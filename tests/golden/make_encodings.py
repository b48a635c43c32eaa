"""Make encodings.npz, what VLFeat and scikit-image give: `python tests/golden/make_encodings.py`.

Written with VLFeat 0.9.21 (Debian's libvlfeat1, called through ctypes) and scikit-image 0.26.0. The file holds, for
each of `CASES`, a mixture, whose means are also the words of VLAD, descriptors, and what the references make of them.
"""

import sys
from pathlib import Path

import numpy as np
from skimage.feature import fisher_vector
from sklearn.mixture import GaussianMixture

PATH = Path(__file__).with_name("encodings.npz")

# Components, dimensions, descriptors, and how far apart the means lie in deviations: from all alike to well apart.
CASES = {
    "few": (3, 5, 40, 1.0),
    "alike": (10, 8, 100, 0.2),
    "apart": (12, 10, 150, 2.0),
    "one descriptor": (4, 6, 1, 1.0),
    "80 dimensions": (8, 80, 100, 0.5),
}
FISHER_FLAGS = {"norm": 2, "improved": 3}
VLAD_FLAGS = {"norm": 0, "intra": 1, "root": 2, "root, intra": 3}


def make_case(n_components, n_dims, n, spread, seed):
    """Return weights, means, covariances and descriptors in float32, with a few descriptors far from all means."""
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(n_components, 5.0))
    means = rng.normal(3, spread, (n_components, n_dims))
    covariances = rng.uniform(0.3, 2, (n_components, n_dims))
    labels = rng.choice(n_components, n, p=weights)
    descriptors = means[labels] + rng.normal(size=(n, n_dims)) * np.sqrt(covariances[labels])
    descriptors[:: max(n // 3, 2)] += 4
    return tuple(array.astype(np.float32) for array in (weights, means, covariances, descriptors))


def skimage_fisher(weights, means, covariances, descriptors):
    """Return what scikit-image makes: gradients along weights, means and, negated, deviations; not normalised."""
    mixture = GaussianMixture(len(weights), covariance_type="diag")
    mixture.weights_, mixture.means_, mixture.covariances_ = (
        array.astype(np.float64) for array in (weights, means, covariances)
    )
    mixture.precisions_cholesky_ = 1 / np.sqrt(mixture.covariances_)
    return fisher_vector(descriptors.astype(np.float64), mixture)


def main():
    sys.path.insert(0, str(PATH.parents[2] / "benchmarks"))
    import vlfeat

    library = vlfeat.load_library()
    arrays = {}
    for seed, (name, (n_components, n_dims, n, spread)) in enumerate(CASES.items()):
        case = make_case(n_components, n_dims, n, spread, seed)
        for part, array in zip(("weights", "means", "covariances", "descriptors"), case, strict=True):
            arrays[f"{name}: {part}"] = array
        for kind, flags in FISHER_FLAGS.items():
            arrays[f"{name}: fisher, {kind}"] = vlfeat.encode_fisher(library, *case, flags)
        for kind, flags in VLAD_FLAGS.items():
            arrays[f"{name}: vlad, {kind}"] = vlfeat.vlad_encoder(library, case[1], case[3], flags)()
        arrays[f"{name}: skimage"] = skimage_fisher(*case).astype(np.float32)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
