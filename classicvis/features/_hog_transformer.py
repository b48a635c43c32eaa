"""`HOGTransformer`: histograms of oriented gradients of many images, one row per image."""

import functools
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._validation import Interval, StrOptions, fit_context, validate_images
from ._batch import fill_in_batches
from ._hog import check_pair, check_settings, hog_of_images, output_dtype, output_shape, require_roots

SMALLEST_CELL = 2  # pixels, where the cell's side is given as a share of the image's


class HOGTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn images into histograms of oriented gradients (HOG), one row of features per image.

    The features are those of :func:`skimage.feature.hog`. `fit` learns the shape of the images and nothing else.

    Parameters
    ----------
    orientations : int, default=9
        Number of bins over 180 degrees.
    pixels_per_cell : tuple of (int, int) or float, default=(8, 8)
        Rows and columns of a cell, in pixels. A float is the side of a square cell as a share of the image's
        shorter side, rounded to whole pixels and at least 2: ``1 / 8`` means cells of 4 px for images of 28 px and
        of 16 px for 128 px.
    cells_per_block : tuple of (int, int), default=(3, 3)
        Rows and columns of a block, in cells. Blocks overlap: they are one cell apart.
    block_norm : {'L1', 'L1-sqrt', 'L2', 'L2-Hys'}, default='L2-Hys'
        How a block is normalised. ``'L2-Hys'`` is L2, clipped at 0.2 and normalised again.
    transform_sqrt : bool, default=False
        Take the square root of each pixel first; there must be no negative values.
    image_shape : tuple of int, default=None
        ``(n_rows, n_columns)`` or ``(n_rows, n_columns, n_channels)``, for images that come as flat rows.
    batch_size : int, default=256
        Images that a thread takes at a time.
    n_jobs : int, default=None
        Number of threads; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores.

    Attributes
    ----------
    n_features_in_ : int
        Values per image.
    sample_shape_ : tuple of int
        Shape of an image seen in `fit`.
    pixels_per_cell_ : tuple of (int, int)
        Rows and columns of a cell, in pixels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    classicvis.features.hog : The same for one image, with a picture of the histograms.
    classicvis.make_hog_svm : A classifier on top.

    Notes
    -----
    Images smaller than a block are padded by their edge, at the bottom and on the right, to one block.
    The result has the same bits for any `batch_size`, order of the images and `n_jobs`.

    References
    ----------
    .. [1] N. Dalal and B. Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005,
       :doi:`10.1109/CVPR.2005.177`.

    Examples
    --------
    >>> from classicvis import HOGTransformer, load_fashion_sample
    >>> images = load_fashion_sample().X_test
    >>> images.shape, images.dtype
    ((1000, 28, 28), dtype('uint8'))
    >>> features = HOGTransformer(pixels_per_cell=(7, 7), cells_per_block=(2, 2)).fit_transform(images)
    >>> features.shape, features.dtype
    ((1000, 324), dtype('float32'))
    """

    _parameter_constraints = {
        "orientations": [Interval(Integral, 1, None, closed="left")],
        "pixels_per_cell": [tuple, list, Interval(Real, 0, 1, closed="right")],
        "cells_per_block": [tuple, list],
        "block_norm": [StrOptions({"L1", "L1-sqrt", "L2", "L2-Hys"})],
        "transform_sqrt": ["boolean"],
        "image_shape": [tuple, list, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        orientations=9,
        pixels_per_cell=(8, 8),
        cells_per_block=(3, 3),
        block_norm="L2-Hys",
        transform_sqrt=False,
        *,
        image_shape=None,
        batch_size=256,
        n_jobs=None,
    ):
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.transform_sqrt = transform_sqrt
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the shape of the images.

        Parameters
        ----------
        X : array-like of shape (n, n_rows, n_columns), (n, n_rows, n_columns, n_channels) or (n, n_features)
            Images; or a list of images of one shape.
        y : None
            Ignored.

        Returns
        -------
        self : HOGTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            X cannot be read as images.
        """
        images = validate_images(self, X, reset=True, image_shape=self.image_shape)
        self._learn_shape(images)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Fit and transform, looking at X only once.

        Parameters
        ----------
        X : array-like
            As in `fit`.
        y : None
            Ignored.

        Returns
        -------
        features : ndarray of shape (n, n_features_out)
            As in `transform`.
        """
        images = validate_images(self, X, reset=True, image_shape=self.image_shape)
        self._learn_shape(images)
        return self._features(images)

    def transform(self, X):
        """Compute the features.

        Parameters
        ----------
        X : array-like
            Images of the shape seen in `fit`.

        Returns
        -------
        features : ndarray of shape (n, n_features_out)
            The blocks of each image, flattened as scikit-image does; float64 for float64 images, else float32.

        Raises
        ------
        ValueError
            X differs in shape from `fit`, or cannot be read as images.
        """
        check_is_fitted(self)
        return self._features(validate_images(self, X, reset=False, image_shape=self.image_shape))

    def _learn_shape(self, images):
        shape = images.shape[1:3]
        if isinstance(self.pixels_per_cell, Real):
            side = max(SMALLEST_CELL, round(float(self.pixels_per_cell) * min(shape)))
            self.pixels_per_cell_ = side, side
        else:
            self.pixels_per_cell_ = check_pair("pixels_per_cell", self.pixels_per_cell)
        settings = self._settings()
        self._n_features_out = int(np.prod(output_shape(_padded_shape(shape, settings), settings)))

    def _settings(self):
        return check_settings(self.orientations, self.pixels_per_cell_, self.cells_per_block, self.block_norm)

    def _features(self, images):
        settings = self._settings()
        if self.transform_sqrt:
            require_roots(images)
        shape = images.shape[1:3]
        padding = np.subtract(_padded_shape(shape, settings), shape)
        if padding.any():
            images = np.pad(images, ((0, 0), (0, padding[0]), (0, padding[1]), (0, 0)), mode="edge")
        blocks = output_shape(images.shape[1:3], settings)
        features = np.empty((len(images), self._n_features_out), output_dtype(images.dtype))
        fill_in_batches(
            functools.partial(hog_of_images, settings=settings, transform_sqrt=self.transform_sqrt),
            images,
            features.reshape(len(images), *blocks),
            batch_size=self.batch_size,
            n_jobs=self.n_jobs,
        )
        return features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _padded_shape(shape, settings):
    """Return the image's shape, but at least one block."""
    _, cell, block, _ = settings
    return max(shape[0], cell[0] * block[0]), max(shape[1], cell[1] * block[1])
