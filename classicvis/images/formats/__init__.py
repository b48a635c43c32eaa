"""The formats of image files, one file each; a format is added by a file here and a line in `FORMATS`."""

import re
from collections.abc import Callable
from typing import NamedTuple

from classicvis.images.formats._avif import decode_avif, read_avif_header
from classicvis.images.formats._bmp import read_bmp_header
from classicvis.images.formats._gif import decode_gif, read_gif_header
from classicvis.images.formats._heic import refuse_heic
from classicvis.images.formats._jpeg import read_jpeg_header
from classicvis.images.formats._jpeg2000 import decode_jpeg2000, read_jpeg2000_header
from classicvis.images.formats._netpbm import decode_netpbm, read_netpbm_header
from classicvis.images.formats._opencv import decode_by_opencv
from classicvis.images.formats._png import read_png_header
from classicvis.images.formats._tiff import decode_tiff, read_tiff_header
from classicvis.images.formats._webp import read_webp_header
from classicvis.pixels import UnreadableImage

LONGEST_MAGIC = 64  # bytes; AVIF and HEIC list the standards that they follow, the others need 12


class Format(NamedTuple):
    """A format of image files.

    Attributes
    ----------
    name : str
        What messages call it.
    magic : bytes
        A regular expression for the first bytes of a file.
    read_header : callable
        Takes the data and `max_pixels`, checks that the image is small enough and complete, and returns a tuple that
        begins with the numbers of rows and columns as stored and the EXIF orientation.
    decode : callable
        Takes the data and the header, and returns the image as stored, grey or RGB.
    """

    name: str
    magic: bytes
    read_header: Callable
    decode: Callable = decode_by_opencv


FORMATS = (
    Format("JPEG", rb"\xff\xd8\xff", read_jpeg_header),
    Format("PNG", rb"\x89PNG\r\n\x1a\n", read_png_header),
    Format("WebP", rb"RIFF.{4}WEBP", read_webp_header),
    Format("BMP", rb"BM", read_bmp_header),
    Format("TIFF", rb"II[*+]\0|MM\0[*+]", read_tiff_header, decode_tiff),
    Format("GIF", rb"GIF8[79]a", read_gif_header, decode_gif),
    Format("PPM", rb"P[1-6][\s#]", read_netpbm_header, decode_netpbm),
    Format("JPEG 2000", rb"\0{3}\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", read_jpeg2000_header, decode_jpeg2000),
    Format("AVIF", rb".{4}ftyp(.{4})*?(avif|avis)", read_avif_header, decode_avif),
    Format("HEIC", rb".{4}ftyp(.{4})*?(hei[cmsx]|hev[cmx]|mif1|msf1)", refuse_heic),
)
READABLE = [format_.name for format_ in FORMATS if format_.read_header is not refuse_heic]


def identify_format(head):
    """Return the format of a file by its first bytes, not by its name.

    Parameters
    ----------
    head : bytes
        At least the first `LONGEST_MAGIC` bytes of the file, or all of a shorter one.

    Returns
    -------
    format : Format
        One of `FORMATS`.

    Raises
    ------
    UnreadableImage
        The file is empty, or of another format.
    """
    head = bytes(head[:LONGEST_MAGIC])
    if not head:
        raise UnreadableImage("is empty (0 bytes)")
    for format_ in FORMATS:
        if re.match(format_.magic, head, re.DOTALL):
            return format_
    names = f"{', '.join(READABLE[:-1])} or {READABLE[-1]}"
    raise UnreadableImage(f"is not a {names} image (it starts with {head[:12]!r})")
