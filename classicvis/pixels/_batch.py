"""`ImageBatch`: validated images with their values of black and white."""

from dataclasses import dataclass

import numpy as np

from classicvis.pixels._value_range import warn_of_values_beyond


@dataclass(frozen=True, eq=False, slots=True)
class ImageBatch:
    """Images of one dtype, with their values of black and white.

    Attributes
    ----------
    pixels : ndarray of shape (n, h, w, c), or list of n ndarrays of shape (h, w, c)
        bool, uint8, uint16, float32 or float64; finite; c is 1 or 3. A list where the images differ in shape. May be
        a view of what was given.
    value_range : tuple of (float, float)
        The values of black and white.
    sample_shape : tuple of int or None
        The shape of an image as it was given, alpha channel included; None where the images differ in shape.
    feature_names : ndarray of shape (n_features,), or None
        The names of the columns, where the images came as a data frame.
    name : str
        What messages call the images: "X", or "The image".
    """

    pixels: np.ndarray | list
    value_range: tuple
    sample_shape: tuple | None
    feature_names: np.ndarray | None = None
    name: str = "X"

    def __len__(self):
        return len(self.pixels)

    @property
    def dtype(self):
        """The dtype of the pixels."""
        return self.pixels[0].dtype

    def warn_of_values_beyond(self):
        """Give one warning if values lie outside of `value_range`, which are clipped."""
        warn_of_values_beyond(self.pixels, self.value_range, self.name, stacklevel=4)
