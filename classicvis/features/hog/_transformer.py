"""`HOGTransformer`: histograms of oriented gradients of many images, one row per image."""

import functools
import math
from numbers import Integral, Real

from classicvis._sklearn_compat import Interval, StrOptions
from classicvis.features._image_transformer import ImageTransformer
from classicvis.features._parameters import check_pair
from classicvis.features.hog._settings import check_hog_settings
from classicvis.features.hog._skimage import require_roots
from classicvis.features.hog._variants import VARIANTS

SMALLEST_CELL = 2  # pixels, where the cell's side is given as a share of the image's


class HOGTransformer(ImageTransformer):
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
    padded_shape_ : tuple of (int, int)
        Rows and columns of an image after padding.
    feature_shape_ : tuple of int
        Shape of an image's features before they are laid out as a row: rows and columns of blocks, those of the cells
        in a block, `orientations`; with ``variant="uoctti"`` rows and columns of cells, and the values of a cell.
    value_range_ : tuple of (float, float)
        Range of the values in `fit`. `transform` warns where values lie in 0 to 1 and those in `fit` did not, or the
        reverse.
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

    _parameter_constraints = ImageTransformer._parameter_constraints | {
        "orientations": [Interval(Integral, 1, None, closed="left")],
        "pixels_per_cell": [tuple, list, Interval(Real, 0, 1, closed="right")],
        "cells_per_block": [tuple, list],
        "block_norm": [StrOptions({"L1", "L1-sqrt", "L2", "L2-Hys"})],
        "transform_sqrt": ["boolean"],
        "variant": [StrOptions(set(VARIANTS))],
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

    _any_integer = True
    _depends_on_scale = True

    def _learn(self, batch):
        shape, variant = batch.pixels.shape[1:3], VARIANTS[self.variant]
        if isinstance(self.pixels_per_cell, Real):
            side = max(SMALLEST_CELL, round(float(self.pixels_per_cell) * min(shape)))
            self.pixels_per_cell_ = side, side
        else:
            self.pixels_per_cell_ = check_pair("pixels_per_cell", self.pixels_per_cell)
        self._settings = check_hog_settings(
            self.orientations, self.pixels_per_cell_, self.cells_per_block, self.block_norm, self.transform_sqrt
        )
        variant.check(self._settings)
        self.padded_shape_ = tuple(map(max, shape, variant.least_shape(self._settings)))
        self.feature_shape_ = variant.output_shape(self.padded_shape_, self._settings)
        return math.prod(self.feature_shape_)

    def _describer(self, batch):
        if self._settings.transform_sqrt:
            require_roots(batch.pixels)
        return functools.partial(VARIANTS[self.variant].fill, self._settings)
