"""What an image format is made of, and what all formats share: errors, the limit of size, and OpenCV's decoder."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from classicvis.pixels import UnreadableImage

AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION


def decode_by_opencv(data, header=None, flags=AS_STORED):
    """Decode to grey, or to RGB without alpha; the header is not needed."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise damaged(f"OpenCV says {error.err or str(error)!r}") from error
    if image is None:
        raise damaged("OpenCV cannot decode it")
    if image.ndim == 2:
        return image
    if image.dtype == np.uint8 and image.shape[2] == 3:
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return np.ascontiguousarray(image[..., 2::-1])


class ImageFormat(NamedTuple):
    """How files of one format are recognised and read.

    Attributes
    ----------
    name : str
        The name in messages.
    matches : callable
        ``matches(head)`` says whether a file with these first bytes has the format.
    read_header : callable
        ``read_header(data, max_pixels)`` checks that the file is complete and not too large before anything is
        decoded, and returns a tuple that begins with rows, columns and the EXIF orientation.
    decode : callable
        ``decode(data, header)`` returns the pixels: grey, or RGB without alpha.
    """

    name: str
    matches: Callable
    read_header: Callable
    decode: Callable = decode_by_opencv


def starts_with(*magics):
    """Return a function that says whether first bytes begin with one of the given ones."""
    return lambda head: head.startswith(magics)


def require_few_pixels(n_rows, n_cols, max_pixels):
    """Refuse an image that has no pixels, or more than are allowed."""
    if n_rows < 1 or n_cols < 1:
        raise damaged(f"it states a size of {n_rows} × {n_cols} pixels")
    if n_rows * n_cols > max_pixels:
        raise UnreadableImage(f"has {n_rows} × {n_cols} pixels, more than max_pixels={max_pixels} allows")


def truncated(what):
    """Return the error for data that ends too early; `what` says before what."""
    return UnreadableImage(f"is truncated: the data ends before {what}")


def damaged(what):
    """Return the error for data that contradicts itself; `what` says how."""
    return UnreadableImage(f"is damaged: {what}")
