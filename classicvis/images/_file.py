"""From a path to the bytes of an image file."""

import os
import stat

from classicvis.images._decode import LONGEST_MAGIC, decode_image, identify_format
from classicvis.pixels import UnreadableImage

# A file this much larger than its pixels (at most 4 channels of 8 bytes) is not worth the memory.
BYTES_PER_PIXEL = 32
BYTES_OF_METADATA = 2**24


def read_image_file(path, max_pixels):
    """Read and decode an image file.

    The bytes are read by Python, not by OpenCV, so that every path that Python can open will do.

    Parameters
    ----------
    path : str or os.PathLike
        The file.
    max_pixels : int
        Largest number of rows times columns.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, 3)
        As `decode_image` returns it.

    Raises
    ------
    UnreadableImage
        The file cannot be opened, or is no image, or is truncated, damaged or too large.
    """
    return decode_image(_read_bytes(path, max_pixels), max_pixels)


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
            if status.st_size > BYTES_PER_PIXEL * max_pixels + BYTES_OF_METADATA:
                raise UnreadableImage(f"has {status.st_size} bytes, more than max_pixels={max_pixels} can take up")
            file.seek(0)
            return file.readall()
    except FileNotFoundError as error:
        raise UnreadableImage("does not exist") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise UnreadableImage(f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
