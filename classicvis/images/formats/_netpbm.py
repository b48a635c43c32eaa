"""PBM, PGM and PPM files, plain (P1 to P3) and binary (P4 to P6)."""

import re
from typing import NamedTuple

import numpy as np

from classicvis.images._errors import damaged, require_few_pixels, truncated

COMMENT = re.compile(rb"#[^\r\n]*")
NUMBER = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])*(\d{1,10})")
BITMAPS, PLAIN, COLOR = (1, 4), (1, 2, 3), (3, 6)


class NetpbmHeader(NamedTuple):
    """What the header of a PBM, PGM or PPM file says; `start` is where the pixels are."""

    n_rows: int
    n_cols: int
    orientation: int
    kind: int
    white: int
    start: int


def read_netpbm_header(data, max_pixels):
    """Read the kind, the size and the value of white."""
    kind, position, numbers = data[1] - ord("0"), 2, []
    for what in ("columns", "rows") if kind in BITMAPS else ("columns", "rows", "white"):
        found = NUMBER.match(data, position)
        if found is None:
            raise damaged(f"its header does not state its {what}")
        numbers.append(int(found[1]))
        position = found.end()
    n_cols, n_rows, white = numbers if len(numbers) == 3 else (*numbers, 1)
    require_few_pixels(n_rows, n_cols, max_pixels)
    if not 1 <= white <= 65535:
        raise damaged(f"its header states {white} as the value of white")
    if kind not in PLAIN:
        position += 1  # one white space
        n_values = n_rows * n_cols * (3 if kind in COLOR else 1)
        n_bytes = n_rows * ((n_cols + 7) // 8) if kind in BITMAPS else n_values * (1 if white < 256 else 2)
        if position + n_bytes > len(data):
            raise truncated("its last pixel")
    return NetpbmHeader(n_rows, n_cols, 1, kind, white, position)


def decode_netpbm(data, header):
    """Return the pixels: uint8, or uint16 where white is above 255; white becomes 255 or 65535."""
    n_rows, n_cols, _, kind, white, start = header
    shape = (n_rows, n_cols, 3) if kind in COLOR else (n_rows, n_cols)
    if kind == 4:
        packed = np.frombuffer(data, np.uint8, n_rows * ((n_cols + 7) // 8), start).reshape(n_rows, -1)
        values = np.unpackbits(packed, axis=1, count=n_cols)
    elif kind in PLAIN:
        values = _parse_numbers(COMMENT.sub(b"", data[start:]), kind, int(np.prod(shape)))
    else:
        values = np.frombuffer(data, np.uint8 if white < 256 else ">u2", int(np.prod(shape)), start)
    if values.max() > white:
        raise damaged(f"it has the value {values.max()}, but its header states {white} as the value of white")
    values = values.reshape(shape)
    if kind in BITMAPS:
        return np.where(values == 0, np.uint8(255), np.uint8(0))
    dtype = np.uint8 if white < 256 else np.uint16
    full = np.iinfo(dtype).max
    return (
        values.astype(dtype) if white == full else np.rint(np.arange(white + 1) * (full / white)).astype(dtype)[values]
    )


def _parse_numbers(text, kind, n_values):
    """Return the first values of a plain file; in a plain bitmap, a digit is a value of its own."""
    if not re.fullmatch(rb"[\d\s]*", text):
        raise damaged("its pixels are not all numbers")
    if kind == 1:
        values = np.frombuffer(re.sub(rb"\s", b"", text), np.uint8) - np.uint8(ord("0"))
    else:
        values = np.fromstring(text, np.int64, sep=" ") if text.strip() else np.empty(0, np.int64)
    if len(values) < n_values:
        raise truncated("its last pixel")
    return values[:n_values]
