"""Which pixel values are black and white: what `value_range` means where a feature needs to know."""

import math
from numbers import Real

import numpy as np

WHITE = {"bool": 1.0, "uint8": 255.0, "uint16": 65535.0}  # of floats: 1


def black_and_white(value_range, dtype):
    """Return the values of black and white.

    Parameters
    ----------
    value_range : 'dtype' or tuple of (float, float)
        ``'dtype'`` means integers by their dtype, and 0 and 1 for floats.
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
    if value_range == "dtype":
        return 0.0, WHITE.get(np.dtype(dtype).name, 1.0)
    values = tuple(value_range)
    are_numbers = len(values) == 2 and all(isinstance(value, Real) and math.isfinite(value) for value in values)
    if not are_numbers or values[0] >= values[1]:
        raise ValueError(
            f"value_range is {value_range!r}, but must be 'dtype' or two numbers, the values of black and white, "
            "the smaller one first."
        )
    return float(values[0]), float(values[1])
