"""The images behind X, and the way back from an image to what a classifier takes."""

import math
from typing import NamedTuple

import numpy as np
from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.images import ImageReader
from classicvis.inspection._classifier import unwrap_search
from classicvis.pixels import read_images


class ImageSamples(NamedTuple):
    """Images, all with an axis of channels, and the shape in which the classifier takes each."""

    images: np.ndarray  # (n, rows, columns, channels)
    sample_shape: tuple[int, ...]  # (rows, columns), (rows, columns, channels) or (features,)
    template: object  # a DataFrame whose columns have the names that the classifier knows, or None

    def as_taken(self, images):
        """Return other images of the same size in the shape in which the classifier takes them."""
        rows = images.reshape(len(images), *self.sample_shape)
        return rows if self.template is None else type(self.template)(rows, columns=self.template.columns)


def read_samples(classifier, X, image_shape=None):
    """Find the images behind X.

    Parameters
    ----------
    classifier : estimator
        Fitted; what it knows of the shape of images serves where X has flat rows.
    X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
        What `classifier` takes; a pandas DataFrame keeps the names of its columns.
    image_shape : tuple of int, default=None
        Shape of an image, for flat rows.

    Returns
    -------
    samples : ImageSamples
        The images, an alpha channel among the channels.

    Raises
    ------
    ValueError
        X cannot be read as images.
    """
    is_flat = np.ndim(X if hasattr(X, "ndim") else X[:1]) == 2
    if is_flat and image_shape is None:
        image_shape = known_shape(classifier)
    batch = read_images(X, image_shape=image_shape, any_integer=True)
    images, shape = batch.pixels, batch.sample_shape
    if math.prod(shape) > images[0].size:  # without the alpha channel, which a classifier may look at
        images = np.asarray(X, images.dtype).reshape(len(images), *shape)
    template = X.iloc[:0] if hasattr(X, "iloc") else None
    return ImageSamples(images, (math.prod(shape),) if is_flat else shape, template)


def known_shape(estimator):
    """Return the shape of an image that a fitted estimator, or the first of its steps, has seen; None if it has none.

    Parameters
    ----------
    estimator : estimator
        Such as a Pipeline that begins with a HOGTransformer, or with several side by side.

    Returns
    -------
    shape : tuple of int or None
        Rows and columns, or rows, columns and channels.
    """
    estimator = unwrap_search(estimator)
    if isinstance(estimator, Pipeline):
        return known_shape(estimator.steps[0][1])
    if isinstance(estimator, FeatureUnion):
        return known_shape(estimator.transformer_list[0][1])
    return getattr(estimator, "sample_shape_", None)


def split_reader(classifier, X):
    """Read files once and for all, where a pipeline begins with an ImageReader.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    X : array-like
        What it takes.

    Returns
    -------
    classifier : estimator
        The steps after the reader.
    X : array-like
        What they take.
    """
    pipeline = unwrap_search(classifier)
    if isinstance(pipeline, Pipeline) and isinstance(pipeline[0], ImageReader):
        return pipeline[1:], pipeline[0].transform(X)
    return classifier, X
