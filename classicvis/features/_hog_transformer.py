"""`HOGTransformer`: histograms of oriented gradients of many images, one row per image."""

import functools
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._validation import Interval, StrOptions, fit_context, validate_images
from ._batch import fill_in_batches
from ._hog import check_pair, output_dtype, require_roots
from ._hog_variants import VARIANTS

SMALLEST_CELL = 2  # pixels, where the cell's side is given as a share of the image's


class HOGTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn images into histograms of oriented gradients (HOG), one row of features per image.

    The features are those of :func:`skimage.feature.hog` or, by `variant`, those of OpenCV or VLFeat. `fit` learns the
    shape of the images and nothing else.

    Parameters
    ----------
    orientations : int, default=9
        Number of bins over 180 degrees.
    pixels_per_cell : tuple of (int, int) or float, default=(8, 8)
        Rows and columns of a cell, in pixels. A float is the side of a square cell as a share of the image's
        shorter side, rounded to whole pixels and at least 2: ``1 / 8`` means cells of 4 px for images of 28 px and
        of 16 px for 128 px.
    cells_per_block : tuple of (int, int), default=(3, 3)
        Rows and columns of a block, in cells. Blocks overlap: they are one cell apart. ``variant="uoctti"`` has blocks
        of its own and takes the default alone.
    block_norm : {'L1', 'L1-sqrt', 'L2', 'L2-Hys'}, default='L2-Hys'
        How a block is normalised. ``'L2-Hys'`` is L2, clipped at 0.2 and normalised again. The other variants than
        ``"skimage"`` take the default alone.
    transform_sqrt : bool, default=False
        Take the square root of each pixel first; there must be no negative values.
    variant : {'skimage', 'dalal-triggs', 'uoctti'}, default='skimage'
        Whose features. ``'skimage'``: a pixel votes into one bin of one cell. ``'dalal-triggs'``: votes are shared by
        neighbouring bins and cells, under a Gaussian window over each block, as in the paper [1]_ and OpenCV's
        `HOGDescriptor`. ``'uoctti'``: Felzenszwalb's 31 values a cell (`orientations` times 3, and 4) [2]_, as in
        VLFeat's `vl_hog`.
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
    Images smaller than a block (``'uoctti'``: a cell) are padded by their edge, at the bottom and on the right, to one.
    The result has the same bits for any `batch_size`, order of the images and `n_jobs`.

    ``'dalal-triggs'`` lists blocks row by row, in each its cells row by row, in each its bins, which begin at 0
    degrees; OpenCV has the same values in another order: blocks and cells column by column. The window's standard
    deviation is OpenCV's default, an eighth of a block's rows plus columns.

    ``'uoctti'`` lists cells row by row, in each 2 × `orientations` directed values, `orientations` undirected ones,
    and 4 of texture (those of the blocks to the upper left, upper right, lower left and lower right). The last row
    and column of cells may lie half outside of the image. Directions are centred on 0 degrees, 180 / `orientations`,
    and so on; pixels at the border do not vote.

    Both normalise with constants that OpenCV and VLFeat made for pixel values from 0 to 255, and take all dtypes as
    they are: multiply floats from 0 to 1 by 255 for the features of 8-bit images.

    References
    ----------
    .. [1] N. Dalal and B. Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005,
       :doi:`10.1109/CVPR.2005.177`.
    .. [2] P. F. Felzenszwalb, R. B. Girshick, D. McAllester and D. Ramanan, "Object Detection with Discriminatively
       Trained Part-Based Models", TPAMI 2010, :doi:`10.1109/TPAMI.2009.167`.

    Examples
    --------
    >>> from classicvis import HOGTransformer, load_fashion_sample
    >>> images = load_fashion_sample().X_test
    >>> images.shape, images.dtype
    ((1000, 28, 28), dtype('uint8'))
    >>> features = HOGTransformer(pixels_per_cell=(7, 7), cells_per_block=(2, 2)).fit_transform(images)
    >>> features.shape, features.dtype
    ((1000, 324), dtype('float32'))
    >>> HOGTransformer(pixels_per_cell=(7, 7), variant="uoctti").fit_transform(images).shape  # 16 cells of 31 values
    (1000, 496)
    """

    _parameter_constraints = {
        "orientations": [Interval(Integral, 1, None, closed="left")],
        "pixels_per_cell": [tuple, list, Interval(Real, 0, 1, closed="right")],
        "cells_per_block": [tuple, list],
        "block_norm": [StrOptions({"L1", "L1-sqrt", "L2", "L2-Hys"})],
        "transform_sqrt": ["boolean"],
        "variant": [StrOptions(set(VARIANTS))],
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
        variant="skimage",
        image_shape=None,
        batch_size=256,
        n_jobs=None,
    ):
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.transform_sqrt = transform_sqrt
        self.variant = variant
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
            The blocks or cells of each image, one after the other; float64 for float64 images, else float32.

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
        self._n_features_out = int(np.prod(self._plan(shape)[2]))

    def _plan(self, image_shape):
        """Return the shape that images are padded to, the settings, and the shape of an image's features."""
        variant = VARIANTS[self.variant]
        settings = variant.check_settings(
            self.orientations, self.pixels_per_cell_, self.cells_per_block, self.block_norm
        )
        padded = variant.padded_shape(image_shape, settings)
        return padded, settings, variant.output_shape(padded, settings)

    def _features(self, images):
        if self.transform_sqrt:
            require_roots(images)
        shape = images.shape[1:3]
        padded, settings, output = self._plan(shape)
        padding = np.subtract(padded, shape)
        if padding.any():
            images = np.pad(images, ((0, 0), (0, padding[0]), (0, padding[1]), (0, 0)), mode="edge")
        features = np.empty((len(images), self._n_features_out), output_dtype(images.dtype))
        of_images = VARIANTS[self.variant].of_images
        fill_in_batches(
            functools.partial(of_images, settings=settings, transform_sqrt=self.transform_sqrt),
            images,
            features.reshape(len(images), *output),
            batch_size=self.batch_size,
            n_jobs=self.n_jobs,
        )
        return features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
