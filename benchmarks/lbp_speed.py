"""Local binary patterns, nanoseconds a pixel on one thread: classicvis against scikit-image.

    python benchmarks/lbp_speed.py [--markdown]

Both take turns in one process, on one thread each, and the best of several runs counts. `LBPTransformer` gets a batch
of images, as in use, and counts the labels in the whole image; scikit-image gets the same images one by one, with
`numpy.bincount` after it. The codes are equal to the last bit, which the tests show. Images are random noise.
"""

import argparse
import platform
import warnings

import numba
import numpy as np
import skimage
from skimage.feature import local_binary_pattern as skimage_lbp
from tqdm import tqdm
from turns import best_nanoseconds, print_table

from classicvis import LBPTransformer

SIZES = ((28, 28), (64, 64), (256, 256), (1024, 1024))
CIRCLES = ((8, 1), (16, 2), (24, 3))
METHODS = ("uniform", "nri_uniform", "ror", "default")
HEADINGS = ("image", "dtype", "points, radius", "method", "ns/px", "scikit-image", "×")


def make_cases():
    """Return size, dtype, circle and method of every row of the table."""
    sizes = [(size, "uint8", (8, 1), "uniform") for size in SIZES]
    circles = [((256, 256), "uint8", circle, "uniform") for circle in CIRCLES[1:]]
    methods = [((256, 256), "uint8", (8, 1), method) for method in METHODS[1:]]
    dtypes = [((256, 256), dtype, (8, 1), "uniform") for dtype in ("float32", "float64")]
    return sizes + circles + methods + dtypes


def make_runs(case, n_pixels):
    """Return a function a contender that computes histograms, and how many pixels it looks at."""
    size, dtype, circle, method = case
    n_images = max(1, n_pixels // (size[0] * size[1]))
    images = np.random.default_rng(0).integers(0, 256, (n_images, *size), dtype=np.uint8)
    images = images if dtype == "uint8" else (images / 255).astype(dtype)
    transformer = LBPTransformer((circle,), method, (1, 1)).fit(images[:1])
    few = images[: max(1, n_images // 8)]

    def run_skimage():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of floats
            return [np.bincount(skimage_lbp(image, *circle, method).astype(int).ravel()) for image in few]

    return {"classicvis": (lambda: transformer.transform(images), images.size), "skimage": (run_skimage, few.size)}


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=15, help="how many runs the best is taken of (default: 15)")
    parser.add_argument("--pixels", type=int, default=2**20, help="pixels in a batch of ours (default: 2^20)")
    options = parser.parse_args(arguments)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, scikit-image {skimage.__version__}, one thread, best of {options.rounds}\n"
    )
    rows = []
    for case in tqdm(make_cases(), disable=None, desc="cases"):
        best = best_nanoseconds(make_runs(case, options.pixels), options.rounds)
        size, dtype, circle, method = case
        times = f"{best['classicvis']:.2f}", f"{best['skimage']:.0f}", f"{best['skimage'] / best['classicvis']:.0f}"
        rows.append(("{} × {}".format(*size), dtype, "{}, {}".format(*circle), method, *times))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
