"""Make color.npz, which the tests of colour histograms compare with: `python tests/golden/make_color.py`.

Written with scikit-image 0.26.0, whose conversions NumPy counts. The file holds a picture, and its histograms in each
colour space: those of each coordinate and the joint one. Opponent colours, which scikit-image has not, are left out.
"""

from pathlib import Path

import numpy as np
from skimage.color import rgb2hsv, rgb2lab

PATH = Path(__file__).with_name("color.npz")
BINS = (7, 5, 3)
SPACES = {
    "rgb": (lambda image: image / 255, ((0, 1), (0, 1), (0, 1))),
    "hsv": (rgb2hsv, ((0, 1), (0, 1), (0, 1))),
    "lab": (rgb2lab, ((0, 100), (-110, 110), (-110, 110))),
}


def edges_of(n_bins, low, high):
    """Return the edges of bins, a little lower, so that colours on an edge belong to the bin above it."""
    edges = low + (np.arange(n_bins + 1) - 1e-9) / n_bins * (high - low)
    edges[-1] = high + 1e-9
    return edges


def main():
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:60, :80]
    waves = [np.sin(a * rows + b * columns) for a, b in ((0.1, 0.05), (-0.06, 0.09), (0.02, -0.2))]
    picture = np.stack(waves, axis=-1) * 120 + 128 + rng.normal(0, 20, (60, 80, 3))
    arrays = {"picture": picture.clip(0, 255).astype(np.uint8)}
    for space, (convert, ranges) in SPACES.items():
        edges = [edges_of(n_bins, *ends) for n_bins, ends in zip(BINS, ranges, strict=True)]
        pixels = convert(arrays["picture"]).reshape(-1, 3)
        arrays[f"{space}: joint"] = np.histogramdd(pixels, edges)[0].ravel().astype(np.int32)
        each = [np.histogram(pixels[:, k], edges[k])[0] for k in range(3)]
        arrays[f"{space}: each"] = np.concatenate(each).astype(np.int32)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
