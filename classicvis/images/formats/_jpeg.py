"""The header of a JPEG file, and whether the file is complete."""

import re
import struct

from classicvis.images._errors import damaged, require_few_pixels, truncated
from classicvis.images.formats._ifd import read_exif_orientation
from classicvis.pixels import UnreadableImage

# In compressed data 0xFF is followed by 0 (a literal 0xFF) or 0xD0 to 0xD7 (a restart); else a marker starts.
MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")

END_OF_IMAGE = 0xD9
START_OF_SCAN = 0xDA
APPLICATION_1 = 0xE1
FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
LAST_HUFFMAN_FRAME = 0xC7
SKIPPED = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})  # tables, comments, application data
MOST_SCANS = 100  # encoders write about ten; thousands over a large picture keep a decoder busy for hours
PIXELS_PER_BYTE = 512  # at most: a Huffman code has at least one bit, and every block of 8 × 8 pixels has a code


def read_jpeg_header(data, max_pixels):
    """Walk over the segments of a JPEG file up to its end marker.

    What follows the end marker is ignored, as all decoders do: cameras append previews there.
    """
    size, exif, n_scans, position = None, None, 0, 2
    while True:
        found = MARKER.search(data, position)
        if found is None:
            raise truncated("its end marker")
        marker = data[found.start() + 1]
        if marker == END_OF_IMAGE:
            break
        start, position = found.end(), _end_of_segment(data, found.end())
        if marker in FRAME_STARTS:
            if size is not None:
                raise damaged("it states its size twice")
            size = _read_size(data, start, position)
            require_few_pixels(*size, max_pixels)
            if marker <= LAST_HUFFMAN_FRAME and size[0] * size[1] > PIXELS_PER_BYTE * len(data):
                raise damaged(f"{len(data)} bytes cannot hold the {size[0]} × {size[1]} pixels that it states")
        elif marker == START_OF_SCAN:
            n_scans += 1
            if n_scans > MOST_SCANS:
                raise UnreadableImage(f"has more than {MOST_SCANS} scans, which no sound encoder writes")
        elif marker == APPLICATION_1 and exif is None and data.startswith(b"Exif\0\0", start + 2):
            exif = data[start + 2 : position]
        elif marker not in SKIPPED:
            raise damaged(f"it has the unknown marker 0x{marker:02X}")
    if size is None or n_scans == 0:
        raise damaged("it ends before its first pixel")
    return *size, 1 if exif is None else read_exif_orientation(exif)


def _end_of_segment(data, start):
    """Return where the segment ends whose two-byte length stands at `start`."""
    if start + 2 > len(data):
        raise truncated("its end marker")
    length = struct.unpack_from(">H", data, start)[0]
    if length < 2:
        raise damaged(f"it has a segment of {length} bytes")
    if start + length > len(data):
        raise truncated("its end marker")
    return start + length


def _read_size(data, start, end):
    if end - start < 8:
        raise damaged("its frame header is too short")
    return struct.unpack_from(">HH", data, start + 3)
