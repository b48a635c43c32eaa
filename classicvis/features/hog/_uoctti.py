"""HOG as Felzenszwalb, Girshick, McAllester and Ramanan have it, of a batch of images: 31 values a cell."""

import functools

import numpy as np

from classicvis.features._parameters import for_kernel, pad_at_end, read_only
from classicvis.features.hog._skimage import bound_magnitude
from classicvis.kernels.hog import N_CORNERS, fill_uoctti_cells

LARGEST_MAGNITUDE = {4: 2.0**30, 8: 2.0**400}  # by item size: squares of a block's votes would overflow
DEFAULTS = {"cells_per_block": (3, 3), "block_norm": "L2-Hys"}  # of parameters that do not matter here


def check_uoctti(settings):
    """Raise a ValueError where a setting is not allowed."""
    for name, default in DEFAULTS.items():
        if getattr(settings, name) != default:
            raise ValueError(
                f"{name} is {getattr(settings, name)!r}, but variant='uoctti' always normalises by the four blocks of "
                f"2 × 2 cells that a cell lies in: leave {name} at its default, {default!r}."
            )


def uoctti_shape(image_shape, settings):
    """Return the rows and columns of cells, of which the last lie at least half in the image, and a cell's values."""
    n_cells = ((size + side // 2) // side for size, side in zip(image_shape, settings.pixels_per_cell, strict=True))
    return *n_cells, 3 * settings.orientations + N_CORNERS


def fill_uoctti(settings, images, out):
    """Compute the cells of images; arguments are those of `fill_blocks`."""
    images = pad_at_end(images, settings.pixels_per_cell)
    fill_uoctti_cells(
        for_kernel(bound_magnitude(images, LARGEST_MAGNITUDE)),
        _directions(settings.orientations, out.dtype),
        settings.pixels_per_cell,
        settings.transform_sqrt,
        out.reshape(len(images), *uoctti_shape(images.shape[1:3], settings)),
    )


@functools.lru_cache(maxsize=64)
def _directions(orientations, dtype):
    """Return cosines and sines of the undirected orientations.

    They are rounded to float32, so that those that mirror each other are equal, and where a gradient lies just between
    two orientations, they tie exactly.
    """
    angles = np.arange(orientations) * np.pi / orientations
    return read_only(np.stack([np.cos(angles), np.sin(angles)]).round(12).astype(np.float32).astype(dtype))
