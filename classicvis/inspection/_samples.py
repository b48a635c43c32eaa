"""X as images, and images in the shape of X that a classifier takes."""

import math
from typing import NamedTuple

import numpy as np
from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.images import ImageReader
from classicvis.inspection._classifier import unwrap_search
from classicvis.pixels import read_images


class ImageSamples(NamedTuple):
    """Images with an axis of channels, and the shape of a sample of X."""

    images: np.ndarray  # (n, rows, columns, channels)
    sample_shape: tuple[int, ...]  # (rows, columns), (rows, columns, channels) or (features,)
    template: object  # DataFrame without rows, whose columns have the names that the classifier was fitted on, or None

    def as_taken(self, images):
        """Return images of the same size in the shape that the classifier takes."""
        rows = images.reshape(len(images), *self.sample_shape)
        return rows if self.template is None else type(self.template)(rows, columns=self.template.columns)


def require_batch(classifier, X):
    """Raise a ValueError where X is an array of one image, by the number of values that `classifier` was fitted on."""
    if not hasattr(X, "shape") or len(X) == 1 or np.asarray(X[:1]).dtype.kind not in "biuf":
        return
    shape = tuple(X.shape)
    if len(shape) == 1 or math.prod(shape) == getattr(classifier, "n_features_in_", None):
        raise ValueError(
            f"X has the shape {shape}, which is one image, but must have one image or more along its first axis: give "
            "X[:1] in place of X[0]."
        )


def read_samples(classifier, X, image_shape=None):
    """Return X as images, with any alpha channel among the channels.

    Flat rows have the shape `image_shape`, or the shape that the classifier was fitted on, or are square grey images.
    """
    require_batch(classifier, X)
    is_flat = np.ndim(X if hasattr(X, "ndim") else X[:1]) == 2
    if is_flat and image_shape is None:
        image_shape = known_shape(classifier)
    batch = read_images(X, image_shape=image_shape, any_integer=True)
    images, shape = batch.pixels, batch.sample_shape
    if math.prod(shape) > images[0].size:  # read_images drops an alpha channel, but the classifier may use it
        images = np.asarray(X, images.dtype).reshape(len(images), *shape)
    template = X.iloc[:0] if hasattr(X, "iloc") else None
    return ImageSamples(images, (math.prod(shape),) if is_flat else shape, template)


def known_shape(estimator):
    """Return the shape of an image that a fitted estimator, or its first step, was fitted on; None if unknown."""
    estimator = unwrap_search(estimator)
    if isinstance(estimator, Pipeline):
        return known_shape(estimator.steps[0][1])
    if isinstance(estimator, FeatureUnion):
        return known_shape(estimator.transformer_list[0][1])
    return getattr(estimator, "sample_shape_", None)


def split_reader(classifier, X):
    """Return the steps of a fitted pipeline after its ImageReader, if it begins with one, and X as it was read."""
    pipeline = unwrap_search(classifier)
    if isinstance(pipeline, Pipeline) and isinstance(pipeline[0], ImageReader):
        return pipeline[1:], pipeline[0].transform(X)
    return classifier, X
