"""Input validation for images: reads every supported form of X as pixels with known values of black and white."""

from classicvis.pixels._batch import ImageBatch
from classicvis.pixels._errors import UnreadableImage
from classicvis.pixels._items import is_encoded, is_file, is_path, is_pil_image, list_items, pil_to_array, read_item
from classicvis.pixels._read import read_image, read_images
from classicvis.pixels._record import forget, record
from classicvis.pixels._shapes import check_image_shape
from classicvis.pixels._value_range import black_and_white, scale_to_uint8, warn_of_values_beyond

__all__ = [
    "ImageBatch",
    "UnreadableImage",
    "black_and_white",
    "check_image_shape",
    "forget",
    "is_encoded",
    "is_file",
    "is_path",
    "is_pil_image",
    "list_items",
    "pil_to_array",
    "read_image",
    "read_images",
    "read_item",
    "record",
    "scale_to_uint8",
    "warn_of_values_beyond",
]
