"""From the bytes of an image file to its pixels."""

import numpy as np

from classicvis.images._errors import damaged
from classicvis.images.formats import identify_format


def decode_image(data, max_pixels):
    """Decode an image file, upright.

    The first bytes tell the format, and the size in the header is checked before anything is decoded.

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
        The data is not an image, is truncated or damaged, or has too many pixels.
    """
    format_ = identify_format(data)
    header = format_.read_header(data, max_pixels)
    n_rows, n_cols, orientation = header[:3]
    image = format_.decode(data, header)
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
