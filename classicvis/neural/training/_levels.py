"""How often each of the 256 levels occurs in 8-bit images: all their statistics from one pass over them."""

import cv2
import numpy as np

CHUNK_VALUES = 2**22  # pixel values looked at in one go
N_LEVELS = 256


def count_levels(images):
    """Count the levels of each channel.

    Parameters
    ----------
    images : ndarray or ImageFiles of shape (n, h, w, c), uint8
        Images; read in pieces.

    Returns
    -------
    counts : ndarray of shape (256, c), int64
        How many pixels have the level, in each channel.
    """
    n_images, *shape = images.shape
    counts = np.zeros((N_LEVELS, shape[-1]), np.int64)
    step = max(1, CHUNK_VALUES // int(np.prod(shape)))
    for start in range(0, n_images, step):
        chunk = images[start : start + step]
        for channel in range(shape[-1]):
            counts[:, channel] += _histogram(chunk, channel)
    return counts


def _histogram(images, channel):
    """Count the levels as OpenCV does it: in float32, which holds whole numbers up to four pieces, but fast."""
    rows = np.ascontiguousarray(images).reshape(-1, *images.shape[2:])
    histogram = cv2.calcHist([rows], [channel], None, [N_LEVELS], [0, N_LEVELS])
    return histogram.ravel().astype(np.int64)


def measure_levels(images):
    """Measure the mean and the standard deviation of each channel.

    Parameters
    ----------
    images : ndarray or ImageFiles of shape (n, h, w, c), uint8
        Images.

    Returns
    -------
    mean, std : ndarray of shape (c,), float64
        Computed from whole numbers, and so the same for any order of the images.
    """
    counts = images.levels if hasattr(images, "levels") else count_levels(images)
    values, n_pixels = np.arange(N_LEVELS)[:, None], counts[:, 0].sum()
    mean = (counts * values).sum(axis=0) / n_pixels
    return mean, np.sqrt((counts * (values - mean) ** 2).sum(axis=0) / n_pixels)
