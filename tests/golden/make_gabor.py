"""Make gabor.npz, scikit-image's answers that tests of Gabor filters compare with: `python tests/golden/make_gabor.py`.

Written with scikit-image 0.26.0. The file holds two pictures of float64 and, for `CASES`, the magnitudes of what
`skimage.filters.gabor` gives at the angles k * pi / orientations: their means in the cells of a grid of 3 by 2, and
their standard deviations.
"""

from pathlib import Path

import numpy as np
from skimage.filters import gabor

PATH = Path(__file__).with_name("gabor.npz")
CELLS = (3, 2)
CASES = {  # frequency, orientations, and what is not as usual
    "usual": (0.2, 8, {}),
    "low": (0.1, 6, {}),
    "high": (0.4, 5, {}),
    "wide": (0.25, 4, {"bandwidth": 1.7}),
    "narrow": (0.3, 3, {"bandwidth": 0.6}),
    "sigma": (0.15, 4, {"sigma": 2.5}),
    "cut": (0.2, 4, {"n_stds": 1.5}),
    "nearest": (0.12, 4, {"mode": "nearest"}),
    "mirror": (0.12, 4, {"mode": "mirror"}),
    "wrap": (0.12, 4, {"mode": "wrap"}),
    "constant": (0.12, 4, {"mode": "constant"}),
}


def make_pictures():
    """Return a picture of waves in many directions, and one of noise; both divide into the cells."""
    rng = np.random.default_rng(11)
    rows, columns = np.mgrid[:42, :68]
    rings = np.sin(0.02 * ((rows - 20) ** 2 + (columns - 30) ** 2)) * 80 + 120
    return {"rings": np.round(rings + rng.normal(0, 8, rings.shape), 3), "noise": rng.random((30, 34)).round(6)}


def statistics(magnitudes):
    """Return the means of the cells, then the standard deviations."""
    rows = [np.array_split(part, 2, axis=1) for part in np.array_split(magnitudes, 3, axis=0)]
    return [part.mean() for row in rows for part in row] + [part.std() for row in rows for part in row]


def main():
    arrays = make_pictures()
    for name in tuple(arrays):
        picture = arrays[name]
        for case, (frequency, orientations, settings) in CASES.items():
            settings = dict(settings)
            sigma = settings.pop("sigma", None)
            angles = np.pi * np.arange(orientations) / orientations
            parts = [gabor(picture, frequency, t, sigma_x=sigma, sigma_y=sigma, **settings) for t in angles]
            arrays[f"{name}: {case}"] = np.array([statistics(np.hypot(*part)) for part in parts])
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
