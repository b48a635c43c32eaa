"""Make hog.npz, scikit-image's answers that the tests of HOG compare with: `python tests/golden/make_hog.py`.

Written with scikit-image 0.26.0. The file holds the pictures, what `skimage.feature.hog` gives for the settings of
`CASES`, and of each number of orientations up to 64 a digest of the bins in which scikit-image puts the gradients
(gx, gy) of 8-bit pixels: all pairs of integers from -255 to 255 but (0, 0), gy changing slowest, one byte a bin.
"""

import hashlib
from pathlib import Path

import numpy as np
from skimage.feature import hog

PATH = Path(__file__).with_name("hog.npz")
MOST_ORIENTATIONS = 64

# Picture and settings of each case.
CASES = {
    "defaults": ("grey", {}),
    "blocks of 2 × 2": ("grey", {"cells_per_block": (2, 2)}),
    "L1": ("grey", {"block_norm": "L1", "cells_per_block": (1, 1)}),
    "L1-sqrt": ("grey", {"block_norm": "L1-sqrt", "cells_per_block": (2, 1)}),
    "L2": ("grey", {"block_norm": "L2", "pixels_per_cell": (6, 9)}),
    "odd cells": ("grey", {"pixels_per_cell": (7, 5), "cells_per_block": (1, 3)}),
    "twelve orientations": ("grey", {"orientations": 12, "pixels_per_cell": (10, 10)}),
    "square root": ("grey", {"transform_sqrt": True}),
    "colour": ("colour", {"channel_axis": -1, "cells_per_block": (2, 2)}),
    "colour, square root": ("colour", {"channel_axis": -1, "transform_sqrt": True, "block_norm": "L1"}),
    "float64": ("fractions", {"cells_per_block": (2, 2)}),
    "float64, eight orientations": ("fractions", {"orientations": 8, "block_norm": "L1-sqrt"}),
}


def make_pictures():
    """Return a grey and a colour picture of uint8 and one of float64: waves with a little noise."""
    rng = np.random.default_rng(20)
    rows, columns = np.mgrid[:37, :45]
    waves = [np.sin(a * rows + b * columns) for a, b in ((0.3, 0.1), (-0.2, 0.35), (0.05, -0.6))]
    colour = np.stack(waves, axis=-1) * 100 + 128 + rng.normal(0, 8, (37, 45, 3))
    grey = sum(waves) * 35 + 128 + rng.normal(0, 5, (37, 45))
    return {
        "grey": grey.clip(0, 255).astype(np.uint8),
        "colour": colour.clip(0, 255).astype(np.uint8),
        "fractions": rng.random((30, 33)),
    }


def bins_of_all_gradients(orientations):
    """Return scikit-image's bin of every pair of 8-bit gradients: each is the one pixel of a cell."""
    from skimage.feature._hoghistogram import hog_histograms

    g = np.arange(-255.0, 256.0)
    gy, gx = (np.ascontiguousarray(grid) for grid in np.meshgrid(g, g, indexing="ij"))
    histograms = np.zeros((*gx.shape, orientations))
    hog_histograms(gx, gy, 1, 1, *gx.shape[::-1], *gx.shape[::-1], orientations, histograms)
    bins = histograms.argmax(axis=2).astype(np.uint8)
    return bins[(gx != 0) | (gy != 0)]


def main():
    arrays = make_pictures()
    for name, (picture, settings) in CASES.items():
        arrays[f"hog: {name}"] = hog(arrays[picture], feature_vector=False, **settings)
    arrays["digests of bins"] = np.array(
        [hashlib.sha256(bins_of_all_gradients(n).tobytes()).hexdigest() for n in range(1, MOST_ORIENTATIONS + 1)]
    )
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
