"""Arithmetic on pixel values: any number type to 8 bits, colour to grey, grey to colour."""

from functools import cache

import numpy as np

from classicvis.kernels._grey import weigh_channels

from ._errors import UnreadableImage

GREY_WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601


def grey_from_rgb(image):
    """Turn an RGB image into a grey one by the weights of ITU-R BT.601.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols, 3), uint8
        RGB.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols), uint8
        ``(9798 R + 19235 G + 3735 B + 16384) >> 15``: 0.299 R + 0.587 G + 0.114 B, to the nearest integer.
    """
    grey = np.empty(image.shape[:2], np.uint8)
    weigh_channels(np.ascontiguousarray(image).reshape(-1), grey.reshape(-1))
    return grey


def rgb_from_grey(image):
    """Repeat a grey image of shape (n_rows, n_cols) in three channels."""
    return np.repeat(image[:, :, np.newaxis], 3, axis=2)


def convert_color(image, color):
    """Turn an 8-bit image into grey or RGB, whichever it is.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels), uint8
        1 channel is grey, 3 are RGB, 4 are RGBA; alpha is dropped.
    color : {"rgb", "gray"}
        What to return.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols, 3) or (n_rows, n_cols), uint8
        RGB or grey. May be a view.
    """
    if image.ndim == 3:
        image = image[:, :, 0] if image.shape[2] == 1 else image[:, :, :3]
    if image.ndim == 2:
        return rgb_from_grey(image) if color == "rgb" else image
    return image if color == "rgb" else grey_from_rgb(image)


def scale_to_uint8(image, value_range="dtype"):
    """Bring pixel values of any number type to 8 bits, to the nearest integer.

    Parameters
    ----------
    image : ndarray
        bool, integers or floats.
    value_range : "dtype" or tuple of (low, high), default="dtype"
        The values of black and white. ``"dtype"``: 0 and 1 for floats, 0 and 65535 for uint16, 0 and 255 for
        all other integers. bool is black and white in any case.

    Returns
    -------
    image : ndarray, uint8
        Of the same shape; the same array where nothing had to be done.

    Raises
    ------
    UnreadableImage
        A value lies outside the range, or is NaN, or the values are no real numbers.
    """
    kind, size = image.dtype.kind, image.dtype.itemsize
    if kind not in "buif":
        raise UnreadableImage(f"has values of the type {image.dtype}, which are no pixels")
    if kind == "b":
        return image.astype(np.uint8) * np.uint8(255)
    if value_range != "dtype":
        return _stretch(image, *value_range)
    if kind == "f":
        return _stretch(image, 0, 1)
    if kind == "u" and size <= 2:
        return image if size == 1 else _deep_to_uint8()[image]
    _require_range(image, 0, 255)
    return image.astype(np.uint8)


@cache
def _deep_to_uint8():
    """Return the table from uint16 to uint8: v / 257, so that 257 v comes back as v."""
    return np.rint(np.arange(2**16) / 257).astype(np.uint8)


def _stretch(image, low, high):
    """Map low to 0 and high to 255."""
    _require_range(image, low, high)
    dtype = np.float32 if image.dtype == np.float32 else np.float64
    scaled = (image.astype(dtype) - dtype(low)) * dtype(255 / (high - low))
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _require_range(image, low, high):
    smallest, largest = image.min(), image.max()
    if not (smallest >= low and largest <= high):  # written so that NaN fails
        raise UnreadableImage(
            f"has {image.dtype} values from {smallest} to {largest}, outside {low} to {high} "
            "(value_range says which values are black and white)"
        )
