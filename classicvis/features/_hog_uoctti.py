"""HOG as Felzenszwalb, Girshick, McAllester and Ramanan have it, of a batch of images: 31 values a cell."""

import functools

import numpy as np

from ..kernels._hog_uoctti import N_CORNERS, fill_uoctti_cells
from ._hog import check_settings, output_dtype, prepared

LARGEST_MAGNITUDE = {4: 2.0**30, 8: 2.0**400}  # by item size: squares of a block's votes would overflow
DEFAULTS = {"cells_per_block": (3, 3), "block_norm": "L2-Hys"}  # of parameters that have no say here


def check_uoctti_settings(orientations, pixels_per_cell, cells_per_block, block_norm):
    """Return orientations and cell as plain integers, or say which setting is not allowed."""
    settings = check_settings(orientations, pixels_per_cell, cells_per_block, block_norm)
    for (name, default), value in zip(DEFAULTS.items(), settings[2:], strict=True):
        if value != default:
            raise ValueError(
                f"{name} is {value!r}, but variant='uoctti' always normalises by the four blocks of 2 × 2 cells that a "
                f"cell lies in: leave {name} at its default, {default!r}."
            )
    return settings[:2]


def uoctti_padded_shape(image_shape, settings):
    """Return the shape of an image, but at least one cell."""
    return tuple(max(size, side) for size, side in zip(image_shape, settings[1], strict=True))


def uoctti_output_shape(image_shape, settings):
    """Return the rows and columns of cells, of which the last lie at least half in the image, and a cell's values."""
    orientations, cell = settings
    n_cells = ((size + side // 2) // side for size, side in zip(image_shape, cell, strict=True))
    return *n_cells, 3 * orientations + N_CORNERS


def uoctti_of_images(images, settings, transform_sqrt, out=None):
    """Compute the cells of images that are large enough.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        bool, uint8, uint16, float32 or float64; finite.
    settings : tuple
        What `check_uoctti_settings` returns.
    transform_sqrt : bool
        Take the square root of each pixel first.
    out : ndarray, default=None
        Where to write the result; float64 for float64 images, else float32.

    Returns
    -------
    out : ndarray of shape (n, *uoctti_output_shape(...))
        The cells.
    """
    orientations, cell = settings
    dtype = output_dtype(images.dtype)
    if out is None:
        out = np.empty((len(images), *uoctti_output_shape(images.shape[1:3], settings)), dtype)
    images = prepared(images, LARGEST_MAGNITUDE)
    fill_uoctti_cells(images, _directions(orientations, dtype), cell, bool(transform_sqrt), out)
    return out


@functools.lru_cache(maxsize=64)
def _directions(orientations, dtype):
    """Return cosines and sines of the undirected orientations.

    They are rounded to float32, so that those that mirror each other are equal, and where a gradient lies just between
    two orientations, they tie exactly.
    """
    angles = np.arange(orientations) * np.pi / orientations
    directions = np.stack([np.cos(angles), np.sin(angles)]).round(12).astype(np.float32).astype(dtype)
    directions.flags.writeable = False
    return directions
