"""Images of any dtype and colour as grey ones: in their own range, or from 0 to 255, which is what SIFT looks at."""

import numpy as np

from classicvis.images._color import GREY_WEIGHTS
from classicvis.kernels.images import weigh_channels

WHITE = 255.0


def grey_levels(images, value_range):
    """Return images as grey levels from 0 to 255.

    Parameters
    ----------
    images : ndarray of shape (..., n_rows, n_columns, n_channels)
        Finite; 1 channel is grey, 3 are RGB, 4 are RGBA, whose alpha is dropped. 8-bit colours become grey to the
        nearest integer, as `ImageReader` does it, all others without rounding.
    value_range : tuple of (float, float)
        The values of black and white, as an `ImageBatch` has them. Values outside the range are clipped.

    Returns
    -------
    levels : float32 ndarray of shape (..., n_rows, n_columns)
        The grey levels, contiguous.
    """
    channels = images[..., 0] if images.shape[-1] == 1 else images[..., :3]
    if images.dtype == np.uint8 and value_range == (0, WHITE):
        return np.ascontiguousarray(_weighed_bytes(channels, images.ndim), dtype=np.float32)
    levels = _stretched(channels, *value_range)
    if levels.ndim == images.ndim:
        levels = levels @ np.array(GREY_WEIGHTS, levels.dtype)
    return np.ascontiguousarray(levels, dtype=np.float32)


def grey_of_images(images):
    """Return the channels of images weighed as one: 8-bit images as `ImageReader` has them, others in float64.

    Parameters
    ----------
    images : ndarray of shape (..., n_channels)
        1 channel is grey, 3 are RGB.

    Returns
    -------
    grey : ndarray of shape (..., 1)
        In the range of values of the images, unlike `grey_levels`.
    """
    if images.shape[-1] == 1:
        return images
    if images.dtype == np.uint8:
        return _weighed_bytes(images, images.ndim)[..., None]
    red, green, blue = (images[..., i : i + 1] * np.float64(1000 * GREY_WEIGHTS[i]) for i in range(3))
    return (red + green + blue) / 1000  # exact sums of integers: equal colours have equal greys


def _weighed_bytes(channels, n_dims):
    """Return 8-bit grey levels of 8-bit channels, if there are any."""
    if channels.ndim < n_dims:
        return channels
    levels = np.empty(channels.shape[:-1], np.uint8)
    weigh_channels(np.ascontiguousarray(channels).reshape(-1), levels.reshape(-1))
    return levels


def _stretched(values, low, high):
    """Map low to 0 and high to 255, and clip what lies outside."""
    dtype = np.float32 if values.dtype in (np.bool_, np.uint8, np.uint16, np.float32) else np.float64
    values = np.clip(values.astype(dtype, copy=False), low, high)
    return (values - dtype(low)) * dtype(WHITE / (high - low))
