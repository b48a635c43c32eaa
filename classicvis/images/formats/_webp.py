"""The header of a WebP file, and whether the file is complete."""

import struct

from classicvis.images._errors import damaged, require_few_pixels, truncated
from classicvis.images.formats._ifd import read_exif_orientation

KEY_FRAME_START = b"\x9d\x01\x2a"
LOSSLESS_START = 0x2F


def read_webp_header(data, max_pixels):
    """Walk over the chunks of a WebP file.

    What follows the end of the RIFF container is ignored.
    """
    end = 8 + struct.unpack_from("<I", data, 4)[0] if len(data) >= 8 else 8
    if end > len(data):
        raise truncated("the end of its RIFF container")
    size, orientation, position = None, 1, 12
    while position + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, position)
        start, position = position + 8, position + 8 + length + length % 2
        if start + length > end:
            raise damaged(f"its {name.decode('latin-1')!r} chunk is longer than the file")
        if size is None:
            size = _read_size(name, data[start : start + min(length, 10)])
            require_few_pixels(*size, max_pixels)
        elif name == b"EXIF":
            orientation = read_exif_orientation(data[start : start + length])
    if size is None:
        raise damaged("it has no picture in it")
    return *size, orientation


def _read_size(name, head):
    """Return (n_rows, n_cols) from the first ten bytes of the first chunk."""
    if name == b"VP8X" and len(head) == 10:
        n_cols = 1 + int.from_bytes(head[4:7], "little")
        return 1 + int.from_bytes(head[7:10], "little"), n_cols
    if name == b"VP8L" and len(head) >= 5 and head[0] == LOSSLESS_START:
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits >> 14 & 0x3FFF), 1 + (bits & 0x3FFF)
    if name == b"VP8 " and len(head) == 10 and head[3:6] == KEY_FRAME_START:
        n_cols, n_rows = struct.unpack_from("<HH", head, 6)
        return n_rows & 0x3FFF, n_cols & 0x3FFF  # the two highest bits are a scale for display
    raise damaged("it starts with no WebP chunk")
