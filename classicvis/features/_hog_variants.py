"""The kinds of HOG that `HOGTransformer` offers, behind the same four functions."""

from collections.abc import Callable
from typing import NamedTuple

from ._hog import check_settings, hog_of_images, output_shape, padded_shape
from ._hog_dalal_triggs import check_dalal_triggs_settings, dalal_triggs_of_images
from ._hog_uoctti import check_uoctti_settings, uoctti_of_images, uoctti_output_shape, uoctti_padded_shape


class Variant(NamedTuple):
    """What makes up a kind of HOG.

    Parameters
    ----------
    check_settings : callable
        ``check_settings(orientations, pixels_per_cell, cells_per_block, block_norm)`` returns settings, or raises.
    padded_shape : callable
        ``padded_shape(image_shape, settings)`` returns the rows and columns that the image needs.
    output_shape : callable
        ``output_shape(padded_shape, settings)`` returns the shape of the features of one image.
    of_images : callable
        ``of_images(images, settings, transform_sqrt, out=None)`` computes them.
    """

    check_settings: Callable
    padded_shape: Callable
    output_shape: Callable
    of_images: Callable


VARIANTS = {
    "skimage": Variant(check_settings, padded_shape, output_shape, hog_of_images),
    "dalal-triggs": Variant(check_dalal_triggs_settings, padded_shape, output_shape, dalal_triggs_of_images),
    "uoctti": Variant(check_uoctti_settings, uoctti_padded_shape, uoctti_output_shape, uoctti_of_images),
}
