"""The kinds of HOG that `HOGTransformer` offers, each with the same four functions."""

from collections.abc import Callable
from typing import NamedTuple

from classicvis.features.hog._dalal_triggs import check_dalal_triggs, fill_dalal_triggs_blocks
from classicvis.features.hog._skimage import block_shape, fill_blocks
from classicvis.features.hog._uoctti import check_uoctti, fill_uoctti, uoctti_shape


class Variant(NamedTuple):
    """What makes up a kind of HOG.

    Attributes
    ----------
    check : callable
        ``check(settings)`` raises where a setting is not allowed.
    least_shape : callable
        ``least_shape(settings)`` returns the rows and columns to which smaller images are padded.
    output_shape : callable
        ``output_shape(image_shape, settings)`` returns the shape of the features of one image of at least that size.
    fill : callable
        ``fill(settings, images, out)`` computes them.
    """

    check: Callable
    least_shape: Callable
    output_shape: Callable
    fill: Callable


VARIANTS = {
    "skimage": Variant(lambda settings: None, lambda settings: settings.block_shape, block_shape, fill_blocks),
    "dalal-triggs": Variant(
        check_dalal_triggs, lambda settings: settings.block_shape, block_shape, fill_dalal_triggs_blocks
    ),
    "uoctti": Variant(check_uoctti, lambda settings: settings.pixels_per_cell, uoctti_shape, fill_uoctti),
}
