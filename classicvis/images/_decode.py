"""From the bytes of an image file to its pixels, by one decoder for all formats."""

import cv2
import numpy as np

from classicvis.images._bmp import read_bmp_header
from classicvis.images._errors import damaged
from classicvis.images._gif import decode_gif, read_gif_header
from classicvis.images._jpeg import read_jpeg_header
from classicvis.images._png import SIGNATURE as PNG_SIGNATURE
from classicvis.images._png import read_png_header
from classicvis.images._tiff import read_tiff_header
from classicvis.images._webp import read_webp_header
from classicvis.pixels import UnreadableImage

LONGEST_MAGIC = 12
JPEG_MAGIC = b"\xff\xd8\xff"
TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
GIF_MAGICS = (b"GIF87a", b"GIF89a")

HEADER_READERS = {
    "JPEG": read_jpeg_header,
    "PNG": read_png_header,
    "WebP": read_webp_header,
    "BMP": read_bmp_header,
    "GIF": read_gif_header,
}
AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION


def identify_format(head):
    """Return the format that the first bytes of a file stand for.

    Parameters
    ----------
    head : bytes
        At least the first `LONGEST_MAGIC` bytes of the file, or all of a shorter one.

    Returns
    -------
    format : {"JPEG", "PNG", "WebP", "BMP", "TIFF", "GIF"}
        Whatever the file's name says.

    Raises
    ------
    UnreadableImage
        The file is empty, or of another format.
    """
    if not head:
        raise UnreadableImage("is empty (0 bytes)")
    if head.startswith(JPEG_MAGIC):
        return "JPEG"
    if head.startswith(PNG_SIGNATURE):
        return "PNG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(b"BM"):
        return "BMP"
    if head.startswith(TIFF_MAGICS):
        return "TIFF"
    if head.startswith(GIF_MAGICS):
        return "GIF"
    raise UnreadableImage(
        f"is no JPEG, PNG, WebP, BMP, TIFF or GIF image (it starts with {bytes(head[:LONGEST_MAGIC])!r})"
    )


def decode_image(data, max_pixels):
    """Decode an image file, upright.

    The format is told by the first bytes, and the size in the header is checked before anything is decoded.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels : int
        Largest number of rows times columns.

    Returns
    -------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, 3)
        Grey or RGB, in the depth of the file: uint8, uint16, or for TIFF another number type. The EXIF
        orientation is applied, the alpha channel is dropped.

    Raises
    ------
    UnreadableImage
        The data is no image, is truncated or damaged, or has too many pixels.
    """
    format_ = identify_format(data)
    if format_ == "TIFF":
        (n_rows, n_cols, orientation), image = _decode_tiff(data, max_pixels)
    else:
        n_rows, n_cols, orientation = HEADER_READERS[format_](data, max_pixels)
        image = decode_gif(data) if format_ == "GIF" else _decode_by_cv2(data, AS_STORED)
    if image.shape[:2] != (n_rows, n_cols):
        raise damaged(f"its header states {n_rows} × {n_cols} pixels, but it holds {image.shape[0]} × {image.shape[1]}")
    return turn_upright(image, orientation)


def turn_upright(image, orientation):
    """Apply an EXIF orientation.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
        As stored in the file.
    orientation : int
        1 to 8: where the stored first row and first column belong, as table 6 of the TIFF 6.0 standard has
        it.

    Returns
    -------
    image : ndarray
        Contiguous; rows and columns are exchanged for 5 to 8.
    """
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)


def _decode_tiff(data, max_pixels):
    header = read_tiff_header(data, max_pixels)
    if header.patches:
        data = bytearray(data)
        for position, replacement in header.patches:
            data[position : position + len(replacement)] = replacement
    image = _decode_by_cv2(data, AS_STORED if header.n_bits <= 8 else cv2.IMREAD_UNCHANGED)
    if header.is_inverted and image.dtype == np.uint16:
        image = np.uint16(2**16 - 1) - image
    return header[:3], image


def _decode_by_cv2(data, flags):
    """Decode to grey, or to RGB without alpha."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise damaged(f"OpenCV says {error.err or str(error)!r}") from error
    if image is None:
        raise damaged("OpenCV cannot decode it")
    if image.ndim == 2:
        return image
    if image.dtype == np.uint8 and image.shape[2] == 3:
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return np.ascontiguousarray(image[..., 2::-1])
