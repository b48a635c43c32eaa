"""Rows of X to images of one size: what one worker does with its share."""

import os
from itertools import takewhile
from typing import NamedTuple

from joblib import Parallel, delayed

from classicvis.images._color import convert_color
from classicvis.images._errors import ImageReadError
from classicvis.images._file import read_image_file
from classicvis.images._limit import require_few_pixels
from classicvis.images._resize import resize_image
from classicvis.pixels import UnreadableImage, is_path, is_pil_image, read_item, scale_to_uint8

ROWS_PER_TASK = 32  # enough to make up for the cost of a task, few enough for a smooth progress bar


class Recipe(NamedTuple):
    """How an image is prepared: the parameters of ImageReader, checked."""

    size: tuple | None
    color: str
    aspect: str
    pad_value: int
    value_range: str | tuple
    max_pixels: int


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
        if is_pil_image(row):
            require_few_pixels(row.height, row.width, recipe.max_pixels)
        image = scale_to_uint8(read_item(row), recipe.value_range)
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
