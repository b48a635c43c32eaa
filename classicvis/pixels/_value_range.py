"""The values of black and white, for every dtype and every `value_range`.

=====================  ===============
dtype                  black and white
=====================  ===============
bool                   0, 1
uint8                  0, 255
uint16                 0, 65535
float                  0.0, 1.0
any other integer      0, 255
=====================  ===============

The dtype alone sets the range, never the values of a batch. Images whose dtypes have different ranges are converted to
uint8, each by its own dtype.
"""

import math
import warnings
from functools import cache
from numbers import Real

import numpy as np

from classicvis.pixels._errors import UnreadableImage

WHITE = {np.dtype(bool): 1.0, np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}
WHITE_OF_INTEGERS, WHITE_OF_FLOATS = 255.0, 1.0  # of all other dtypes
KEPT_DTYPES = tuple(np.dtype(name) for name in ("bool", "uint8", "uint16", "float32", "float64"))
LARGEST_OF_UNIT = 2  # values up to here may be those of images in 0 to 1, sharpened or with noise
LARGEST_EXACT = {np.uint8: 255, np.float32: 2**24}  # up to here the dtype holds every integer


def check_value_range(value_range):
    """Return a `value_range` as "dtype" or a pair of floats, or raise if it is invalid."""
    if isinstance(value_range, str) and value_range == "dtype":
        return value_range
    values = tuple(value_range) if isinstance(value_range, list | tuple | np.ndarray) else ()
    are_numbers = len(values) == 2 and all(isinstance(value, Real) and math.isfinite(value) for value in values)
    if not are_numbers or values[0] >= values[1]:
        raise ValueError(
            f"value_range is {value_range!r}, but must be 'dtype' or two numbers, the values of black and white, "
            "the smaller one first."
        )
    return float(values[0]), float(values[1])


def black_and_white(value_range, dtype):
    """Return the values of black and white.

    Parameters
    ----------
    value_range : 'dtype' or tuple of (float, float)
        ``'dtype'`` means 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255 for all other integers.
        bool is black and white whatever the range.
    dtype : dtype
        The dtype of the images.

    Returns
    -------
    black, white : float
        The values; black is the smaller one.

    Raises
    ------
    ValueError
        `value_range` is neither.
    """
    given = check_value_range(value_range)
    dtype = np.dtype(dtype).newbyteorder("=")
    if given == "dtype" or dtype == np.bool_:
        return 0.0, WHITE.get(dtype, WHITE_OF_INTEGERS if dtype.kind in "iu" else WHITE_OF_FLOATS)
    return given


def value_range_of(pixels, value_range, extremes=None):
    """Return the values of black and white of images.

    Parameters
    ----------
    pixels : ndarray, or list of ndarrays
        Images of one dtype.
    value_range : 'dtype', tuple of (float, float) or None
        As in `black_and_white`. None means that numbers are taken as they are: the range is 0 to 1 where all values
        lie in it, else that of an integer dtype; else 0 to 255 where floats lie in it, else that of their extremes.

    extremes : tuple of (float, float), default=None
        The least and the largest value, where they are known.

    Returns
    -------
    black, white : float
        The values.
    """
    items = pixels if isinstance(pixels, list) else [pixels]
    dtype = items[0].dtype
    if value_range is not None:
        return black_and_white(value_range, dtype)
    low, high = extremes or _extremes(items)
    for black, white in ((0.0, 1.0), black_and_white("dtype", dtype), (0.0, 255.0)):
        if low >= black and high <= white:
            return black, white
    return low, high


def keep_dtype(pixels, *, any_integer=False):
    """Return pixel values in one of the dtypes that images may have.

    Parameters
    ----------
    pixels : ndarray
        Real numbers.
    any_integer : bool, default=False
        Whether integers may have any value.

    Returns
    -------
    pixels : ndarray of dtype bool, uint8, uint16, float32 or float64
        The same array if its dtype is one of these. float16 becomes float32, longer floats become float64. Other
        integers become uint8; those beyond 0 to 255, if they may be, the shortest float that holds them exactly.

    Raises
    ------
    UnreadableImage
        The values are not real numbers, or an integer is out of its range.
    """
    if pixels.dtype in KEPT_DTYPES:  # also compares byte order
        return pixels
    kind, native = pixels.dtype.kind, pixels.dtype.newbyteorder("=")
    if kind not in "buif":
        raise UnreadableImage(f"has values of dtype {pixels.dtype}, but pixels are real numbers")
    if native in KEPT_DTYPES:
        return pixels.astype(native)
    if kind == "f":
        return pixels.astype(np.float32 if native == np.float16 else np.float64)
    low, high = pixels.min(), pixels.max()
    if low >= 0 and high <= LARGEST_EXACT[np.uint8]:
        return pixels.astype(np.uint8)
    if any_integer:
        is_exact = max(-int(low), int(high)) <= LARGEST_EXACT[np.float32]
        return pixels.astype(np.float32 if is_exact else np.float64)
    raise UnreadableImage(
        f"has {pixels.dtype} values from {low} to {high}, but integers other than uint16 mean 0 to 255: cast to uint16 "
        "where white is 65535, or divide by the value of white"
    )


def bring_to_one_dtype(images, value_range, *, any_integer=False):
    """Convert images to one dtype, each by the range of its own dtype.

    Parameters
    ----------
    images : list of ndarray
        Real numbers.
    value_range : 'dtype', tuple of (float, float) or None
        As in `value_range_of`. With a tuple, numbers stay what they are, and bool becomes black and white.
    any_integer : bool, default=False
        As in `keep_dtype`; only where all dtypes have the same black and white.

    Returns
    -------
    images : list of ndarray
        uint8 where the dtypes mean different ranges, else the shortest dtype that holds all values exactly.

    Raises
    ------
    UnreadableImage
        An image has values that its dtype does not allow; its attribute `position` is the image's place in the list.
    """
    is_explicit = value_range not in (None, "dtype")
    whites = {black_and_white("dtype", image.dtype)[1] for image in images}
    if not is_explicit and len(whites) > 1:
        return _each(images, scale_to_uint8)
    images = _each(images, lambda image: keep_dtype(image, any_integer=any_integer or is_explicit))
    dtypes = {image.dtype for image in images}
    if is_explicit and len(dtypes) > 1 and np.dtype(bool) in dtypes:
        images = _spread_bool(images, value_range, dtypes)
    dtype = np.result_type(*{image.dtype for image in images})
    return [image.astype(dtype, copy=False) for image in images]


def scale_to_uint8(image, value_range="dtype"):
    """Convert pixel values of any number type to 8 bits, to the nearest integer.

    Parameters
    ----------
    image : ndarray
        bool, integers or floats.
    value_range : "dtype" or tuple of (low, high), default="dtype"
        As in `black_and_white`.

    Returns
    -------
    image : ndarray, uint8
        Of the same shape; the same array where nothing had to be done.

    Raises
    ------
    UnreadableImage
        A value lies outside the range, or is NaN, or the values are not real numbers.
    """
    kind, size = image.dtype.kind, image.dtype.itemsize
    if kind not in "buif":
        raise UnreadableImage(f"has values of dtype {image.dtype}, but pixels are real numbers")
    if kind == "b":
        return image.astype(np.uint8) * np.uint8(255)
    if value_range != "dtype":
        return _stretch(image, *value_range)
    if kind == "f":
        return _stretch(image, 0, 1)
    if kind == "u" and size <= 2:
        return image if size == 1 else _deep_to_uint8()[image]
    return keep_dtype(image)


def warn_of_values_beyond(pixels, value_range, name="X", stacklevel=3):
    """Give one warning if images have values that are clipped.

    Parameters
    ----------
    pixels : ndarray, or list of ndarrays
        Images of one dtype.
    value_range : tuple of (float, float)
        The values of black and white.
    name : str, default="X"
        What to call the images.
    stacklevel : int, default=3
        Which caller the warning is attributed to, as in `warnings.warn`.
    """
    items = pixels if isinstance(pixels, list) else [pixels]
    dtype, (black, white) = items[0].dtype, value_range
    if white == WHITE.get(dtype) and black == 0:
        return  # its type holds no other values
    smallest, largest = _extremes(items)
    if smallest < black or largest > white:
        warnings.warn(
            f"{name} has {dtype} values from {smallest:g} to {largest:g}, but value_range means {black:g} to "
            f"{white:g}: those beyond are cut off; set value_range to the values of black and white.",
            UserWarning,
            stacklevel=stacklevel,
        )


def warn_of_another_range(pixels, value_range, fitted):
    """Warn where values lie in 0 to 1 and those in `fit` did not, or the reverse.

    Parameters
    ----------
    pixels : ndarray, or list of ndarrays
        Images of one dtype.
    value_range : tuple of (float, float)
        What `value_range_of` returns for them.
    fitted : estimator
        Takes numbers as they are; `value_range_` is the range in `fit`.
    """
    (recorded_low, recorded_high), (low, high) = fitted.value_range_, value_range
    if min(recorded_low, low) < 0:
        return
    if recorded_high > LARGEST_OF_UNIT:
        is_other = pixels[0].dtype.kind in "bf" and high <= 1 and any(image.any() for image in pixels)
    else:
        is_other = high > LARGEST_OF_UNIT and any((image > LARGEST_OF_UNIT).any() for image in pixels)
    if is_other:
        warnings.warn(
            f"X has values from {low:g} to {high:g}, but {type(fitted).__name__} was fitted on values from "
            f"{recorded_low:g} to {recorded_high:g} and takes them as they are: bring X to the range of the images in "
            "fit.",
            UserWarning,
            stacklevel=5,
        )


def _spread_bool(images, value_range, dtypes):
    """Give bool images the values of black and white, in the dtype of the other images if it holds them."""
    dtype = np.result_type(*(dtypes - {np.dtype(bool)}))
    values = np.asarray(value_range, np.float64)
    dtype = dtype if np.array_equal(values.astype(dtype), values) else np.dtype(np.float64)
    black, white = values.astype(dtype)
    return [np.where(image, white, black) if image.dtype == np.bool_ else image for image in images]


def _extremes(items):
    return float(min(item.min() for item in items)), float(max(item.max() for item in items))


def _each(images, function):
    """Apply a function to every image; an error says which image it is about."""
    results = []
    for position, image in enumerate(images):
        try:
            results.append(function(image))
        except UnreadableImage as error:
            error.position = position
            raise
    return results


@cache
def _deep_to_uint8():
    """Return the table from uint16 to uint8: v / 257, so that 257 v comes back as v."""
    return np.rint(np.arange(2**16) / 257).astype(np.uint8)


def _stretch(image, low, high):
    """Map low to 0 and high to 255."""
    smallest, largest = image.min(), image.max()
    if not (smallest >= low and largest <= high):  # written so that NaN fails
        raise UnreadableImage(
            f"has {image.dtype} values from {smallest} to {largest}, outside {low} to {high} "
            "(value_range says which values are black and white)"
        )
    dtype = np.float32 if image.dtype == np.float32 else np.float64
    scaled = (image.astype(dtype) - dtype(low)) * dtype(255 / (high - low))
    return np.rint(scaled, out=scaled).astype(np.uint8)
