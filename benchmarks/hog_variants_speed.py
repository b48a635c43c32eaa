"""The variants of HOG, nanoseconds a pixel on one thread: HOGTransformer against OpenCV 4 and VLFeat.

    python benchmarks/hog_variants_speed.py [--opencv4] [--markdown]

`variant="dalal-triggs"` beside OpenCV's `HOGDescriptor`, `variant="uoctti"` beside VLFeat's `vl_hog`, each of the same
numbers. They take turns in one process, on one thread each, and the best of several runs counts. HOGTransformer gets a
batch of images, as in use; the others get the same images one by one, since that is how they are called. Images are
random noise. What is not installed is left out: the main wheel of OpenCV 5 has no `HOGDescriptor` (`--opencv4` makes an
environment with OpenCV 4; the contrib wheel of OpenCV 5 has it too), and VLFeat is Debian's `libvlfeat1`.
"""

import argparse
import platform
import sys

import cv2
import numba
import numpy as np
import vlfeat
from hog_speed import run_with_opencv4
from tqdm import tqdm
from turns import best_nanoseconds, print_table

from classicvis.features import HOGTransformer

SIZES = ((32, 32), (64, 64), (128, 64), (256, 256), (640, 480))
CELL = (8, 8)
ORIENTATIONS = 9
HEADINGS = ("variant", "image", "cells a block", "ns/px", "peer", "its ns/px", "×")


def make_cases():
    """Return variant, shape and cells a block of every row of the table."""
    cases = [("dalal-triggs", shape, (2, 2)) for shape in SIZES]
    cases += [("dalal-triggs", (256, 256), (3, 3)), ("dalal-triggs", (256, 256, 3), (2, 2))]
    return cases + [("uoctti", shape, None) for shape in (*SIZES, (256, 256, 3))]


def make_peer(variant, shape, block):
    """Return the name of the peer and a function of an image that computes the same, or None if there is none."""
    if variant == "uoctti":
        try:
            return "VLFeat", vlfeat.UocttiHOG(ORIENTATIONS, CELL[0])
        except OSError:
            return "VLFeat", None
    if not hasattr(cv2, "HOGDescriptor"):
        return "OpenCV", None
    side = CELL[1] * block[1], CELL[0] * block[0]
    aperture, sigma, l2_hys, clip, gamma = 1, -1, 0, 0.2, False
    descriptor = cv2.HOGDescriptor(
        shape[1::-1], side, CELL[::-1], CELL[::-1], ORIENTATIONS, aperture, sigma, l2_hys, clip, gamma
    )
    return "OpenCV", descriptor.compute


def make_runs(case, n_pixels):
    """Return what to time: the name of the peer, and of each contender a function and its number of pixels."""
    variant, shape, block = case
    pixels = shape[0] * shape[1]
    n_images = max(1, n_pixels // pixels)
    images = np.random.default_rng(0).integers(0, 256, (n_images, *shape), dtype=np.uint8)
    settings = {} if block is None else {"cells_per_block": block}
    transformer = HOGTransformer(ORIENTATIONS, CELL, **settings, variant=variant).fit(images[:1])
    peer, compute = make_peer(variant, shape, block)
    runs = {"classicvis": (lambda: transformer.transform(images), n_images * pixels)}
    if compute is not None:
        few = images[: max(1, n_images // 4)]
        runs[peer] = (lambda: [compute(image) for image in few], len(few) * pixels)
    return peer, runs


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--opencv4", action="store_true", help="run in an environment with OpenCV 4, made if need be")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=15, help="how many runs the best is taken of (default: 15)")
    parser.add_argument("--pixels", type=int, default=2**18, help="pixels in a batch of ours (default: 2^18)")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(arguments)
    if options.opencv4:
        run_with_opencv4([argument for argument in arguments if argument != "--opencv4"], __file__)
        return []
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, OpenCV {cv2.__version__}, one thread, best of {options.rounds}\n"
    )
    rows = []
    for case in tqdm(make_cases(), disable=None, desc="cases"):
        variant, shape, block = case
        peer, runs = make_runs(case, options.pixels)
        best = best_nanoseconds(runs, options.rounds)
        ours, theirs = best["classicvis"], best.get(peer)
        times = ("–", "–") if theirs is None else (f"{theirs:.1f}", f"{theirs / ours:.1f}")
        blocks = "–" if block is None else "{} × {}".format(*block)
        rows.append((variant, " × ".join(map(str, shape)), blocks, f"{ours:.2f}", peer, *times))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
