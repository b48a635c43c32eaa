"""The shape of an image: from `image_shape`, from an array, or guessed from the length of a flat row."""

import math
import warnings
from numbers import Integral

import numpy as np

CHANNELS = (1, 3, 4)  # grey, RGB, RGBA
LONGEST_UNSHAPED_ROW = 30  # rows up to here that are not square are one line of pixels, as in scikit-learn's checks
LARGEST_SILENT_SQUARE = 1024  # values; above 32 × 32, taking a row for a square image is worth a warning


def check_image_shape(image_shape):
    """Return `image_shape` as a tuple of int, or None; raise if it is invalid."""
    if image_shape is None:
        return None
    shape = tuple(image_shape) if isinstance(image_shape, list | tuple | np.ndarray) else (image_shape,)
    if (
        len(shape) not in (2, 3)
        or not all(isinstance(size, Integral) and size > 0 for size in shape)
        or (len(shape) == 3 and shape[2] not in CHANNELS)
    ):
        raise ValueError(
            f"image_shape is {image_shape!r}, but must be (rows, columns) or (rows, columns, channels) "
            "with 1, 3 or 4 channels."
        )
    return tuple(int(size) for size in shape)


def shape_of_images(X, image_shape):
    """Return the shape of one image of an array of three axes or more, or raise if it is not an array of images."""
    shape = X.shape[1:]
    if X.ndim > 4:
        raise ValueError(f"X has {X.ndim} dimensions, but images come as (n, h, w), (n, h, w, c) or flat rows (n, f).")
    if X.ndim == 4 and shape[2] not in CHANNELS:
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


def shape_of_rows(n_features, image_shape):
    """Return the shape of the image in a flat row of `n_features` values."""
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
                stacklevel=5,
            )
        return side, side
    if n_features <= LONGEST_UNSHAPED_ROW:
        return 1, n_features
    raise ValueError(
        f"X has rows of {n_features} features, which is not a square image: "
        "set image_shape=(rows, columns) or (rows, columns, channels)."
    )
