"""The first frame of a GIF file: its header, whether it is complete, and its pixels."""

import io
import struct

import numpy as np

from classicvis.images._errors import damaged, require_few_pixels, truncated

EXTENSION = 0x21
FRAME = 0x2C
HAS_PALETTE = 0x80


def read_gif_header(data, max_pixels):
    """Walk over the blocks of a GIF file up to the end of its first frame."""
    try:
        screen_cols, screen_rows, flags = struct.unpack_from("<HHB", data, 6)
        position = 13 + _palette_size(flags)
        while (block := data[position]) == EXTENSION:
            position = _end_of_blocks(data, position + 2)
        if block != FRAME:
            raise damaged("it has no frame")
        col, row, n_cols, n_rows, flags = struct.unpack_from("<HHHHB", data, position + 1)
        size = max(screen_rows, row + n_rows), max(screen_cols, col + n_cols)
        require_few_pixels(*size, max_pixels)
        _end_of_blocks(data, position + 11 + _palette_size(flags))
    except (IndexError, struct.error):
        raise truncated("the end of its first frame") from None
    if n_rows == 0 or n_cols == 0:
        raise damaged("its first frame has no pixels")
    return *size, 1


def decode_gif(data, header):
    """Decode the first frame of a GIF file by PIL, for OpenCV before 4.11 has no GIF.

    Parameters
    ----------
    data : bytes
        The whole file, which has passed `read_gif_header`.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols, 3), uint8
        RGB. A transparent pixel has the colour that the palette gives it.
    """
    from PIL.GifImagePlugin import GifImageFile

    try:
        with GifImageFile(io.BytesIO(data)) as image:
            return np.array(image.convert("RGB"))
    except Exception as error:  # PIL raises errors of many types on damaged data
        raise damaged(f"PIL says {str(error) or type(error).__name__!r}") from error


def _palette_size(flags):
    return 3 * 2 ** ((flags & 7) + 1) if flags & HAS_PALETTE else 0


def _end_of_blocks(data, position):
    """Return where a chain of sub-blocks ends: each starts with its length, and the last has length 0."""
    while length := data[position]:
        position += 1 + length
    return position + 1
