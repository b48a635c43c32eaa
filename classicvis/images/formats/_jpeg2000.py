"""The header of a JPEG 2000 file, and whether the file is complete."""

import struct

import cv2

from classicvis.images._errors import damaged, require_few_pixels, truncated
from classicvis.images.formats._opencv import decode_by_opencv
from classicvis.pixels import UnreadableImage

START_OF_CODESTREAM = b"\xff\x4f\xff\x51"  # followed at once by the sizes
START_OF_TILE_PART, END_OF_CODESTREAM = 0xFF90, 0xFFD9


def read_jpeg2000_header(data, max_pixels):
    """Walk over the boxes and tile parts of a JPEG 2000 file or of a bare codestream."""
    start, end = _find_codestream(data)
    try:
        n_rows, n_cols = _read_size(data, start, max_pixels)
        if end > len(data):
            raise truncated("the end of its codestream")
        _require_all_tiles(data, start + 2, end)
    except struct.error as error:
        raise truncated("the end of its codestream") from error
    return n_rows, n_cols, 1


def decode_jpeg2000(data, header):
    """Decode by OpenCV, which reads a bare codestream of one channel only in the mode "unchanged"."""
    return decode_by_opencv(data, flags=cv2.IMREAD_UNCHANGED)


def _find_codestream(data):
    """Return where the codestream starts and ends."""
    if data.startswith(START_OF_CODESTREAM):
        return 0, len(data)
    position = 0
    while position + 16 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", data, position + 8)[0], 16
        end = len(data) if length == 0 else position + length
        if length != 0 and length < head:
            raise damaged(f"it has a box of {length} bytes")
        if name == b"jp2c":
            if not data.startswith(START_OF_CODESTREAM, position + head):
                raise damaged("its codestream does not begin like one")
            return position + head, end
        position = end
    raise truncated("its codestream")


def _read_size(data, start, max_pixels):
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    n_channels = struct.unpack_from(">H", data, start + 40)[0]
    require_few_pixels(bottom - top, right - left, max_pixels)
    if n_channels not in (1, 3, 4):
        raise UnreadableImage(f"has {n_channels} channels, where 1, 3 or 4 can be read")
    for channel in range(n_channels):
        depth, *steps = struct.unpack_from(">3B", data, start + 42 + 3 * channel)
        if depth not in (7, 15):  # the number of bits less one; the highest bit marks signed values
            sign = "signed" if depth & 0x80 else "unsigned"
            raise UnreadableImage(
                f"has {(depth & 0x7F) + 1} bits a channel, {sign}, where 8 or 16 unsigned can be read"
            )
        if steps != [1, 1]:
            raise UnreadableImage("has channels of several sizes, where only those of one size can be read")
    return bottom - top, right - left


def _require_all_tiles(data, position, end):
    """Walk over the segments of the main header and over the tile parts up to the end of the codestream."""
    while True:
        marker = struct.unpack_from(">H", data, position)[0]
        if marker == END_OF_CODESTREAM:
            return
        length = struct.unpack_from(">H", data, position + 2)[0] + 2
        if marker == START_OF_TILE_PART:
            length = struct.unpack_from(">I", data, position + 6)[0]
            if length == 0:  # up to the end
                length = end - 2 - position
        if length < 4:
            raise damaged(f"it has a segment of {length} bytes")
        position += length
        if position + 2 > end:
            raise truncated("the end of its codestream")
