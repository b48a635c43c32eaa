"""Which pixel values are black and white: what `value_range` means where a feature needs to know."""

import math
import warnings
from numbers import Real

import numpy as np

WHITE = {np.dtype(bool): 1.0, np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}
WHITE_OF_INTEGERS, WHITE_OF_FLOATS = 255.0, 1.0  # of all others


def black_and_white(value_range, dtype):
    """Return the values of black and white.

    Parameters
    ----------
    value_range : 'dtype' or tuple of (float, float)
        ``'dtype'`` means 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255 for all other integers.
    dtype : dtype
        Of the images.

    Returns
    -------
    black, white : float
        The values, black the smaller one.

    Raises
    ------
    ValueError
        `value_range` is neither.
    """
    dtype = np.dtype(dtype).newbyteorder("=")
    if isinstance(value_range, str) and value_range == "dtype":
        return 0.0, WHITE.get(dtype, WHITE_OF_INTEGERS if dtype.kind in "iu" else WHITE_OF_FLOATS)
    values = tuple(value_range) if isinstance(value_range, list | tuple | np.ndarray) else ()
    are_numbers = len(values) == 2 and all(isinstance(value, Real) and math.isfinite(value) for value in values)
    if not are_numbers or values[0] >= values[1]:
        raise ValueError(
            f"value_range is {value_range!r}, but must be 'dtype' or two numbers, the values of black and white, "
            "the smaller one first."
        )
    return float(values[0]), float(values[1])


def warn_of_values_beyond(images, value_range, name="X"):
    """Warn, once for all of them, of images with values that are cut off.

    Parameters
    ----------
    images : ndarray, or list of ndarrays
        The images; all of one dtype if `value_range` is 'dtype'.
    value_range : 'dtype' or tuple of (float, float)
        As `black_and_white` takes it.
    name : str, default="X"
        What to call them.
    """
    items = images if isinstance(images, list) else [images]
    black, white = black_and_white(value_range, items[0].dtype)
    if isinstance(value_range, str) and items[0].dtype in WHITE:
        return  # its type holds no other values
    smallest, largest = min(item.min() for item in items), max(item.max() for item in items)
    if smallest < black or largest > white:
        warnings.warn(
            f"{name} has {items[0].dtype} values from {smallest} to {largest}, but value_range means {black:g} to "
            f"{white:g}: those beyond are cut off; set value_range to the values of black and white.",
            UserWarning,
            stacklevel=3,
        )
