"""Gabor filters, nanoseconds a pixel and filter on one thread: classicvis against scikit-image.

    python benchmarks/gabor_speed.py [--markdown]

Both take turns in one process, on one thread each, and the best of several runs counts. `GaborTransformer` gets a
batch of images, as in use, and takes the mean and the standard deviation of the magnitudes in 4 × 4 cells.
scikit-image gets a few of the same images one by one, as floats, since it rounds responses to integers otherwise; of
the magnitudes one mean and one standard deviation of the whole image are taken. The magnitudes agree within 1e-6 of
the largest pixel value, which the tests show. Images are random noise.
"""

import argparse
import platform

import numba
import numpy as np
import scipy
import skimage
from skimage.filters import gabor
from tqdm import tqdm
from turns import best_nanoseconds, print_table

from classicvis import GaborTransformer

SIZES = ((28, 28), (64, 64), (256, 256))
FREQUENCIES = ((0.1,), (0.2,), (0.4,), (0.1, 0.2, 0.4))
ORIENTATIONS = 8
HEADINGS = ("image", "dtype", "frequencies", "ns/px/filter", "scikit-image", "×")


def make_cases():
    """Return size, dtype and frequencies of every row of the table."""
    sizes = [(size, "uint8", frequencies) for size in SIZES for frequencies in FREQUENCIES]
    return sizes + [((64, 64), dtype, FREQUENCIES[-1]) for dtype in ("float32", "float64")]


def make_runs(case, n_pixels):
    """Return a function a contender that describes images, and how many responses of a pixel it computes."""
    size, dtype, frequencies = case
    n_images = max(1, n_pixels // (size[0] * size[1]))
    images = np.random.default_rng(0).integers(0, 256, (n_images, *size), dtype=np.uint8)
    images = images if dtype == "uint8" else (images / 255).astype(dtype)
    transformer = GaborTransformer(frequencies, ORIENTATIONS).fit(images[:1])
    image = images[0] if images.dtype.kind == "f" else images[0].astype(np.float32)
    angles = np.pi * np.arange(ORIENTATIONS // 2) / ORIENTATIONS  # the others have filters of the same sizes

    def run_skimage():
        magnitudes = [np.hypot(*gabor(image, frequency, angle)) for frequency in frequencies for angle in angles]
        return [(part.mean(), part.std()) for part in magnitudes]

    return {
        "classicvis": (lambda: transformer.transform(images), images.size * len(frequencies) * ORIENTATIONS),
        "skimage": (run_skimage, image.size * len(frequencies) * len(angles)),
    }


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=5, help="how many runs the best is taken of (default: 5)")
    parser.add_argument("--pixels", type=int, default=2**18, help="pixels in a batch of ours (default: 2^18)")
    options = parser.parse_args(arguments)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"SciPy {scipy.__version__}, numba {numba.__version__}, scikit-image {skimage.__version__}, one thread, "
        f"best of {options.rounds}\n"
    )
    rows = []
    for case in tqdm(make_cases(), disable=None, desc="cases"):
        best = best_nanoseconds(make_runs(case, options.pixels), options.rounds)
        size, dtype, frequencies = case
        times = f"{best['classicvis']:.2f}", f"{best['skimage']:.0f}", f"{best['skimage'] / best['classicvis']:.0f}"
        rows.append(("{} × {}".format(*size), dtype, ", ".join(map(str, frequencies)), *times))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
