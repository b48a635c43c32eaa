"""HOG as Dalal and Triggs have it, of a batch of images: votes interpolated, blocks under a Gaussian window."""

import functools

import numpy as np

from ..kernels._hog_dalal_triggs import fill_trilinear_blocks
from ._hog import check_settings, output_dtype, output_shape, prepared

LARGEST_MAGNITUDE = {4: 2.0**30, 8: 2.0**400}  # by item size: squares of a block's votes would overflow
NORM = "L2-Hys"


def check_dalal_triggs_settings(orientations, pixels_per_cell, cells_per_block, block_norm):
    """Return the settings as plain integers, or say which one is not allowed."""
    settings = check_settings(orientations, pixels_per_cell, cells_per_block, block_norm)
    if block_norm != NORM:
        raise ValueError(
            f"block_norm is {block_norm!r}, but variant='dalal-triggs' normalises by {NORM!r} alone: "
            "leave block_norm out, or take variant='skimage'."
        )
    return settings


def dalal_triggs_of_images(images, settings, transform_sqrt, out=None):
    """Compute the blocks of images that are large enough.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        bool, uint8, uint16, float32 or float64; finite.
    settings : tuple
        What `check_dalal_triggs_settings` returns.
    transform_sqrt : bool
        Take the square root of each pixel first.
    out : ndarray, default=None
        Where to write the result; float64 for float64 images, else float32.

    Returns
    -------
    out : ndarray of shape (n, *output_shape(...))
        The blocks.
    """
    orientations, cell, block, _ = settings
    dtype = output_dtype(images.dtype)
    shape = output_shape(images.shape[1:3], settings)
    if out is None:
        out = np.empty((len(images), *shape), dtype)
    sigma = (cell[0] * block[0] + cell[1] * block[1]) / 8
    fill_trilinear_blocks(
        prepared(images, LARGEST_MAGNITUDE),
        (orientations, *cell, *block),
        _weights(cell[0], block[0], sigma, dtype),
        _weights(cell[1], block[1], sigma, dtype),
        bool(transform_sqrt),
        out.reshape(len(images), *shape[:2], -1),
    )
    return out


@functools.lru_cache(maxsize=64)
def _weights(cell_side, n_cells, sigma, dtype):
    """Return how much each pixel of an axis of a block counts in each of its cells, of shape (n_cells, pixels).

    The product of a Gaussian window, the middle of which OpenCV puts at half the block's side, and the share of the
    cell by linear interpolation between the middles of cells (Dalal's thesis, 2006, appendix D).
    """
    pixels = np.arange(cell_side * n_cells)
    window = np.exp(-((pixels - len(pixels) / 2) ** 2) / (2 * sigma**2))
    distances = (pixels + 0.5) / cell_side - 0.5 - np.arange(n_cells)[:, np.newaxis]
    weights = (np.maximum(1 - np.abs(distances), 0) * window).astype(dtype)
    weights.flags.writeable = False
    return weights
