"""Netpbm files: PBM, PGM and PPM, as text (P1 to P3) or as bytes (P4 to P6), of 1 to 16 bits."""

import re
from typing import NamedTuple

import numpy as np

from classicvis.images.formats._format import ImageFormat, damaged, require_few_pixels, starts_with, truncated

# Fields are separated by white space and comments, which reach from # to the end of the line.
GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
MOST_HEADER_BYTES = 4096  # comments included
N_CHANNELS = {b"1": 1, b"2": 1, b"3": 3, b"4": 1, b"5": 1, b"6": 3}
LARGEST = 65535


class NetpbmHeader(NamedTuple):
    """The fields of a header."""

    n_rows: int
    n_cols: int
    orientation: int
    kind: bytes  # the digit after P
    largest: int  # the value of white
    start: int  # where the pixels begin


def read_netpbm_header(data, max_pixels):
    """Read the header of the first image, and check that its pixels are in the file.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels : int
        Largest number of rows times columns.

    Returns
    -------
    header : NetpbmHeader
        Its fields.

    Raises
    ------
    UnreadableImage
        The image is too large, the header makes no sense, or the file ends before the pixels do.
    """
    kind = bytes(data[1:2])
    has_largest = kind not in b"14"
    fields = [rb"(\d{1,9})"] * (3 if has_largest else 2)
    match = re.match(rb"P\d" + GAP + GAP.join(fields) + rb"\s", data[:MOST_HEADER_BYTES])
    if match is None:
        raise (
            damaged("its header has no width, height and value of white")
            if has_largest
            else damaged("its header has no width and height")
        )
    n_cols, n_rows = int(match[1]), int(match[2])
    largest = int(match[3]) if has_largest else 1
    require_few_pixels(n_rows, n_cols, max_pixels)
    if not 1 <= largest <= LARGEST:
        raise damaged(f"it states that white is {largest}, which must be from 1 to {LARGEST}")
    header = NetpbmHeader(n_rows, n_cols, 1, kind, largest, match.end())
    if kind in b"456" and len(data) - header.start < _n_bytes(header):
        raise truncated("the last pixel")
    return header


def _n_bytes(header):
    """Return the size of the pixels of a file of bytes."""
    if header.kind == b"4":
        return header.n_rows * -(-header.n_cols // 8)
    return header.n_rows * header.n_cols * N_CHANNELS[header.kind] * (1 if header.largest < 256 else 2)


def decode_netpbm(data, header):
    """Return the pixels as uint8, or as uint16 where white is above 255, brought to the whole range of the dtype."""
    n_values = header.n_rows * header.n_cols * N_CHANNELS[header.kind]
    if header.kind in b"123":
        values = _read_text(data, header, n_values)
    elif header.kind == b"4":
        rows = np.frombuffer(data, np.uint8, _n_bytes(header), header.start).reshape(header.n_rows, -1)
        values = np.unpackbits(rows, axis=1)[:, : header.n_cols].ravel()
    else:
        dtype = np.dtype(np.uint8 if header.largest < 256 else ">u2")
        values = np.frombuffer(data, dtype, n_values, header.start)
    if values.max() > header.largest:
        raise damaged(f"it has the value {values.max()}, but states that white is {header.largest}")
    dtype = np.dtype(np.uint8 if header.largest < 256 else np.uint16)
    white = np.iinfo(dtype).max
    if header.kind in b"14":  # 1 is black
        values = 1 - values.astype(np.uint8)
    if header.largest != white:
        values = np.rint(values * (white / header.largest))
    shape = (header.n_rows, header.n_cols, 3) if N_CHANNELS[header.kind] == 3 else (header.n_rows, header.n_cols)
    return values.astype(dtype).reshape(shape)


def _read_text(data, header, n_values):
    """Read numbers that are written in digits; those of P1 need no space between them."""
    text = re.sub(rb"#[^\r\n]*", b" ", data[header.start :])
    words = list(re.sub(rb"\s", b"", text)[:n_values].decode("latin-1")) if header.kind == b"1" else text.split()
    if len(words) < n_values:
        raise truncated("the last pixel")
    try:
        return np.array([int(word) for word in words[:n_values]], dtype=np.int64)
    except ValueError as error:
        raise damaged(f"{error}, where a pixel value should be") from error


NETPBM = ImageFormat(
    "PBM/PGM/PPM", starts_with(*(f"P{digit}".encode() for digit in range(1, 7))), read_netpbm_header, decode_netpbm
)
