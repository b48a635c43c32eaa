"""Reading the rows of X by threads: each row becomes an image of one size, or an error that names the row."""

import os
from itertools import takewhile
from typing import NamedTuple

from joblib import Parallel, delayed

from classicvis.images._color import convert_color
from classicvis.images._errors import ImageReadError, require_few_pixels
from classicvis.images._file import read_image_file
from classicvis.images._resize import resize_image
from classicvis.pixels import UnreadableImage, is_encoded, is_path, is_pil_image, read_item, scale_to_uint8

ROWS_PER_TASK = 32  # enough to make up for the cost of a task, few enough for a smooth progress bar


class ReadingSettings(NamedTuple):
    """The checked parameters of `ImageReader`."""

    size: tuple | None
    color: str
    aspect: str
    pad_value: int
    value_range: str | tuple
    max_pixels: int


def read_rows(rows, settings, n_jobs, prepare):
    """Prepare rows by joblib threads, and yield the results in order; close the generator if you stop early.

    Parameters
    ----------
    rows : sequence
        Paths, encoded images, PIL images or arrays.
    settings : ReadingSettings
        How to read them.
    n_jobs : int or None
        As joblib has it.
    prepare : callable
        `prepare_row` or `check_row`: takes a row and the settings, or raises UnreadableImage.

    Yields
    ------
    result : ndarray or ValueError
        What `prepare` returns, or the error that names the row.
    """
    is_closed = False
    starts = takewhile(lambda _: not is_closed, range(0, len(rows), ROWS_PER_TASK))
    tasks = (delayed(_prepare_all)(rows[start : start + ROWS_PER_TASK], start, settings, prepare) for start in starts)
    finished = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(tasks)
    try:
        for results in finished:
            yield from results
    finally:  # the caller stopped early: start no more tasks, and wait for those under way; joblib warns otherwise
        is_closed = True
        for _ in finished:
            pass


def prepare_row(row, settings):
    """Turn an image file, a PIL image or an array into a uint8 image, as the settings say."""
    if is_encoded(row):
        image = scale_to_uint8(read_image_file(row, settings.max_pixels))
    else:
        if is_pil_image(row):
            require_few_pixels(row.height, row.width, settings.max_pixels)
        image = scale_to_uint8(read_item(row), settings.value_range)
    image = convert_color(image, settings.color)
    return image if settings.size is None else resize_image(image, settings.size, settings.aspect, settings.pad_value)


def check_row(path, settings):
    """Read a file as `prepare_row` does, for the errors alone."""
    scale_to_uint8(read_image_file(path, settings.max_pixels))


def _prepare_all(rows, first, settings, prepare):
    results = []
    for number, row in enumerate(rows, first):
        try:
            results.append(prepare(row, settings))
        except UnreadableImage as error:  # the other rows of this task are still read
            if is_encoded(row):
                results.append(ImageReadError(number, os.fsdecode(row) if is_path(row) else None, str(error)))
            else:
                results.append(ValueError(f"Sample {number} of X {error}."))
    return results
