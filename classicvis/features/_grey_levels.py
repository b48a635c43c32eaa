"""Images of any dtype and colour as grey ones: in their own range, or from 0 to 255, which is what SIFT looks at."""

import numpy as np

from ..images._color import GREY_WEIGHTS
from ..images._value_range import black_and_white
from ..kernels._grey import weigh_channels

WHITE = 255.0


def as_image(image, channel_axis):
    """Return one image as an array of shape (n_rows, n_columns) or (n_rows, n_columns, n_channels).

    Parameters
    ----------
    image : array-like
        The image.
    channel_axis : int or None
        Its axis of channels; None for a grey image.

    Returns
    -------
    image : ndarray
        The same with its channels, if it has any, last.

    Raises
    ------
    ValueError
        The image has another number of axes or channels, no pixels, no real numbers, or values that are not finite.
    """
    image = np.asarray(image)
    n_dims = 2 if channel_axis is None else 3
    if image.ndim != n_dims:
        raise ValueError(
            f"The image has {image.ndim} axes, but must have two, and with channel_axis three: "
            "set channel_axis for colour images, and only for them."
        )
    if image.dtype.kind not in "buif":
        raise ValueError(f"The image has dtype {image.dtype}, but must hold real numbers.")
    if channel_axis is not None:
        image = np.moveaxis(image, channel_axis, -1)
        if image.shape[2] not in (1, 3, 4):
            raise ValueError(
                f"The image has {image.shape[2]} channels, but must have 1 (grey), 3 (RGB) or 4 (RGBA): "
                "set channel_axis to the axis of its channels."
            )
    if image.size == 0:
        raise ValueError(f"The image has the shape {image.shape[:2]}, so no pixels: give at least one.")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise ValueError("The image contains NaN or inf: give finite pixel values only.")
    return image.astype(image.dtype.newbyteorder("="), copy=False)


def grey_levels(images, value_range="dtype"):
    """Return images as grey levels from 0 to 255.

    Parameters
    ----------
    images : ndarray of shape (..., n_rows, n_columns, n_channels)
        Finite; 1 channel is grey, 3 are RGB, 4 are RGBA, whose alpha is dropped. 8-bit colours become grey to the
        nearest integer, as `ImageReader` does it, all others without rounding.
    value_range : "dtype" or tuple of (low, high), default="dtype"
        The values of black and white. ``"dtype"``: 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255 for
        all other integers. Values outside the range are clipped.

    Returns
    -------
    levels : float32 ndarray of shape (..., n_rows, n_columns)
        The grey levels, contiguous.
    """
    channels = images[..., 0] if images.shape[-1] == 1 else images[..., :3]
    if images.dtype == np.uint8 and value_range == "dtype":
        return np.ascontiguousarray(_weighed_bytes(channels, images.ndim), dtype=np.float32)
    levels = _stretched(channels, *black_and_white(value_range, images.dtype))
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
    red, green, blue = (images[..., i : i + 1] * np.float64(GREY_WEIGHTS[i]) for i in range(3))
    return red + green + blue


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
