"""What the features share: parameters that are pairs, arrays that many images use, and the dtype of results."""

from numbers import Integral

import numpy as np


def check_pair(name, value):
    """Return a pair of positive integers, or say what is wrong with it."""
    pair = tuple(value) if isinstance(value, list | tuple | np.ndarray) else ()
    if len(pair) != 2 or not all(isinstance(size, Integral) and size >= 1 for size in pair):
        raise ValueError(f"{name} is {value!r}, but must be two integers of at least 1: (rows, columns).")
    return int(pair[0]), int(pair[1])


def output_dtype(image_dtype):
    """Return float64 for float64 images, else float32."""
    return np.dtype(np.float64 if image_dtype == np.float64 else np.float32)


def read_only(array):
    """Make an array read-only, and return it: what is cached must not change."""
    array.flags.writeable = False
    return array


def for_kernel(images):
    """Return images as kernels take them: contiguous, bool as uint8, and read-only, lest numba compile them twice."""
    images = np.ascontiguousarray(images)
    return read_only(images.view(np.uint8) if images.dtype == np.bool_ else images.view())


def pad_at_end(images, shape):
    """Repeat the edge of images at the bottom and on the right, up to the rows and columns of `shape`.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        The images.
    shape : tuple of (int, int)
        Rows and columns.

    Returns
    -------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        The same images if they are large enough.
    """
    missing_rows, missing_columns = max(0, shape[0] - images.shape[1]), max(0, shape[1] - images.shape[2])
    if not missing_rows and not missing_columns:
        return images
    return np.pad(images, ((0, 0), (0, missing_rows), (0, missing_columns), (0, 0)), mode="edge")
