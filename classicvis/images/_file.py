"""From a path, an open file or bytes to the pixels of an image file."""

import io
import os
import stat
import threading

from classicvis.images._decode import decode_image
from classicvis.images.formats import LONGEST_MAGIC, identify_format
from classicvis.pixels import UnreadableImage, is_file, is_path

# A file this much larger than its pixels (at most 4 channels of 8 bytes) is not worth the memory.
BYTES_PER_PIXEL = 32
BYTES_OF_METADATA = 2**24
READING_OPEN_FILES = threading.Lock()  # two threads may hold the same open file, which has one position


def read_image_file(file, max_pixels):
    """Read and decode an image file.

    The bytes are read by Python, not by OpenCV, so that every path that Python can open will do.

    Parameters
    ----------
    file : str, os.PathLike, bytes-like or binary file object
        The file's path, its content, or the open file, which is read from its beginning.
    max_pixels : int
        Largest number of rows times columns.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, 3)
        As `decode_image` returns it.

    Raises
    ------
    UnreadableImage
        The file cannot be opened, or is not an image, or is truncated, damaged or too large.
    """
    if is_path(file):
        data = _read_bytes(file, max_pixels)
    else:
        data = _read_open_file(file, max_pixels) if is_file(file) else bytes(file)
        _require_few_bytes(len(data), max_pixels)
    return decode_image(data, max_pixels)


def _most_bytes(max_pixels):
    return BYTES_PER_PIXEL * max_pixels + BYTES_OF_METADATA


def _require_few_bytes(n_bytes, max_pixels):
    if n_bytes > _most_bytes(max_pixels):
        raise UnreadableImage(f"has {n_bytes} bytes, more than max_pixels={max_pixels} can take up")


def _read_open_file(file, max_pixels):
    """Read an open binary file from its beginning, and leave its position as it was."""
    if isinstance(file, io.TextIOBase):
        raise UnreadableImage('is a text file: open it in the mode "rb"')
    try:
        with READING_OPEN_FILES:
            position = file.tell()
            file.seek(0)
            data = file.read(_most_bytes(max_pixels) + 1)
            file.seek(position)
    except (OSError, ValueError) as error:  # ValueError: the file is closed
        raise UnreadableImage(f"cannot be read: {error}") from error
    if not isinstance(data, bytes):
        raise UnreadableImage(f'gives {type(data).__name__}, not bytes: open it in the mode "rb"')
    return data


def _read_bytes(path, max_pixels):
    """Read a regular file that starts like an image; touch nothing else, such as a pipe that never ends."""
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableImage("is a directory, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImage("is a device or a pipe, not a file")
        with open(path, "rb", buffering=0) as file:
            identify_format(file.read(LONGEST_MAGIC))
            _require_few_bytes(status.st_size, max_pixels)
            file.seek(0)
            return file.readall()
    except FileNotFoundError as error:
        raise UnreadableImage("does not exist") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise UnreadableImage(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
