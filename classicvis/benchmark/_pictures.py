"""Small pictures of images of any kind, ready to stand in a report."""

import warnings
from typing import NamedTuple

import cv2
import numpy as np

from classicvis.images import ImageReader, ImageReadError
from classicvis.pixels import is_encoded, is_pil_image, pil_to_array, read_images

N_PICTURES = 12  # of the most confident errors of each method: two lines in the report
LARGEST_SIDE = 144  # pixels; larger pictures shrink to this
LARGEST_PNG_SIDE = 64  # small images keep every pixel, photos become JPEG
JPEG_QUALITY = 85  # no artefacts to be seen at this size


class Picture(NamedTuple):
    """An encoded image.

    Attributes
    ----------
    content : bytes
        The file's content.
    media_type : {"image/png", "image/jpeg"}
        What kind of file it is.
    shape : tuple of (rows, columns)
        Its size.
    """

    content: bytes
    media_type: str
    shape: tuple


def make_pictures(comparison, dataset, rows):
    """Return pictures of the most confident errors, so that a report needs no images.

    Parameters
    ----------
    comparison : Comparison
        Without pictures.
    dataset : Dataset
        The images that it tests on.
    rows : ndarray of shape (n_test,), dtype int
        Which rows of the dataset these are.

    Returns
    -------
    pictures : dict of int to Picture
        By position in `rows`.
    """
    positions = {
        position for method in comparison.ranking for position, _ in comparison.confident_errors(method, N_PICTURES)
    }
    pictures = {position: make_picture(dataset.item(rows[position])) for position in sorted(positions)}
    return {position: picture for position, picture in pictures.items() if picture is not None}


def make_picture(item):
    """Return a small picture of one row of X.

    Parameters
    ----------
    item : file, PIL image or array-like
        A file: its path, content or open file; an image of shape (h, w) or (h, w, c), or a flat row of a square image.

    Returns
    -------
    picture : Picture or None
        None for what cannot be drawn: a flat row that is not a square image, a file of another format.
    """
    image = _to_uint8(item)
    if image is None:
        return None
    scale = LARGEST_SIDE / max(image.shape[:2])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if max(image.shape[:2]) <= LARGEST_PNG_SIDE:
        _, content = cv2.imencode(".png", image)
        return Picture(content.tobytes(), "image/png", image.shape[:2])
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return Picture(content.tobytes(), "image/jpeg", image.shape[:2])


def make_heat_map(confusion):
    """Return a confusion matrix as a picture with one pixel a cell, darker for a larger share of its row.

    Parameters
    ----------
    confusion : ndarray of shape (n_classes, n_classes), dtype int
        Number of images by true class (rows) and predicted class (columns).

    Returns
    -------
    picture : Picture
        A PNG.
    """
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    darkness = np.sqrt(shares)  # so that rare confusions can be seen at all
    pale, dark = np.array([236, 240, 245]), np.array([20, 60, 120])
    image = (pale + darkness[..., None] * (dark - pale)).round().astype(np.uint8)
    _, content = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return Picture(content.tobytes(), "image/png", confusion.shape)


def _to_uint8(item):
    """Return one image as uint8, grey (h, w) or RGB (h, w, 3)."""
    if is_encoded(item):
        try:
            return ImageReader().fit_transform([item])[0]
        except ImageReadError:  # a method may read formats that we do not
            return None
    if is_pil_image(item):
        item = pil_to_array(item)
    array = np.asarray(item)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a long row is taken for a square image
        try:
            image = read_images(array[None], any_integer=True).pixels[0]
        except ValueError:  # a flat row that nobody can draw: the classifiers may know what it is
            return None
    return _stretch(image[..., 0] if image.shape[2] == 1 else image)


def _stretch(image):
    """Bring the values of an image to 0 … 255, those of unusual floats by their own extremes."""
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    if image.dtype == bool:
        return image.astype(np.uint8) * np.uint8(255)
    if image.dtype == np.uint16:
        return (image / 257).round().astype(np.uint8)
    low, high = image.min(), image.max()
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255 and (image == image.round()).all():
        low, high = 0.0, 255.0
    return ((image - low) * (255.0 / (high - low or 1.0))).round().astype(np.uint8)
