"""Input validation for images: `read_images` and `read_image` return an `ImageBatch` or raise a clear error.

===========================================  ==================================================================
given                                        meaning
===========================================  ==================================================================
``(n, h, w)``                                grey images, also when w is 3 or 4: channels are never guessed
``(n, h, w, c)``, c in 1, 3, 4               grey, RGB, RGBA (the alpha channel is dropped)
``(n, f)``                                   flat rows: `image_shape` if given, else √f × √f, else 1 × f up to 30
a listing of images                          arrays, tensors, nested lists or PIL images
===========================================  ==================================================================

A listing is a list, a tuple, a 1-D object array, a Series, a one-column DataFrame or ``dict.values()``. The
values of black and white are found in `_value_range.py`.
"""

import math

import numpy as np
from sklearn.utils import check_array

from classicvis._sklearn_compat import check_feature_names, get_feature_names
from classicvis.pixels._batch import ImageBatch
from classicvis.pixels._errors import UnreadableImage
from classicvis.pixels._items import is_encoded, list_items, read_item
from classicvis.pixels._shapes import CHANNELS, check_image_shape, shape_of_images, shape_of_rows
from classicvis.pixels._value_range import (
    KEPT_DTYPES,
    bring_to_one_dtype,
    check_value_range,
    keep_dtype,
    value_range_of,
    warn_of_another_range,
)


def read_images(X, *, image_shape=None, value_range=None, any_size=False, any_integer=False, like=None):
    """Read X as images.

    Parameters
    ----------
    X : array-like
        Images in one of the forms of the table above.
    image_shape : tuple of int, default=None
        ``(h, w)`` or ``(h, w, c)`` of an image, for flat rows.
    value_range : "dtype", tuple of (float, float) or None, default=None
        The values of black and white. None takes numbers as they are.
    any_size : bool, default=False
        Whether images may differ in shape.
    any_integer : bool, default=False
        Whether integers other than uint8 and uint16 may lie outside of 0 to 255. In a listing, they may only where
        no other image is bool, uint16 or float.
    like : fitted estimator, default=None
        The images must be of the shape that it has recorded, and their columns of the same names; it is not changed.

    Returns
    -------
    batch : ImageBatch
        The images.

    Raises
    ------
    ValueError
        X is empty, holds NaN or infinity, cannot be read as images, or differs in shape from `like`.

    Warns
    -----
    UserWarning
        A long row is taken for a square image; or, with ``value_range=None``, values lie in 0 to 1 where those of
        `like` did not, or the reverse.
    """
    value_range = value_range if value_range is None else check_value_range(value_range)
    if like is not None and _is_as_recorded(X, image_shape, like):
        return _make_batch(X, X.shape[1:], None, value_range, like)
    image_shape = check_image_shape(image_shape)
    if like is not None:
        check_feature_names(like, X)
    items = list_items(X)
    if items is None:
        pixels, shape = _read_array(X, image_shape, any_integer or value_range not in (None, "dtype"), like)
    else:
        pixels, shape = _read_items(items, value_range, any_size, any_integer, like)
    return _make_batch(pixels, shape, get_feature_names(X), value_range, like)


def read_image(image, channel_axis=None, *, value_range="dtype", any_integer=False, channels=CHANNELS):
    """Read one image, for functions that take one.

    Parameters
    ----------
    image : array-like of two axes, or three with `channel_axis`
        The image.
    channel_axis : int or None, default=None
        Its axis of channels; None for a grey image.
    value_range, any_integer
        As in `read_images`.
    channels : tuple of int or None, default=(1, 3, 4)
        How many channels it may have; None means any number.

    Returns
    -------
    batch : ImageBatch
        The image alone.

    Raises
    ------
    ValueError
        The image has another number of axes or channels, no pixels, no real numbers, or values that are not finite.
    """
    value_range = value_range if value_range is None else check_value_range(value_range)
    image = np.asarray(image)
    n_dims = 2 if channel_axis is None else 3
    if image.ndim != n_dims:
        raise ValueError(
            f"The image has {image.ndim} axes, but must have two, and with channel_axis three: "
            "set channel_axis for colour images, and only for them."
        )
    image = image[..., None] if channel_axis is None else np.moveaxis(image, channel_axis, -1)
    if channels is not None and image.shape[2] not in channels:
        raise ValueError(
            f"The image has {image.shape[2]} channels, but must have 1 (grey), 3 (RGB) or 4 (RGBA): "
            "set channel_axis to the axis of its channels."
        )
    if image.size == 0:
        raise ValueError(f"The image has the shape {image.shape[:2]}, so no pixels: give at least one.")
    try:
        image = keep_dtype(image, any_integer=any_integer or value_range not in (None, "dtype"))
    except UnreadableImage as error:
        raise ValueError(f"The image {error}.") from error
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise ValueError("The image contains NaN or inf: give finite pixel values only.")
    pixels = image[None, ..., :3] if channels is not None else image[None]
    return ImageBatch(pixels, value_range_of(pixels, value_range), image.shape, name="The image")


def _is_as_recorded(X, image_shape, like):
    """Return whether X is an array just like the one that was recorded, so that scikit-learn's checks can be left out.

    They take longer than the features of a single image.
    """
    return (
        type(X) is np.ndarray
        and X.ndim >= 3
        and len(X) > 0
        and X.dtype in KEPT_DTYPES
        and X.shape[1:] == getattr(like, "sample_shape_", None)
        and image_shape is None
        and not hasattr(like, "feature_names_in_")
    )


def _make_batch(pixels, shape, feature_names, value_range, like):
    """Give the pixels an axis of channels, without the alpha channel, and find the values of black and white."""
    if not isinstance(pixels, list):
        pixels = pixels.reshape(len(pixels), *shape[:2], -1)
        pixels = pixels[..., :3] if pixels.shape[3] == 4 else pixels
    extremes = _find_extremes(pixels)
    as_numbers = value_range is None
    if as_numbers and like is not None and pixels[0].dtype.kind in "iu":
        value_range = "dtype"  # a look at all values would take longer than the features of a single image
    value_range = value_range_of(pixels, value_range, extremes)
    if as_numbers and like is not None:
        warn_of_another_range(pixels, value_range, like)
    return ImageBatch(pixels, value_range, shape, feature_names)


def _read_array(X, image_shape, any_integer, like):
    """Return the pixels of a table or an array of numbers, and the shape of an image."""
    holds_integers = _holds_integers(X)
    if not hasattr(X, "columns") and hasattr(X, "__array__"):
        X = np.asarray(X)
    shape = None
    if getattr(X, "ndim", 2) >= 3:
        shape = tuple(shape_of_images(X, image_shape))
        X = X.reshape(len(X), -1)
        _require_recorded_shape(shape, like)
    rows = check_array(X, dtype="numeric", ensure_all_finite=False, input_name="X")
    if holds_integers and rows.dtype.kind == "f":  # scikit-learn makes floats of a frame's nullable integers
        _find_extremes(rows)
        rows = rows.astype(np.int64)
    rows = _keep_dtype_of_rows(rows, any_integer)
    return rows, shape or _shape_of_rows(rows.shape[1], image_shape, like)


def _holds_integers(X):
    """Return whether all values are integers, also of a frame, and of an array of Python's objects."""
    if hasattr(X, "columns"):
        dtypes = list(X.dtypes)
        return len(dtypes) > 0 and all(
            dtype.is_integer() if hasattr(dtype, "is_integer") else getattr(dtype, "kind", "") in tuple("iu")
            for dtype in dtypes
        )
    is_of_objects = isinstance(X, np.ndarray) and X.dtype == object and X.size > 0
    return is_of_objects and all(isinstance(value, int | np.integer) for value in X.flat)


def _keep_dtype_of_rows(rows, any_integer):
    try:
        return keep_dtype(rows, any_integer=any_integer)
    except UnreadableImage:
        outside = ((rows < 0) | (rows > 255)).any(axis=1)
        sample = int(np.argmax(outside))
        try:
            keep_dtype(rows[sample])
        except UnreadableImage as its_own:
            error = its_own
        raise ValueError(f"Sample {sample} of X {error}.") from error


def _shape_of_rows(n_features, image_shape, like):
    """Return the shape of the image in each flat row, which is the recorded one if there is one."""
    if like is None:
        return shape_of_rows(n_features, image_shape)
    shape = getattr(like, "sample_shape_", None) or image_shape
    if shape is None:
        raise ValueError(
            f"X has flat rows, but {type(like).__name__} was fitted on images of several shapes: give a list of "
            "images, or an array of shape (n, rows, columns) or (n, rows, columns, channels)."
        )
    if math.prod(shape) != n_features:
        raise ValueError(
            f"X has {n_features} features, but {type(like).__name__} is expecting {math.prod(shape)} features as input."
        )
    return shape


def _require_recorded_shape(shape, like):
    recorded = getattr(like, "sample_shape_", None)
    if recorded is not None and shape != recorded:
        raise ValueError(
            f"Sample 0 of X has the shape {shape}, but {type(like).__name__} was fitted on images of shape "
            f"{recorded}: give images of that shape."
        )


def _read_items(items, value_range, any_size, any_integer, like):
    """Return the images of a listing, stacked where they have one shape, and that shape."""
    if is_encoded(items[0]):
        raise ValueError(
            "X holds paths or files, but images are wanted here: put ImageReader(size=...) before this step."
        )
    images = []
    for i, item in enumerate(items):
        try:
            images.append(read_item(item))
        except UnreadableImage as error:
            raise ValueError(f"Sample {i} of X {error}.") from error
    _find_extremes(images)
    shape = _shape_of_items(images, any_size, like)
    try:
        images = bring_to_one_dtype(images, value_range, any_integer=any_integer)
    except UnreadableImage as error:
        raise ValueError(f"Sample {error.position} of X {error}.") from error
    if shape is not None:
        return np.stack(images), shape
    return [image.reshape(*image.shape[:2], -1)[..., :3] for image in images], None


def _shape_of_items(images, any_size, like):
    """Return the shape of all images, or None where they differ and may."""
    shapes = {image.shape for image in images}
    recorded = getattr(like, "sample_shape_", None)
    if len(shapes) == 1 and recorded is None:
        return images[0].shape
    if any_size and (like is None or recorded is None):
        return None
    expected, source = images[0].shape, "sample 0"
    if recorded is not None and len(recorded) == len(expected):
        expected, source = recorded, "the images in fit"
    for i, image in enumerate(images):
        if image.shape != expected:
            raise ValueError(
                f"Sample {i} of X has the shape {image.shape} and {source} {expected}: "
                "give images of one shape, for example through ImageReader(size=...)."
            )
    _require_recorded_shape(images[0].shape, like)
    return images[0].shape


def _find_extremes(pixels):
    """Return the least and the largest value of floats, or None for integers; name the first image with NaN or inf."""
    floats = [item for item in (pixels if isinstance(pixels, list) else [pixels]) if item.dtype.kind == "f"]
    if not floats:
        return None
    lows, highs = [float(item.min()) for item in floats], [float(item.max()) for item in floats]
    if not all(map(math.isfinite, lows + highs)):
        finite = [image.dtype.kind != "f" or bool(np.isfinite(image).all()) for image in pixels]
        raise ValueError(f"Sample {finite.index(False)} of X contains NaN or inf: give finite pixel values only.")
    return min(lows), max(highs)
