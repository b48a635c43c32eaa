"""The first page of a TIFF file: its header, whether it is complete, and how to get it right through OpenCV.

OpenCV applies the orientation of a TIFF file whatever the flags say, multiplies 8-bit colours by their alpha,
takes white for black in deep white-is-zero pictures, and mixes up deep pictures with one plane a channel.
"""

import struct
from typing import NamedTuple

import cv2
import numpy as np

from classicvis.images._errors import damaged, require_few_pixels, truncated
from classicvis.images.formats._ifd import INTEGER_CODES, ORIENTATION, TagTable, orientation_of
from classicvis.images.formats._opencv import AS_STORED, decode_by_opencv
from classicvis.pixels import UnreadableImage

N_COLS, N_ROWS, BITS, PHOTOMETRIC = 256, 257, 258, 262
STRIP_OFFSETS, SAMPLES_PER_PIXEL, STRIP_SIZES, PLANES = 273, 277, 279, 284
TILE_COLS, TILE_ROWS, TILE_OFFSETS, TILE_SIZES, EXTRA_SAMPLES, SAMPLE_FORMAT = 322, 323, 324, 325, 338, 339

WHITE_IS_ZERO = 0
LAB_PHOTOMETRICS = (8, 9, 10)  # CIE L*a*b*, ICC L*a*b*, ITU L*a*b*
FLOATS = 3
ONE_PLANE_A_CHANNEL = 2
STRAIGHT_ALPHA = 2
PREMULTIPLIED_ALPHA = 1


class TiffHeader(NamedTuple):
    """What the first table of tags says about the picture.

    `patches` are pairs of a position in the file and the bytes that OpenCV is to find there.
    """

    n_rows: int
    n_cols: int
    orientation: int
    n_bits: int
    is_inverted: bool
    patches: tuple


def read_tiff_header(data, max_pixels):
    """Read the first table of tags of a TIFF or BigTIFF file, and check that its pixels are in the file."""
    table = TagTable(data)
    n_rows, n_cols = table.integer(N_ROWS), table.integer(N_COLS)
    if n_rows is None or n_cols is None:
        raise damaged("it does not state its size")
    require_few_pixels(n_rows, n_cols, max_pixels)
    tile_pixels = table.integer(TILE_ROWS, 1) * table.integer(TILE_COLS, 1)
    if tile_pixels > max_pixels:
        raise UnreadableImage(f"has tiles of {tile_pixels} pixels, more than max_pixels={max_pixels} allows")
    n_bits = max(table.integers(BITS) or (1,))
    _require_supported(table, n_bits)
    _require_all_pixels(table, len(data))
    return TiffHeader(
        n_rows,
        n_cols,
        orientation_of(table),
        n_bits,
        n_bits > 8 and table.integer(PHOTOMETRIC) == WHITE_IS_ZERO,
        _patches(table),
    )


def _require_supported(table, n_bits):
    if table.integer(PHOTOMETRIC) in LAB_PHOTOMETRICS:
        raise UnreadableImage("has L*a*b* colours, where grey, RGB, CMYK and palettes can be read: save it as RGB")
    if n_bits == 16 and FLOATS in table.integers(SAMPLE_FORMAT):
        raise UnreadableImage("has 16-bit floats, where those of 32 and 64 bits can be read: save it as float32")
    n_channels = table.integer(SAMPLES_PER_PIXEL, 1)
    if n_channels not in (1, 2, 3, 4):
        raise UnreadableImage(f"has {n_channels} channels, where 1 to 4 can be read")
    if n_bits > 8 and n_channels > 1 and table.integer(PLANES) == ONE_PLANE_A_CHANNEL:
        raise UnreadableImage(f"has {n_bits}-bit channels in separate planes, where only 8-bit ones can be read")


def _require_all_pixels(table, n_bytes):
    """Check that each strip or tile of the picture lies inside the file."""
    offsets = table.integers(STRIP_OFFSETS) or table.integers(TILE_OFFSETS)
    sizes = table.integers(STRIP_SIZES) or table.integers(TILE_SIZES)
    if not offsets or len(sizes) not in (0, len(offsets)):
        raise damaged("it does not say where its pixels are")
    if sizes and max(offset + size for offset, size in zip(offsets, sizes, strict=True)) > n_bytes:
        raise truncated("its last pixel")
    if max(offsets) >= n_bytes:
        raise truncated("its last pixel")


def _patches(table):
    """Return the changes that keep OpenCV from turning the picture and from multiplying it by its alpha."""
    changes = (
        (ORIENTATION, range(2, 9), 1),
        (EXTRA_SAMPLES, (STRAIGHT_ALPHA,), PREMULTIPLIED_ALPHA),
    )
    misread = ((table.tags[code], wanted) for code, unwanted, wanted in changes if table.integer(code) in unwanted)
    return tuple(
        (tag.position, struct.pack(table.byte_order + INTEGER_CODES[tag.type], wanted)) for tag, wanted in misread
    )


def decode_tiff(data, header):
    """Decode the first page, with the patches of its header."""
    if header.patches:
        data = bytearray(data)
        for position, replacement in header.patches:
            data[position : position + len(replacement)] = replacement
    image = decode_by_opencv(data, flags=AS_STORED if header.n_bits <= 8 else cv2.IMREAD_UNCHANGED)
    if header.is_inverted and image.dtype == np.uint16:
        image = np.uint16(2**16 - 1) - image
    return image
