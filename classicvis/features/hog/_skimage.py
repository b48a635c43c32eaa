"""HOG as scikit-image has it, of a batch of images: a pixel votes into one bin of one cell."""

import functools

import numpy as np

from classicvis.features._parameters import for_kernel, pad_at_end, read_only
from classicvis.kernels.hog import NORM_CODES, SECTORS, hog_batch

MOST_SINGLE_PRECISION_ORIENTATIONS = 64  # up to here float32 puts every 8-bit gradient into the right bin
LARGEST_MAGNITUDE = {4: 2.0**50, 8: 2.0**400}  # by item size: squares of larger pixels would overflow


def block_shape(image_shape, settings):
    """Return the shape of the blocks of an image of `image_shape` (n_rows, n_columns), of at least one block."""
    (n_rows, n_columns), (rows, columns) = image_shape, settings.pixels_per_cell
    block = settings.cells_per_block
    return n_rows // rows - block[0] + 1, n_columns // columns - block[1] + 1, *block, settings.orientations


def fill_blocks(settings, images, out):
    """Compute the blocks of images, which are padded to one block if they are smaller.

    Parameters
    ----------
    settings : HOGSettings
        What to compute.
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        bool, uint8, uint16, float32 or float64; finite.
    out : ndarray of shape (n, *block_shape(...)) or (n, n_features)
        Where to write the result; float64 for float64 images, else float32.
    """
    pixel_dtype, arithmetic_dtype = _precisions(images.dtype, settings)
    images = bound_magnitude(pad_at_end(images, settings.block_shape))
    shape = block_shape(images.shape[1:3], settings)
    hog_batch(
        for_kernel(images),
        _squared_tangents(settings.orientations, arithmetic_dtype),
        settings.sizes,
        settings.transform_sqrt,
        NORM_CODES[settings.block_norm],
        np.empty(0, pixel_dtype),
        out.reshape(len(images), *shape[:2], -1),
    )


def require_roots(images):
    """Raise a ValueError that names the first image with negative values."""
    if images.dtype.kind != "f":
        return
    negative = (images < 0).any(axis=(1, 2, 3))
    if negative.any():
        raise ValueError(
            f"Sample {int(np.argmax(negative))} of X has negative values, but transform_sqrt=True takes square roots: "
            "shift the pixel values, or leave transform_sqrt out."
        )


def _precisions(dtype, settings):
    """Choose the dtypes in which pixels are subtracted and gradients are summed.

    scikit-image subtracts float32 pixels in float32 and all others in float64. Single precision is exact for the
    differences of integers, but decides the bin of an integer gradient only up to 8 bits as exact arithmetic does.
    """
    exact_as_single = dtype in (np.bool_, np.uint8, np.uint16) and not settings.transform_sqrt
    pixels = np.float32 if exact_as_single or dtype == np.float32 else np.float64
    single = pixels == np.float32 and dtype != np.uint16 and settings.orientations <= MOST_SINGLE_PRECISION_ORIENTATIONS
    return pixels, np.dtype(np.float32 if single else np.float64)


@functools.lru_cache(maxsize=64)
def _squared_tangents(orientations, dtype):
    """Return tan² of the edges of the sectors of the folded quadrant, from 0° up, filled up with infinity."""
    n_sectors = (orientations + 1) // 2
    edges = np.full(-(-n_sectors // SECTORS) * SECTORS + 1, np.inf)
    edges[:n_sectors] = np.tan(np.pi * np.arange(n_sectors) / orientations) ** 2
    if orientations % 4 == 0:
        edges[orientations // 4] = 1.0  # 45°, which rounding must not miss
    return read_only(edges.astype(dtype))


def bound_magnitude(images, limits=LARGEST_MAGNITUDE):
    """Scale images of huge values down by a power of two, so that no square overflows.

    That changes nothing but the share of epsilon.
    """
    if images.dtype.kind != "f":
        return images
    limit = limits[images.itemsize]
    largest = np.maximum(images.max(axis=(1, 2, 3)), -images.min(axis=(1, 2, 3)))
    huge = np.flatnonzero(largest > limit)
    if len(huge):
        images = images.copy()
        exponents = np.frexp(largest[huge] / limit)[1]
        images[huge] = np.ldexp(images[huge], -exponents[:, None, None, None])
    return images
