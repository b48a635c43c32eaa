"""Bringing images to one size: area averages when shrinking, linear interpolation when growing."""

import cv2
import numpy as np

from classicvis.kernels.images import average_areas


def resize_image(image, size, aspect="stretch", pad_value=0):
    """Bring an image to a size.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, 3), uint8
        Grey or RGB.
    size : tuple of (n_rows, n_cols)
        The new size.
    aspect : {"stretch", "pad", "crop"}, default="stretch"
        How to treat other proportions. ``"stretch"``: they are lost. ``"pad"``: the image is fitted inside
        the size and what remains at two sides is filled. ``"crop"``: the middle of the image that has the
        new proportions is taken.
    pad_value : int, default=0
        The value of the filling.

    Returns
    -------
    image : ndarray of shape (*size,) or (*size, 3), uint8
        The same array where it has this size already.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.images._resize import resize_image
    >>> image = np.full((4, 8), 200, np.uint8)
    >>> resize_image(image, (4, 4), aspect="pad")
    array([[  0,   0,   0,   0],
           [200, 200, 200, 200],
           [200, 200, 200, 200],
           [  0,   0,   0,   0]], dtype=uint8)
    """
    if image.shape[:2] == tuple(size):
        return image
    if aspect == "crop":
        image = _crop_to_proportions(image, size)
    elif aspect == "pad":
        inner = resample(image, *_largest_inside(image.shape[:2], size))
        return _pad(inner, size, pad_value)
    return resample(image, *size)


def resample(image, n_rows, n_cols):
    """Change the numbers of rows and columns of a uint8 image.

    An axis that shrinks is averaged over the area that each new pixel covers; after that, an axis that grows
    is interpolated linearly by OpenCV, whose own ``INTER_AREA`` gives the same means more slowly, and
    interpolates both axes as soon as one of them grows.
    """
    smaller = min(image.shape[0], n_rows), min(image.shape[1], n_cols)
    if image.shape[:2] != smaller:
        shrunk = np.empty((*smaller, *image.shape[2:]), np.uint8)
        average_areas(np.ascontiguousarray(image).reshape(*image.shape[:2], -1), shrunk.reshape(*smaller, -1))
        image = shrunk
    if smaller != (n_rows, n_cols):
        image = cv2.resize(image, (n_cols, n_rows), interpolation=cv2.INTER_LINEAR)
    return image


def _largest_inside(shape, size):
    """Return the largest size with the proportions of `shape` that fits inside `size`."""
    (n_rows, n_cols), (max_rows, max_cols) = shape, size
    if n_rows * max_cols >= n_cols * max_rows:
        return max_rows, max(1, _rounded_ratio(n_cols * max_rows, n_rows))
    return max(1, _rounded_ratio(n_rows * max_cols, n_cols)), max_cols


def _crop_to_proportions(image, size):
    """Return the largest middle part of an image that has the proportions of `size`."""
    (n_rows, n_cols), (rows, cols) = image.shape[:2], size
    if n_rows * cols > n_cols * rows:
        kept_rows, kept_cols = max(1, _rounded_ratio(n_cols * rows, cols)), n_cols
    else:
        kept_rows, kept_cols = n_rows, max(1, _rounded_ratio(n_rows * cols, rows))
    row, col = (n_rows - kept_rows) // 2, (n_cols - kept_cols) // 2
    return image[row : row + kept_rows, col : col + kept_cols]


def _pad(image, size, pad_value):
    padded = np.full((*size, *image.shape[2:]), pad_value, np.uint8)
    row, col = ((outer - inner) // 2 for outer, inner in zip(size, image.shape[:2], strict=True))
    padded[row : row + image.shape[0], col : col + image.shape[1]] = image
    return padded


def _rounded_ratio(numerator, denominator):
    """Divide integers to the nearest integer, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)
