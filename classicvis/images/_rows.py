"""Rows of X to images of one size: what one worker does with its share."""

import os
from itertools import takewhile
from typing import NamedTuple

from joblib import Parallel, delayed

from classicvis.images._color import convert_color
from classicvis.images._decode import decode_image, read_image_file
from classicvis.images._errors import ImageReadError
from classicvis.images._resize import resize_image
from classicvis.images.formats import require_few_pixels
from classicvis.pixels import UnreadableImage, is_encoded, is_path, is_pil_image, read_item, scale_to_uint8

ROWS_PER_TASK = 32  # enough to make up for the cost of a task, few enough for a smooth progress bar


class ReadingSettings(NamedTuple):
    """How an image is prepared: the parameters of ImageReader, checked."""

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
        Paths, PIL images or arrays.
    settings : ReadingSettings
        What to make of them.
    n_jobs : int or None
        As joblib has it.
    prepare : callable
        `prepare_row` or `check_row`: makes one result of a row and the settings, or raises UnreadableImage.

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
    finally:  # the caller stopped early: start no more tasks, and take what is under way, lest joblib warn
        is_closed = True
        for _ in finished:
            pass


def prepare_row(row, settings):
    """Make of a path, a PIL image or an array one uint8 image as the settings say."""
    if is_path(row):
        image = scale_to_uint8(read_image_file(row, settings.max_pixels))
    elif is_encoded(row):
        data = row if isinstance(row, bytes | bytearray | memoryview) else _read_open_file(row)
        image = scale_to_uint8(decode_image(bytes(data), settings.max_pixels))
    else:
        if is_pil_image(row):
            require_few_pixels(row.height, row.width, settings.max_pixels)
        image = scale_to_uint8(read_item(row), settings.value_range)
    image = convert_color(image, settings.color)
    return image if settings.size is None else resize_image(image, settings.size, settings.aspect, settings.pad_value)


def _read_open_file(file):
    """Return all bytes of an open file, which is left where it was: a reader may be asked for it again."""
    try:
        position = file.tell()
        file.seek(0)
        data = file.read()
        file.seek(position)
    except (OSError, ValueError) as error:
        raise UnreadableImage(f"is a file that cannot be read: {error}") from error
    if not isinstance(data, bytes | bytearray | memoryview):
        raise UnreadableImage("is a file opened as text: open it with mode 'rb'")
    return data


def check_row(path, settings):
    """Read a file as `prepare_row` does, for the errors alone."""
    scale_to_uint8(read_image_file(path, settings.max_pixels))


def _prepare_all(rows, first, settings, prepare):
    results = []
    for number, row in enumerate(rows, first):
        try:
            results.append(prepare(row, settings))
        except UnreadableImage as error:  # a bad row must not take its neighbours with it
            if is_path(row):
                results.append(ImageReadError(number, os.fsdecode(row), str(error)))
            else:
                results.append(ValueError(f"Sample {number} of X {error}."))
    return results
