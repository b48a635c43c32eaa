"""Make hog_variants.npz, the answers that the tests of HOG's variants compare with.

    python tests/golden/make_hog_variants.py

Written with OpenCV 4.14.0, whose main wheel has `HOGDescriptor`, and VLFeat 0.9.21, from Debian's `libvlfeat1`. The
file holds two pictures and what `HOGDescriptor.compute` and `vl_hog` give for them with the settings of `CASES`, in
the order that they have: OpenCV lists blocks and their cells column by column, VLFeat gives one plane a value.
"""

import sys
from pathlib import Path

import numpy as np

PATH = Path(__file__).with_name("hog_variants.npz")

# Variant, picture, orientations, pixels per cell, cells per block (rows, columns) and square root of each case.
CASES = {
    "people": ("dalal-triggs", "grey", 9, (8, 8), (2, 2), False),
    "defaults": ("dalal-triggs", "grey", 9, (8, 8), (3, 3), False),
    "one cell": ("dalal-triggs", "grey", 9, (8, 8), (1, 1), False),
    "oblong": ("dalal-triggs", "grey", 8, (6, 9), (3, 2), False),
    "odd cells": ("dalal-triggs", "grey", 12, (5, 7), (2, 3), False),
    "square root": ("dalal-triggs", "grey", 9, (8, 8), (2, 2), True),
    "colour": ("dalal-triggs", "colour", 9, (8, 8), (2, 2), False),
    "colour, square root": ("dalal-triggs", "colour", 6, (4, 4), (3, 2), True),
    "nine": ("uoctti", "grey", 9, (8, 8), None, False),
    "cells of 4": ("uoctti", "grey", 9, (4, 4), None, False),
    "odd": ("uoctti", "grey", 9, (7, 7), None, False),
    "last cells cut": ("uoctti", "grey", 12, (10, 10), None, False),
    "six": ("uoctti", "grey", 6, (8, 8), None, False),
    "four, colour": ("uoctti", "colour", 4, (6, 6), None, False),
    "nine, colour": ("uoctti", "colour", 9, (8, 8), None, False),
}


def make_pictures():
    """Return a grey and a colour picture of uint8: waves with a little noise.

    The colour picture has no pixel at which two channels have other gradients of one magnitude, of which OpenCV
    takes the first, but the last in the last few columns.
    """
    rng = np.random.default_rng(20)
    rows, columns = np.mgrid[:37, :45]
    waves = [np.sin(a * rows + b * columns) for a, b in ((0.3, 0.1), (-0.2, 0.35), (0.05, -0.6))]
    grey = sum(waves) * 35 + 128 + rng.normal(0, 5, (37, 45))
    while True:
        colour = np.stack(waves, axis=-1) * 100 + 128 + rng.normal(0, 8, (37, 45, 3))
        colour = colour.clip(0, 255).astype(np.uint8)
        if not has_ties(colour.astype(int)):
            return {"grey": grey.clip(0, 255).astype(np.uint8), "colour": colour}


def has_ties(image):
    """Say whether the two largest gradients of a pixel are of one magnitude, but not one gradient."""
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    gx, gy = padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]
    squares = gx**2 + gy**2
    order = squares.argsort(axis=2)
    (gx2, gy2, s2), (gx1, gy1, s1) = (
        [np.take_along_axis(values, order[..., i : i + 1], axis=2) for values in (gx, gy, squares)] for i in (1, 2)
    )
    return bool(((s1 == s2) & ((gx1 != gx2) | (gy1 != gy2))).any())


def opencv(image, orientations, cell, block, transform_sqrt):
    """Return what `HOGDescriptor.compute` gives for one window of as many whole cells as the image has."""
    import cv2

    side = block[1] * cell[1], block[0] * cell[0]
    window = image.shape[1] // cell[1] * cell[1], image.shape[0] // cell[0] * cell[0]
    settings = (1, -1.0, 0, 0.2, transform_sqrt)  # aperture, sigma, L2Hys, its threshold, gamma
    return cv2.HOGDescriptor(window, side, cell[::-1], cell[::-1], orientations, *settings).compute(image)


def main():
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    import vlfeat

    arrays = make_pictures()
    for name, (variant, picture, orientations, cell, block, transform_sqrt) in CASES.items():
        image = arrays[picture]
        if variant == "uoctti":
            arrays[f"{variant}: {name}"] = vlfeat.UocttiHOG(orientations, cell[0])(image)
        else:
            arrays[f"{variant}: {name}"] = opencv(image, orientations, cell, block, transform_sqrt)
    np.savez_compressed(PATH, **arrays)


if __name__ == "__main__":
    main()
