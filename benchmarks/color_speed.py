"""Colour histograms, nanoseconds a pixel on one thread: classicvis against scikit-image and NumPy.

    python benchmarks/color_speed.py [--markdown]

Both take turns in one process, on one thread each, and the best of several runs counts. `ColorHistogramTransformer`
gets a batch of RGB images, as in use, and counts in the whole image, which is one cell. scikit-image converts a few of
the same images one by one, and `numpy.histogram` counts each coordinate, or `numpy.histogramdd` all three together.
Opponent colours, which scikit-image has not, are left out. The counts are equal, but for colours on the edge of two
bins, which the tests show. Images are random noise.
"""

import argparse
import platform

import numba
import numpy as np
import skimage
from skimage.color import rgb2hsv, rgb2lab
from skimage.util import img_as_float
from tqdm import tqdm
from turns import best_nanoseconds, print_table

from classicvis import ColorHistogramTransformer

SIZES = ((32, 32), (64, 64), (256, 256))
SPACES = {
    "rgb": (img_as_float, ((0, 1), (0, 1), (0, 1))),
    "hsv": (rgb2hsv, ((0, 1), (0, 1), (0, 1))),
    "lab": (rgb2lab, ((0, 100), (-110, 110), (-110, 110))),
}
BINS = 8
HEADINGS = ("image", "dtype", "colours", "counted", "ns/px", "scikit-image", "×")


def make_cases():
    """Return size, dtype, colour space, and whether coordinates are counted together, of every row of the table."""
    sizes = [(size, "uint8", space, False) for space in SPACES for size in SIZES]
    joint = [((256, 256), "uint8", space, True) for space in SPACES]
    return sizes + joint + [((256, 256), "float32", space, False) for space in SPACES]


def make_runs(case, n_pixels):
    """Return a function a contender that computes histograms, and how many pixels it looks at."""
    size, dtype, space, joint = case
    n_images = max(1, n_pixels // (size[0] * size[1]))
    images = np.random.default_rng(0).integers(0, 256, (n_images, *size, 3), dtype=np.uint8)
    images = images if dtype == "uint8" else (images / 255).astype(dtype)
    transformer = ColorHistogramTransformer(space, BINS, joint, (1, 1)).fit(images[:1])
    few = images[: max(1, n_images // 8)]
    convert, ranges = SPACES[space]

    def count(image):
        pixels = convert(image).reshape(-1, 3)
        if joint:
            return np.histogramdd(pixels, BINS, ranges)[0].ravel()
        return np.concatenate([np.histogram(pixels[:, k], BINS, ranges[k])[0] for k in range(3)])

    pixels = size[0] * size[1]
    return {
        "classicvis": (lambda: transformer.transform(images), n_images * pixels),
        "skimage": (lambda: [count(image) for image in few], len(few) * pixels),
    }


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=15, help="how many runs the best is taken of (default: 15)")
    parser.add_argument("--pixels", type=int, default=2**19, help="pixels in a batch of ours (default: 2^19)")
    options = parser.parse_args(arguments)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, scikit-image {skimage.__version__}, one thread, best of {options.rounds}\n"
    )
    rows = []
    for case in tqdm(make_cases(), disable=None, desc="cases"):
        best = best_nanoseconds(make_runs(case, options.pixels), options.rounds)
        size, dtype, space, joint = case
        times = f"{best['classicvis']:.2f}", f"{best['skimage']:.0f}", f"{best['skimage'] / best['classicvis']:.1f}"
        rows.append(("{} × {}".format(*size), dtype, space, "together" if joint else "each", *times))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
