"""The mean and the standard deviation of each channel, which the graph brings to 0 and 1."""

from typing import NamedTuple

import numpy as np

from classicvis.neural.training._levels import measure_levels

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
    mean, std = measure_levels(images) if images.dtype == np.uint8 else _measure_values(images)
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    # What is left of a constant channel after rounding is no contrast.
    std[std <= np.finfo(dtype).eps * np.abs(mean)] = 1.0
    std[std < np.finfo(dtype).tiny] = 1.0
    return Normalisation(mean.astype(dtype), std.astype(dtype))


def given_normalisation(mean, std, images):
    """Return a normalisation whose figures the user gives.

    Parameters
    ----------
    mean, std : float, array-like of shape (channels,) or None
        In units of pixel values. Both None: it is to be measured.
    images : ndarray of shape (n, h, w, c)
        Images that it is for.

    Returns
    -------
    normalisation : Normalisation or None
        None if there is nothing given.

    Raises
    ------
    ValueError
        Only one is given, there is not one figure a channel, or they are no finite numbers, above 0 for `std`.
    """
    if mean is None and std is None:
        return None
    if mean is None or std is None:
        raise ValueError(f"mean is {mean!r} and std is {std!r}: give both, in units of pixel values, or neither.")
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    arrays = {}
    for name, values in (("mean", mean), ("std", std)):
        array = np.asarray(values, dtype=dtype)
        if array.shape not in {(), (images.shape[3],)} or not np.isfinite(array).all():
            raise ValueError(
                f"{name} is {values!r}, but must be a finite number, or one for each of {images.shape[3]} channels."
            )
        arrays[name] = np.broadcast_to(array, images.shape[3]).copy()
    if not (arrays["std"] > 0).all():
        raise ValueError(f"std is {std!r}, but must be above 0.")
    return Normalisation(arrays["mean"], arrays["std"])


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
