"""Reading images: files, PIL images and arrays of any kind to 8-bit arrays of one size."""

from classicvis.images._check import BadImage, check_images
from classicvis.images._color import GREY_WEIGHTS
from classicvis.images._errors import ImageReadError
from classicvis.images._grey_levels import WHITE, grey_levels, grey_of_images
from classicvis.images._reader import ImageReader
from classicvis.images._resize import resize_image

__all__ = [
    "BadImage",
    "ImageReadError",
    "ImageReader",
    "check_images",
]
