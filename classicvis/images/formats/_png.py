"""The header of a PNG file, and whether the file is complete and agrees with its checksums."""

import struct
import zlib

from classicvis.images._errors import damaged, require_few_pixels, truncated
from classicvis.images.formats._ifd import read_exif_orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_png_header(data, max_pixels):
    """Walk over the chunks of a PNG file up to its last, and compare each with its checksum.

    What follows the last chunk is ignored.
    """
    size, orientation = None, 1
    for name, content in _chunks(data):
        if size is None:
            if name != b"IHDR" or len(content) != 13:
                raise damaged("it does not start with an IHDR chunk")
            n_cols, n_rows = struct.unpack_from(">II", content)
            require_few_pixels(n_rows, n_cols, max_pixels)
            size = n_rows, n_cols
        elif name == b"eXIf":
            orientation = read_exif_orientation(bytes(content))
    return *size, orientation


def _chunks(data):
    """Yield the name and the content of each chunk up to and with IEND."""
    view, position, name = memoryview(data), len(SIGNATURE), None
    while name != b"IEND":
        if position + 12 > len(data):
            raise truncated("its IEND chunk")
        length = struct.unpack_from(">I", data, position)[0]
        name_at, end = position + 4, position + 8 + length
        if end + 4 > len(data):
            raise truncated("its IEND chunk")
        name = data[name_at : name_at + 4]
        if zlib.crc32(view[name_at:end]) != struct.unpack_from(">I", data, end)[0]:
            raise damaged(f"its {name.decode('latin-1')!r} chunk differs from its checksum")
        yield name, view[name_at + 4 : end]
        position = end + 4
