"""The kinds of HOG that `HOGTransformer` offers, each with the same four functions."""

from collections.abc import Callable
from typing import NamedTuple

from classicvis.features.hog._dalal_triggs import check_dalal_triggs, fill_dalal_triggs_blocks
from classicvis.features.hog._skimage import block_shape, fill_blocks, padded_shape
from classicvis.features.hog._uoctti import check_uoctti, fill_uoctti, uoctti_padded_shape, uoctti_shape


class Variant(NamedTuple):
    """What makes up a kind of HOG.

    Attributes
    ----------
    check : callable
        ``check(settings)`` raises where a setting is not allowed.
    padded_shape : callable
        ``padded_shape(image_shape, settings)`` returns the rows and columns that the image needs.
    output_shape : callable
        ``output_shape(padded_shape, settings)`` returns the shape of the features of one image.
    fill : callable
        ``fill(images, settings, out)`` computes them.
    """

    check: Callable
    padded_shape: Callable
    output_shape: Callable
    fill: Callable


VARIANTS = {
    "skimage": Variant(lambda settings: None, padded_shape, block_shape, fill_blocks),
    "dalal-triggs": Variant(check_dalal_triggs, padded_shape, block_shape, fill_dalal_triggs_blocks),
    "uoctti": Variant(check_uoctti, uoctti_padded_shape, uoctti_shape, fill_uoctti),
}
