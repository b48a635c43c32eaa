"""8-bit colour to grey, and grey to colour."""

import numpy as np

from classicvis.kernels.images import weigh_channels

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
