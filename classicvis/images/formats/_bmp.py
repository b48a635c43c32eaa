"""The header of a BMP file, and whether the file is complete."""

import struct

from classicvis.images._errors import damaged, require_few_pixels, truncated

OS2_HEADER_SIZE = 12
RUN_LENGTH_ENCODINGS = (1, 2)


def read_bmp_header(data, max_pixels):
    """Read the two headers of a BMP file."""
    if len(data) < 26:
        raise truncated("the end of its header")
    pixels_at, header_size = struct.unpack_from("<II", data, 10)
    if header_size == OS2_HEADER_SIZE:
        n_cols, n_rows, _, n_bits = struct.unpack_from("<HHHH", data, 18)
        encoding = 0
    elif header_size >= 40:
        if len(data) < 34:
            raise truncated("the end of its header")
        n_cols, n_rows, _, n_bits, encoding = struct.unpack_from("<iiHHI", data, 18)
        n_rows = abs(n_rows)  # a negative number of rows: stored from the top down
    else:
        raise damaged(f"it has a header of {header_size} bytes")
    require_few_pixels(n_rows, n_cols, max_pixels)
    if n_bits not in (1, 2, 4, 8, 16, 24, 32):
        raise damaged(f"its header states {n_bits} bits a pixel")
    bytes_per_row = (n_cols * n_bits + 31) // 32 * 4
    if encoding not in RUN_LENGTH_ENCODINGS and pixels_at + n_rows * bytes_per_row > len(data):
        raise truncated("its last row")
    return n_rows, n_cols, 1
