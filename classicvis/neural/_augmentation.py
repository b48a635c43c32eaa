"""Batches of images: moved and mirrored in their own dtype, then normalised as float32."""

from typing import NamedTuple

import numpy as np

from classicvis.neural._levels import measure_levels

CHUNK_VALUES = 2**22  # pixel values looked at in one go when statistics are taken


class Normalisation(NamedTuple):
    """Mean and standard deviation of each channel; float64 where the images are, else float32."""

    mean: np.ndarray
    std: np.ndarray

    def apply(self, images):
        """Return the images as float32 with zero mean and unit variance, as the graph does it."""
        return ((images.astype(self.mean.dtype) - self.mean) / self.std).astype(np.float32)


def measure_normalisation(images):
    """Measure the mean and the standard deviation of each channel.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        Images of any dtype; read in pieces.

    Returns
    -------
    normalisation : Normalisation
        A channel that is constant has the standard deviation 1.
    """
    if images.dtype == np.uint8:
        mean, std = measure_levels(images)
    else:
        mean, std = _measure_values(images)
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    # What is left of a constant channel after rounding is no contrast.
    std[std <= np.finfo(dtype).eps * np.abs(mean)] = 1.0
    std[std < np.finfo(dtype).tiny] = 1.0
    return Normalisation(mean.astype(dtype), std.astype(dtype))


def _measure_values(images):
    n_images, *shape = images.shape
    n_channels = shape[-1]
    step = max(1, CHUNK_VALUES // max(1, int(np.prod(shape))))
    chunks = [images[start : start + step].reshape(-1, n_channels) for start in range(0, n_images, step)]
    n_pixels = images.size // n_channels
    # Divided before they are summed, so that no finite value overflows.
    scale = max(float(np.max(np.abs(chunk.astype(np.float64, copy=False)))) for chunk in chunks) or 1.0
    mean = sum((chunk / scale).sum(axis=0, dtype=np.float64) for chunk in chunks) / n_pixels
    squares = (((chunk / scale - mean) ** 2).sum(axis=0, dtype=np.float64) for chunk in chunks)
    variance = sum(squares) / n_pixels
    return mean * scale, np.sqrt(variance) * scale


def augment(images, *, padding, horizontal_flip, rng):
    """Move each image by a random number of pixels, and mirror half of them if told to.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        Images of any dtype.
    padding : tuple of (int, int)
        Rows and columns that are added on every side, as copies of the edge, before a window is cut out.
    horizontal_flip : bool
        Mirror every image with a probability of one half.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    moved : ndarray of shape (n, h, w, c)
        New images of the same dtype.
    """
    n_images, n_rows, n_cols, _ = images.shape
    if any(padding):
        rows, cols = padding
        padded = np.pad(images, ((0, 0), (rows, rows), (cols, cols), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (n_rows, n_cols), axis=(1, 2))
        top = rng.integers(0, 2 * rows + 1, size=n_images)
        left = rng.integers(0, 2 * cols + 1, size=n_images)
        images = windows[np.arange(n_images), top, left].transpose(0, 2, 3, 1)
    if horizontal_flip:
        mirrored = rng.random(n_images) < 0.5
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    return images
