"""Tables of tags, as TIFF files begin with and EXIF blocks consist of."""

import struct
from typing import NamedTuple

from classicvis.images._errors import damaged, truncated
from classicvis.pixels import UnreadableImage

ORIENTATION = 274
MOST_TAGS = 4096  # files have a few dozen

BYTE_ORDERS = {b"II": "<", b"MM": ">"}
INTEGER_CODES = {1: "B", 3: "H", 4: "I", 16: "Q"}  # BYTE, SHORT, LONG, LONG8
OTHER_SIZES = {2: 1, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 17: 8, 18: 8}


class Layout(NamedTuple):
    """How a classic TIFF or a BigTIFF lays out its tables: struct codes and sizes in bytes."""

    offset_at: int
    offset_code: str
    count_code: str
    entry_size: int
    inline_size: int


CLASSIC = Layout(4, "I", "H", 12, 4)
BIG = Layout(8, "Q", "Q", 20, 8)
LAYOUTS = {42: CLASSIC, 43: BIG}


class Tag(NamedTuple):
    """One entry of a table: the type code and number of its values, and where they lie in the data."""

    type: int
    count: int
    position: int


class TagTable:
    """The first table of tags in TIFF data.

    Parameters
    ----------
    data : bytes
        Starts with the TIFF header: the byte order and the number 42, or 43 for BigTIFF.
    """

    def __init__(self, data):
        self.data = data
        self.byte_order = BYTE_ORDERS.get(bytes(data[:2]))
        if self.byte_order is None:
            raise damaged("it has no TIFF header")
        layout = LAYOUTS.get(self._unpack("H", 2))
        if layout is None:
            raise damaged("it has no TIFF header")
        table_at = self._unpack(layout.offset_code, layout.offset_at)
        n_tags = self._unpack(layout.count_code, table_at)
        first = table_at + struct.calcsize("=" + layout.count_code)
        if n_tags > MOST_TAGS:
            raise damaged(f"it has a table of {n_tags} tags")
        if first + n_tags * layout.entry_size > len(data):
            raise truncated("the end of its table of tags")
        self.tags = dict(self._read_tag(layout, first + i * layout.entry_size) for i in range(n_tags))

    def integers(self, code, default=()):
        """Return the values of an integer tag as a tuple, or `default` where the tag is missing."""
        tag = self.tags.get(code)
        if tag is None:
            return default
        if tag.type not in INTEGER_CODES:
            raise damaged(f"tag {code} is not made of integers")
        return struct.unpack_from(f"{self.byte_order}{tag.count}{INTEGER_CODES[tag.type]}", self.data, tag.position)

    def integer(self, code, default=None):
        """Return the first value of an integer tag, or `default` where the tag is missing."""
        values = self.integers(code)
        return values[0] if values else default

    def _read_tag(self, layout, position):
        code = self._unpack("H", position)
        value_type = self._unpack("H", position + 2)
        count = self._unpack(layout.offset_code, position + 4)
        position += layout.entry_size - layout.inline_size
        n_bytes = count * (
            struct.calcsize("=" + INTEGER_CODES[value_type])
            if value_type in INTEGER_CODES
            else OTHER_SIZES.get(value_type, 0)
        )
        if n_bytes > layout.inline_size:
            position = self._unpack(layout.offset_code, position)
            if value_type in INTEGER_CODES and position + n_bytes > len(self.data):
                raise truncated(f"the values of tag {code}")
        return code, Tag(value_type, count, position)

    def _unpack(self, code, position):
        if position + struct.calcsize("=" + code) > len(self.data):
            raise truncated("the end of its table of tags")
        return struct.unpack_from(self.byte_order + code, self.data, position)[0]


def orientation_of(table):
    """Return the EXIF orientation in a table of tags, 1 to 8; whatever is missing or illegal counts as 1."""
    orientation = table.integer(ORIENTATION, 1)
    return orientation if 1 <= orientation <= 8 else 1


def read_exif_orientation(exif):
    """Return the orientation in an EXIF block, 1 to 8; a block that cannot be read counts as 1.

    A damaged block counts as none: metadata alone does not make a picture unreadable.
    """
    try:
        return orientation_of(TagTable(exif.removeprefix(b"Exif\0\0")))
    except UnreadableImage:
        return 1
