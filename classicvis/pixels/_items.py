"""The items of a listing of images: which objects are images, and how to turn one into an array."""

import io
import os
import sys
from collections.abc import Mapping, Set, ValuesView

import numpy as np
from scipy.sparse import issparse

from classicvis.pixels._errors import UnreadableImage
from classicvis.pixels._shapes import CHANNELS


def is_path(item):
    """Return whether an item of X is a file's path: a `str` or an `os.PathLike`."""
    return isinstance(item, str | os.PathLike)


def is_encoded(item):
    """Return whether an item of X is an image file: its path, its content as bytes, or an open binary file."""
    return is_path(item) or isinstance(item, bytes | bytearray | memoryview) or is_file(item)


def is_file(item):
    """Return whether an item of X is an open file."""
    return isinstance(item, io.IOBase) or (hasattr(item, "read") and hasattr(item, "seek"))


def is_pil_image(item):
    """Return whether an item of X is a PIL image, without importing PIL for those who do not use it."""
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(item, pil.Image)


def is_image(item):
    """Return whether an item of X is one image, or the file of one: an array of two axes at least, or nested lists."""
    if isinstance(item, list | tuple):
        return len(item) > 0 and isinstance(item[0], list | tuple)
    if is_encoded(item) or is_pil_image(item):
        return True
    return hasattr(item, "__array__") and getattr(item, "ndim", 0) >= 2


def list_items(X):
    """Return the items of an X that lists images or files, or None where X is a table or an array of numbers.

    Parameters
    ----------
    X : object
        Any supported form of images: a list, tuple, 1-D object array, Series, one-column DataFrame or
        ``dict.values()`` of images or files; or a table or array of numbers. Frames and series may be of pandas or
        polars.

    Returns
    -------
    items : list or None
        Files, PIL images and arrays.

    Raises
    ------
    ValueError
        X is empty, is one image, can be read only once, or mixes images with something else.
    """
    if issparse(X):
        return None
    if is_encoded(X) or is_pil_image(X):
        raise ValueError(f"X is a single image, {_describe(X)}, but must hold one image a row: put it into a list.")
    if isinstance(X, Mapping):
        raise ValueError(f"X is a {type(X).__name__}, but must be a sequence of images: give list(X.values()).")
    if isinstance(X, Set):
        raise ValueError(f"X is a {type(X).__name__}, which has no order: give a list.")
    if hasattr(X, "__next__"):
        raise ValueError(f"X is a {type(X).__name__}, which can be read only once: give list(X).")
    if hasattr(X, "columns"):
        X = _only_column(X)
    if hasattr(X, "to_list"):  # a Series
        X = X.to_list()
    elif isinstance(X, np.ndarray) and X.dtype.kind in "OUST" and (X.ndim == 1 or X.shape[1:] == (1,)):
        X = list(X.reshape(-1)) if X.dtype.kind == "O" else X.reshape(-1).tolist()
    elif isinstance(X, ValuesView):
        X = list(X)
    if not isinstance(X, list | tuple):
        return None
    if len(X) == 0:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required: give at least one image.")
    if not any(map(is_image, X)):
        return None
    for row, item in enumerate(X):
        if not is_image(item):
            raise ValueError(
                f"Row {row} of X is {_describe(item)}, but must be a path, a PIL image or an array of 2 or 3 axes."
            )
    return list(X)


def read_item(item):
    """Turn one item of X into an array.

    Parameters
    ----------
    item : PIL image, array-like or tensor
        One image.

    Returns
    -------
    image : ndarray of shape (n_rows, n_columns) or (n_rows, n_columns, n_channels)
        With 1, 3 or 4 channels, and at least one pixel.

    Raises
    ------
    UnreadableImage
        The item is a file, or cannot be read as one image.
    """
    if is_encoded(item):
        raise UnreadableImage(
            f"is a file, {_describe(item)}, but images are wanted here: put ImageReader(size=...) before this step"
        )
    if is_pil_image(item):
        try:
            return pil_to_array(item)
        except Exception as error:  # PIL reads the file at the first use of the image; its errors have no common type
            raise UnreadableImage(f"cannot be decoded by PIL: {error}") from error
    try:
        image = np.asarray(item)
    except (TypeError, ValueError, RuntimeError) as error:  # nested lists of uneven lengths, tensors on a GPU
        raise UnreadableImage(f"cannot be turned into an array: {error}") from error
    if image.ndim not in (2, 3) or image.size == 0 or (image.ndim == 3 and image.shape[2] not in CHANNELS):
        raise UnreadableImage(
            f"has the shape {image.shape}, but an image has (rows, columns) or (rows, columns, channels) "
            "with 1, 3 or 4 channels and at least one pixel"
        )
    return image


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


def _only_column(frame):
    """Return the one column of a frame that lists images; the frame itself where it holds numbers."""
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        return frame
    first_row = [frame[name].to_list()[0] for name in frame.columns] if frame.shape[1] < 10 else []
    of_images = [name for name, item in zip(frame.columns, first_row, strict=False) if is_image(item)]
    if not of_images:
        return frame
    if len(first_row) > 1:
        names = ", ".join(map(repr, frame.columns))
        raise ValueError(f"X has the columns {names}, but images come in one: give that column, X[{of_images[0]!r}].")
    return frame[frame.columns[0]]


def _describe(item):
    """Name an item in a message, in few words."""
    if is_path(item):
        return repr(os.fspath(item))
    if isinstance(item, bytes | bytearray | memoryview):
        return f"{len(item)} bytes"
    text = repr(item)
    return f"a {type(item).__name__}" if len(text) > 60 else text
