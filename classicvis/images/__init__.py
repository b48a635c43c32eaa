"""Reading images: files, PIL images and arrays of any kind to 8-bit arrays of one size."""

from ._check import BadImage, check_images
from ._errors import ImageReadError
from ._reader import ImageReader

__all__ = ["BadImage", "ImageReadError", "ImageReader", "check_images"]
