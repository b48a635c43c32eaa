"""AVIF files, read by Pillow where it has the codec (from 11.3 on its wheels have)."""

import io

from classicvis.images._errors import damaged, require_few_pixels
from classicvis.pixels import UnreadableImage, pil_to_array


def read_avif_header(data, max_pixels):
    """Let Pillow read the header of an AVIF file."""
    from PIL import ExifTags, Image, features

    if not features.check("avif"):
        raise UnreadableImage("is an AVIF image, which the installed Pillow cannot read: install Pillow 11.3 or newer")
    try:
        image = Image.open(io.BytesIO(data), formats=["AVIF"])
    except Exception as error:  # Pillow raises what its decoder likes
        raise damaged(f"Pillow says {str(error)!r}") from error
    n_cols, n_rows = image.size
    require_few_pixels(n_rows, n_cols, max_pixels)
    is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
    return (n_cols, n_rows, 1, image) if is_turned else (n_rows, n_cols, 1, image)


def decode_avif(data, header):
    """Decode the image that `read_avif_header` has opened."""
    try:
        return pil_to_array(header[3])
    except Exception as error:
        raise damaged(f"Pillow says {str(error)!r}") from error
