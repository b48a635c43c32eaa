"""The only door for X: whatever a user may give as images becomes one array of images, or a clear error.

===========================================  ==================================================================
given                                        meaning
===========================================  ==================================================================
``(n, h, w)``                                grey images, also when w is 3 or 4: channels are never guessed
``(n, h, w, c)``, c in 1, 3, 4               grey, RGB, RGBA (the alpha channel is dropped)
``(n, f)``                                   flat rows: `image_shape` if given, else √f × √f, else 1 × f up to 30
list or 1-D object array of images           arrays or PIL images, all of one shape
===========================================  ==================================================================

bool, uint8, uint16, float32 and float64 stay what they are, float16 becomes float32, and every other real
dtype becomes float64. This is also the only file that touches private names of scikit-learn.
"""

import math
import os
import sys
import warnings
from numbers import Integral

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as select_rows
from sklearn.utils._param_validation import HasMethods, Hidden, Interval, Options, RealNotInt, StrOptions
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _check_y, check_consistent_length, validate_data

try:
    from sklearn.callback import CallbackSupportMixin
except ModuleNotFoundError:

    class CallbackSupportMixin:
        """Stands where scikit-learn has had `set_callbacks` since 1.9, without it."""


__all__ = [
    "CallbackSupportMixin",
    "FitCallbacks",
    "HasMethods",
    "Hidden",
    "Interval",
    "Options",
    "RealNotInt",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "is_path",
    "is_pil_image",
    "pil_to_array",
    "select_rows",
    "validate_data",
    "validate_images",
    "validate_images_and_labels",
    "validate_images_of_any_size",
    "validate_labels",
]

KEPT_DTYPES = tuple(np.dtype(name) for name in ("bool", "uint8", "uint16", "float32", "float64"))
LONGEST_UNSHAPED_ROW = 30  # a row up to here that is no square is one line of pixels
LARGEST_SILENT_SQUARE = 1024  # above this many pixels, taking a row for a square image is worth a warning


def validate_images(estimator, X, *, reset, image_shape=None):
    """Turn X into one array of images and record, or compare with, the shape seen in `fit`.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets `n_features_in_`, `sample_shape_` and, for named columns, `feature_names_in_`.
    X : array-like
        Images as the table at the head of this module has them.
    reset : bool
        True in `fit`: record the shape. False afterwards: compare with it.
    image_shape : tuple of int, default=None
        ``(h, w)`` or ``(h, w, c)`` of an image, for flat rows.

    Returns
    -------
    images : ndarray of shape (n, h, w, c)
        c is 1 or 3; the dtype is bool, uint8, uint16, float32 or float64. May be a view of X.

    Raises
    ------
    ValueError
        X is empty, holds NaN or infinity, cannot be read as images, or differs in shape from `fit`.
    """
    if not reset and _is_as_fitted(estimator, X, image_shape):
        _require_finite(X)
        return _as_images(X, X.shape[1:])
    X = _stack(estimator, X, reset)
    name = type(estimator).__name__
    if image_shape is not None:
        image_shape = _checked_image_shape(image_shape)
    n_dims = getattr(X, "ndim", None)
    if n_dims is not None and n_dims >= 3:
        shape = _shape_of_images(X, image_shape)
        if not reset and tuple(shape) != estimator.sample_shape_:
            raise ValueError(
                f"Sample 0 of X has the shape {shape}, but {name} was fitted on images of shape "
                f"{estimator.sample_shape_}: give images of that shape."
            )
        rows = X.reshape(len(X), -1)
    else:
        rows, shape = X, None
    rows = validate_data(estimator, rows, reset=reset, dtype="numeric", ensure_all_finite=False)
    rows = _with_kept_dtype(rows)
    if shape is None:
        shape = _shape_of_rows(rows.shape[1], image_shape) if reset else estimator.sample_shape_
    _require_finite(rows)
    if reset:
        estimator.sample_shape_ = tuple(shape)
    return _as_images(rows, shape)


def validate_images_and_labels(estimator, X, y, *, reset=True, image_shape=None):
    """Do what `validate_images` does, and check that y holds one label a sample.

    Parameters
    ----------
    estimator : BaseEstimator
        As in `validate_images`.
    X : array-like
        As in `validate_images`.
    y : array-like of shape (n,)
        Labels of any type that can be sorted.
    reset : bool, default=True
        As in `validate_images`.
    image_shape : tuple of int, default=None
        As in `validate_images`.

    Returns
    -------
    images : ndarray of shape (n, h, w, c)
        As in `validate_images`.
    y : ndarray of shape (n,)
        The labels.

    Raises
    ------
    ValueError
        As in `validate_images`; also where y is missing, not one-dimensional, or of another length.
    """
    _require_labels(estimator, y)
    images = validate_images(estimator, X, reset=reset, image_shape=image_shape)
    return images, validate_labels(estimator, images, y)


def validate_labels(estimator, images, y):
    """Check that y holds one label a sample.

    Parameters
    ----------
    estimator : BaseEstimator
        Named in messages.
    images : sequence of length n
        The samples.
    y : array-like of shape (n,)
        Labels of any type that can be sorted.

    Returns
    -------
    y : ndarray of shape (n,)
        The labels.

    Raises
    ------
    ValueError
        y is missing, not one-dimensional, or of another length.
    """
    _require_labels(estimator, y)
    y = _check_y(y, multi_output=False, y_numeric=False, estimator=estimator)
    check_consistent_length(images, y)
    return y


def _require_labels(estimator, y):
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None: "
            "give one label for each image."
        )


def validate_images_of_any_size(estimator, X, *, reset, image_shape=None):
    """Turn X into images that may differ in size, for features whose number does not depend on it.

    Parameters
    ----------
    estimator : BaseEstimator
        As in `validate_images`; `sample_shape_` is None after a `fit` on images of several shapes, and then there is
        no `n_features_in_`.
    X : array-like
        As in `validate_images`, or a list or 1-D object array of images of several shapes.
    reset : bool
        As in `validate_images`.
    image_shape : tuple of int, default=None
        As in `validate_images`.

    Returns
    -------
    images : ndarray of shape (n, h, w, c), or list of n ndarrays of shape (h, w, c)
        As in `validate_images`; a list where images may differ in shape.

    Raises
    ------
    ValueError
        As in `validate_images`.
    """
    is_array = isinstance(X, np.ndarray) and X.ndim in (3, 4)
    items = X if is_array else _listed_images(X)
    if reset:
        may_differ = not is_array and len({item.shape for item in items}) > 1
    else:
        may_differ = getattr(estimator, "sample_shape_", ()) is None
    if not may_differ:  # items are PIL images read already
        return validate_images(estimator, X if len(items) == 0 else items, reset=reset, image_shape=image_shape)
    if len(items) == 0:
        raise ValueError(
            f"X has no images, but {type(estimator).__name__} was fitted on images of several shapes: give a list of "
            "images, or an array of shape (n, rows, columns) or (n, rows, columns, channels)."
        )
    if reset:
        estimator.sample_shape_ = None
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(estimator, name):
                delattr(estimator, name)
    return [_one_image(item, i) for i, item in enumerate(items)]


def _listed_images(X):
    """Return the images of a listing of them; an empty list where X is something else."""
    is_listing = isinstance(X, list | tuple) or (isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype == object)
    if not is_listing or not all(is_pil_image(item) or (isinstance(item, np.ndarray) and item.ndim >= 2) for item in X):
        return []
    return [pil_to_array(item) if is_pil_image(item) else item for item in X]


def _one_image(image, i):
    """Check one of several images of different shapes, and give it an axis of channels."""
    if image.ndim > 3 or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)) or image.size == 0:
        raise ValueError(
            f"Sample {i} of X has the shape {image.shape}: give images of shape (rows, columns) or "
            "(rows, columns, channels), with 1, 3 or 4 channels and at least one pixel."
        )
    if image.dtype.kind not in "buif":
        raise ValueError(f"Sample {i} of X has the dtype {image.dtype}, but must hold real numbers.")
    image = _with_kept_dtype(image)
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise ValueError(f"Sample {i} of X contains NaN or inf: give finite pixel values only.")
    image = image.reshape(*image.shape[:2], -1)
    return image[..., :3] if image.shape[2] == 4 else image


def is_path(item):
    """Say whether an item of X is a file's path: a `str` or an `os.PathLike`."""
    return isinstance(item, str | os.PathLike)


def is_pil_image(item):
    """Say whether an item of X is a PIL image, without importing PIL for those who do not use it."""
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(item, pil.Image)


def pil_to_array(image):
    """Turn a PIL image into an array, upright, with the alpha channel dropped.

    Parameters
    ----------
    image : PIL.Image.Image
        An image of any mode. The EXIF orientation is applied.

    Returns
    -------
    array : ndarray of shape (h, w) or (h, w, 3)
        bool for mode 1, uint8 for L, LA and the colour modes, uint16 for I;16, int32 for I, float32 for F.
    """
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode in ("LA", "La"):
        image = image.convert("L")
    elif image.mode not in ("1", "L", "I", "F", "RGB") and not image.mode.startswith("I;16"):
        image = image.convert("RGBA") if image.mode == "P" else image  # PIL warns about palettes with alpha
        image = image.convert("RGB")
    return np.asarray(image)


def _is_as_fitted(estimator, X, image_shape):
    """Say whether X is an array just like the one seen in `fit`, so that scikit-learn's checks can be left out.

    They take longer than the features of a single image.
    """
    return (
        type(X) is np.ndarray
        and X.ndim >= 3
        and len(X) > 0
        and X.dtype in KEPT_DTYPES
        and X.shape[1:] == getattr(estimator, "sample_shape_", None)
        and image_shape is None
        and not hasattr(estimator, "feature_names_in_")
    )


def _as_images(X, shape):
    """Give X, whose samples have `shape`, four axes, and drop the alpha channel."""
    images = X.reshape(len(X), *shape[:2], -1)
    return images[..., :3] if images.shape[3] == 4 else images


def _stack(estimator, X, reset):
    """Stack a list, tuple or 1-D object array of images; leave everything else as it is."""
    is_listing = isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype.kind in "OUS"
    is_sequence = is_listing or isinstance(X, list | tuple)
    if not is_sequence or len(X) == 0:
        return X
    if is_path(X[0]):
        raise ValueError(
            f"X holds paths, but {type(estimator).__name__} takes images: put ImageReader(size=...) before it."
        )
    if not (is_pil_image(X[0]) or (isinstance(X[0], np.ndarray) and X[0].ndim >= 2)):
        return X
    images = [pil_to_array(image) if is_pil_image(image) else np.asarray(image) for image in X]
    expected, whence = images[0].shape, "sample 0"
    if not reset and len(getattr(estimator, "sample_shape_", ())) == len(expected):
        expected, whence = estimator.sample_shape_, "the images in fit"
    for i, image in enumerate(images):
        if image.shape != expected:
            raise ValueError(
                f"Sample {i} of X has the shape {image.shape} and {whence} {expected}: "
                "give images of one shape, for example through ImageReader(size=...)."
            )
    return np.stack(images)


def _checked_image_shape(image_shape):
    shape = tuple(image_shape) if isinstance(image_shape, list | tuple | np.ndarray) else (image_shape,)
    if (
        len(shape) not in (2, 3)
        or not all(isinstance(size, Integral) and size > 0 for size in shape)
        or (len(shape) == 3 and shape[2] not in (1, 3, 4))
    ):
        raise ValueError(
            f"image_shape is {image_shape!r}, but must be (rows, columns) or (rows, columns, channels) "
            "with 1, 3 or 4 channels."
        )
    return tuple(int(size) for size in shape)


def _shape_of_images(X, image_shape):
    """Return the shape of one image of a 3-D or 4-D X."""
    shape = X.shape[1:]
    if X.ndim > 4:
        raise ValueError(f"X has {X.ndim} dimensions, but images come as (n, h, w), (n, h, w, c) or flat rows (n, f).")
    if X.ndim == 4 and shape[2] not in (1, 3, 4):
        raise ValueError(
            f"X has the shape {X.shape}, so {shape[2]} channels, but images have 1 (grey), 3 (RGB) or 4 (RGBA): "
            "put the channels last."
        )
    if len(X) == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 is required: give at least one image."
        )
    if 0 in shape:
        raise ValueError(f"Sample 0 of X has the shape {shape}, so no pixels: give images of at least 1 × 1.")
    if image_shape is not None and shape != image_shape:
        raise ValueError(
            f"Sample 0 of X has the shape {shape}, but image_shape is {image_shape}: "
            "make them agree, or leave image_shape out for images that are not flat rows."
        )
    return shape


def _shape_of_rows(n_features, image_shape):
    """Return the image shape that a flat row stands for."""
    if image_shape is not None:
        if math.prod(image_shape) != n_features:
            raise ValueError(
                f"X has {n_features} features, but image_shape={image_shape} has {math.prod(image_shape)} values: "
                "give the shape of the images that the rows were made from."
            )
        return image_shape
    side = math.isqrt(n_features)
    if side * side == n_features:
        if n_features > LARGEST_SILENT_SQUARE:
            warnings.warn(
                f"Rows of {n_features} features are taken for grey images of {side} × {side} pixels: "
                "set image_shape to say what they are.",
                UserWarning,
                stacklevel=4,
            )
        return side, side
    if n_features <= LONGEST_UNSHAPED_ROW:
        return 1, n_features
    raise ValueError(
        f"X has rows of {n_features} features, which is no square image: "
        "set image_shape=(rows, columns) or (rows, columns, channels)."
    )


def _with_kept_dtype(rows):
    if rows.dtype in KEPT_DTYPES:  # also compares byte order
        return rows
    native = rows.dtype.newbyteorder("=")
    if native in KEPT_DTYPES:
        return rows.astype(native)
    return rows.astype(np.float32 if native == np.float16 else np.float64)


def _require_finite(rows):
    if rows.dtype.kind != "f":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(rows.sum()):  # one pass without a temporary; a sum that overflows is looked at below
            return
    finite = np.isfinite(rows).all(axis=tuple(range(1, rows.ndim)))
    if not finite.all():
        raise ValueError(f"Sample {int(np.argmin(finite))} of X contains NaN or inf: give finite pixel values only.")


class FitCallbacks:
    """Tells the callbacks of an estimator, where scikit-learn has callbacks (1.9), of the epochs of its `fit`.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        In `fit`, which `fit_context` wraps.
    X, y : array-like
        As they were given to `fit`.
    sample_weight : array-like or None
        As it was given to `fit`.
    n_tasks : int
        Largest number of epochs.
    to_attributes : callable
        Makes a dict of fitted attributes of what `end_task` gets.
    """

    def __init__(self, estimator, X, y, sample_weight, *, n_tasks, to_attributes):
        self._to_attributes = to_attributes
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._root = self._task = None
        if hasattr(estimator, "_init_callback_context"):
            self._root = estimator._init_callback_context(max_subtasks=n_tasks)
            self._root.call_on_fit_task_begin(**self._data)

    def begin_task(self):
        """Tell of the beginning of an epoch."""
        if self._root is not None:
            self._task = self._root.subcontext(task_name="epoch")
            self._task.call_on_fit_task_begin(**self._data)

    def end_task(self, make_result):
        """Tell of the end of an epoch.

        Parameters
        ----------
        make_result : callable
            Makes what is turned into attributes of an estimator, as though training had ended here; it is called
            where a callback asks for such an estimator.

        Returns
        -------
        is_over : bool
            Whether a callback asks to stop.
        """
        if self._root is None:
            return False
        return self._task.call_on_fit_task_end(
            **self._data, reconstruction_attributes=lambda: self._to_attributes(make_result())
        )

    def end(self):
        """Tell of the end of training, when the estimator is fitted."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._data, reconstruction_attributes={})
