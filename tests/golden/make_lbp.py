"""Make lbp.npz, scikit-image's answers that the tests of LBP compare with: `python tests/golden/make_lbp.py`.

Written with scikit-image 0.26.0. The file holds two pictures, one of few grey levels, where many neighbours are as
bright as the centre, and one of fractions, and what `skimage.feature.local_binary_pattern` gives for `CASES`.
"""

import warnings
from pathlib import Path

import numpy as np
from skimage.feature import local_binary_pattern

PATH = Path(__file__).with_name("lbp.npz")
METHODS = ("default", "ror", "uniform", "nri_uniform")
CIRCLES = ((8, 1), (16, 2), (24, 3), (8, 1.5), (5, 2.7), (31, 4), (1, 1), (2, 0.4))
CASES = [(picture, *circle, method) for picture in ("levels", "fractions") for circle in CIRCLES for method in METHODS]


def make_pictures():
    """Return a picture of 4 grey levels, uint8, with flat ground and steps, and one of float64 noise."""
    rng = np.random.default_rng(5)
    rows, columns = np.mgrid[:40, :70]
    waves = np.sin(0.2 * rows + 0.1 * columns) + np.cos(0.15 * columns) + rng.normal(0, 0.2, rows.shape)
    levels = (np.clip((waves + 2), 0, 3.99).astype(np.uint8) * 83).astype(np.uint8)
    levels[5:15, 30:50] = 201
    return {"levels": levels, "fractions": rng.random((20, 33))}


def main():
    arrays = make_pictures()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-image warns of floats
        for picture, n_points, radius, method in CASES:
            labels = local_binary_pattern(arrays[picture], n_points, radius, method)
            arrays[f"{picture}: {n_points}, {radius}, {method}"] = labels.astype(np.int32)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
