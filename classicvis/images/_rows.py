"""Rows of X to images of one size: what one worker does with its share."""

import os
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

from classicvis._validation import is_path, is_pil_image, pil_to_array

from ._color import convert_color, scale_to_uint8
from ._errors import ImageReadError, UnreadableImage
from ._file import read_image_file
from ._limit import require_few_pixels
from ._resize import resize_image

ROWS_PER_TASK = 32  # enough to make up for the cost of a task, few enough for a smooth progress bar


class Recipe(NamedTuple):
    """How an image is prepared: the parameters of ImageReader, checked."""

    size: tuple | None
    color: str
    aspect: str
    pad_value: int
    value_range: str | tuple
    max_pixels: int


def list_rows(X):
    """Return the rows of an X that holds paths or images, or None where X holds numbers.

    Parameters
    ----------
    X : list, tuple, 1-D array, Series, one-column DataFrame, or array of numbers
        As ImageReader takes it. Data frames and series may be of pandas or polars.

    Returns
    -------
    rows : list or None
        Paths, PIL images and arrays.

    Raises
    ------
    ValueError
        X is empty, is a single path or PIL image, or mixes paths and images with something else.
    """
    if is_path(X) or is_pil_image(X):
        raise ValueError(f"X is a single image, {X!r}, but must hold one image a row: put it into a list.")
    if hasattr(X, "columns") and X.shape[1] == 1:
        X = X[X.columns[0]]
    if hasattr(X, "to_list"):  # a Series
        X = X.to_list()
    elif isinstance(X, np.ndarray) and X.dtype.kind in "OUST" and (X.ndim == 1 or X.shape[1:] == (1,)):
        X = X.reshape(-1).tolist() if X.dtype.kind != "O" else list(X.reshape(-1))
    if isinstance(X, list | tuple) and len(X) == 0:
        raise ValueError("Found array with 0 sample(s), but at least one image is needed.")
    if not isinstance(X, list | tuple) or not any(map(_is_row, X)):
        return None
    for row, item in enumerate(X):
        if not _is_row(item) and not isinstance(item, list | tuple):
            raise ValueError(f"Row {row} of X is {item!r}, but must be a path, a PIL image or an array of 2 or 3 axes.")
    return list(X)


def read_rows(rows, recipe, n_jobs, prepare):
    """Prepare rows by joblib threads, and yield the results in order; close the generator if you stop early.

    Parameters
    ----------
    rows : sequence
        Paths, PIL images or arrays.
    recipe : Recipe
        What to make of them.
    n_jobs : int or None
        As joblib has it.
    prepare : callable
        `prepare_row` or `check_row`: makes one result of a row and the recipe, or raises UnreadableImage.

    Yields
    ------
    result : ndarray or ValueError
        What `prepare` returns, or the error that names the row.
    """
    is_closed = False
    starts = takewhile(lambda _: not is_closed, range(0, len(rows), ROWS_PER_TASK))
    tasks = (delayed(_prepare_all)(rows[start : start + ROWS_PER_TASK], start, recipe, prepare) for start in starts)
    finished = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(tasks)
    try:
        for results in finished:
            yield from results
    finally:  # the caller stopped early: start no more tasks, and take what is under way, lest joblib warn
        is_closed = True
        for _ in finished:
            pass


def prepare_row(row, recipe):
    """Make of a path, a PIL image or an array one uint8 image as the recipe says."""
    if is_path(row):
        image = scale_to_uint8(read_image_file(row, recipe.max_pixels))
    else:
        image = scale_to_uint8(_as_pixels(row, recipe.max_pixels), recipe.value_range)
    image = convert_color(image, recipe.color)
    return image if recipe.size is None else resize_image(image, recipe.size, recipe.aspect, recipe.pad_value)


def check_row(path, recipe):
    """Read a file as `prepare_row` does, for the errors alone."""
    scale_to_uint8(read_image_file(path, recipe.max_pixels))


def _prepare_all(rows, first, recipe, prepare):
    results = []
    for number, row in enumerate(rows, first):
        try:
            results.append(prepare(row, recipe))
        except UnreadableImage as error:  # a bad row must not take its neighbours with it
            if is_path(row):
                results.append(ImageReadError(number, os.fsdecode(row), str(error)))
            else:
                results.append(ValueError(f"Sample {number} of X {error}."))
    return results


def _as_pixels(item, max_pixels):
    """Turn a PIL image or an array-like into an array of an image's shape."""
    if is_pil_image(item):
        require_few_pixels(item.height, item.width, max_pixels)
        try:
            return pil_to_array(item)
        except Exception as error:  # PIL reads the file when the image is first used, and raises what it likes
            raise UnreadableImage(f"cannot be decoded by PIL: {error}") from error
    pixels = np.asarray(item)
    if pixels.ndim not in (2, 3) or pixels.size == 0 or (pixels.ndim == 3 and pixels.shape[2] not in (1, 3, 4)):
        raise UnreadableImage(
            f"has the shape {pixels.shape}, but an image has (rows, columns) or (rows, columns, channels) "
            "with 1, 3 or 4 channels and at least one pixel"
        )
    return pixels


def _is_row(item):
    return is_path(item) or is_pil_image(item) or (isinstance(item, np.ndarray) and item.ndim >= 2)
