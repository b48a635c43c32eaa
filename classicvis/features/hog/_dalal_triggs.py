"""HOG as Dalal and Triggs have it, of a batch of images: votes interpolated, blocks under a Gaussian window."""

import functools

import numpy as np

from classicvis.features._parameters import for_kernel, pad_at_end, read_only
from classicvis.features.hog._skimage import block_shape, bound_magnitude
from classicvis.kernels.hog import fill_trilinear_blocks

LARGEST_MAGNITUDE = {4: 2.0**30, 8: 2.0**400}  # by item size: squares of a block's votes would overflow
NORM = "L2-Hys"


def check_dalal_triggs(settings):
    """Raise a ValueError where a setting is not allowed."""
    if settings.block_norm != NORM:
        raise ValueError(
            f"block_norm is {settings.block_norm!r}, but variant='dalal-triggs' normalises by {NORM!r} alone: "
            "leave block_norm out, or take variant='skimage'."
        )


def fill_dalal_triggs_blocks(settings, images, out):
    """Compute the blocks of images; arguments are those of `fill_blocks`."""
    sides, counts = settings.pixels_per_cell, settings.cells_per_block
    sigma = sum(settings.block_shape) / 8
    images = pad_at_end(images, settings.block_shape)
    shape = block_shape(images.shape[1:3], settings)
    fill_trilinear_blocks(
        for_kernel(bound_magnitude(images, LARGEST_MAGNITUDE)),
        settings.sizes,
        *(_weights(side, n_cells, sigma, out.dtype) for side, n_cells in zip(sides, counts, strict=True)),
        settings.transform_sqrt,
        out.reshape(len(images), *shape[:2], -1),
    )


@functools.lru_cache(maxsize=64)
def _weights(cell_side, n_cells, sigma, dtype):
    """Return how much each pixel of an axis of a block counts in each of its cells, of shape (n_cells, pixels).

    The product of a Gaussian window, the middle of which OpenCV puts at half the block's side, and the share of the
    cell by linear interpolation between the middles of cells (Dalal's thesis, 2006, appendix D).
    """
    pixels = np.arange(cell_side * n_cells)
    window = np.exp(-((pixels - len(pixels) / 2) ** 2) / (2 * sigma**2))
    distances = (pixels + 0.5) / cell_side - 0.5 - np.arange(n_cells)[:, np.newaxis]
    return read_only((np.maximum(1 - np.abs(distances), 0) * window).astype(dtype))
