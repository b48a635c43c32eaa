"""`LBPTransformer`: histograms of local binary patterns of many images, one row per image."""

import math
from functools import partial

from classicvis._sklearn_compat import StrOptions
from classicvis.features._cells import NORMS, slices_of
from classicvis.features._image_transformer import ImageTransformer
from classicvis.features._parameters import check_pair, pad_at_end
from classicvis.features.lbp._local_binary_pattern import (
    MOST_POINTS_OF_ALL_CODES,
    LBPSettings,
    brightness,
    check_circles,
    lbp_of_images,
    n_labels,
)
from classicvis.kernels.lbp import METHOD_CODES, MOST_POINTS


class LBPTransformer(ImageTransformer):
    """Turn images into histograms of local binary patterns (LBP), one row of features per image.

    A pattern says which points on a circle around a pixel are at least as bright as the pixel. The codes are those
    of :func:`skimage.feature.local_binary_pattern`; of each cell of a grid over the image, their histogram is taken.
    `fit` learns the shape of the images and nothing else.

    Parameters
    ----------
    circles : sequence of tuple (int, float), default=((8, 1),)
        Number of points and radius in pixels of each circle: ``((8, 1), (16, 2), (24, 3))`` describes texture at
        three scales. At most 31 points, or 16 with the methods ``'default'`` and ``'ror'``.
    method : {'uniform', 'nri_uniform', 'ror', 'default'}, default='uniform'
        Which patterns share a bin; with p points there are

        - ``'uniform'``: p + 2 bins, whatever the rotation: patterns that change between 0 and 1 at most twice by
          their number of ones, and all others;
        - ``'nri_uniform'``: p (p - 1) + 3 bins, each of the patterns that change at most twice, and all others;
        - ``'ror'``: a bin for all rotations of a pattern (36 with 8 points);
        - ``'default'``: 2 ** p bins, one for each pattern.
    grid : tuple of (int, int), default=(4, 4)
        Rows and columns of cells, which are as alike in size as whole pixels allow.
    norm : {'L1', 'L1-sqrt', 'L2'}, default='L1'
        How the histogram of a cell and circle is normalised: to sum 1, the square root of that, or to length 1.
    color : {'gray', 'channels'}, default='gray'
        What is done with colour images: ``'gray'`` weighs red, green and blue by 0.299, 0.587 and 0.114 first (to
        the nearest integer for uint8 images, as `ImageReader` does), ``'channels'`` describes each channel.
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
    value_range_ : tuple of (float, float)
        Values of black and white in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    classicvis.features.local_binary_pattern : The labels of the pixels of one image.

    Notes
    -----
    Beyond the border of an image all is 0, as in scikit-image. Images with fewer pixels than cells are padded by their
    edge, at the bottom and on the right. The result has the same bits for any `batch_size`, order of the images and
    `n_jobs`.

    References
    ----------
    .. [1] T. Ojala, M. Pietikäinen and T. Mäenpää, "Multiresolution Gray-Scale and Rotation Invariant Texture
       Classification with Local Binary Patterns", TPAMI 24(7), 2002, :doi:`10.1109/TPAMI.2002.1017623`.
    .. [2] T. Ahonen, A. Hadid and M. Pietikäinen, "Face Description with Local Binary Patterns", TPAMI 28(12),
       2006, :doi:`10.1109/TPAMI.2006.244`.

    Examples
    --------
    >>> from classicvis import LBPTransformer, load_fashion_sample
    >>> images = load_fashion_sample().X_test
    >>> features = LBPTransformer(circles=((8, 1), (16, 2)), grid=(2, 2)).fit_transform(images)
    >>> features.shape, features.dtype  # (10 + 18) labels in 4 cells
    ((1000, 112), dtype('float32'))
    """

    _parameter_constraints = ImageTransformer._parameter_constraints | {
        "circles": [tuple, list],
        "method": [StrOptions(set(METHOD_CODES))],
        "grid": [tuple, list],
        "norm": [StrOptions(set(NORMS))],
        "color": [StrOptions({"gray", "channels"})],
    }

    def __init__(
        self,
        circles=((8, 1),),
        method="uniform",
        grid=(4, 4),
        norm="L1",
        *,
        color="gray",
        image_shape=None,
        batch_size=256,
        n_jobs=None,
    ):
        self.circles = circles
        self.method = method
        self.grid = grid
        self.norm = norm
        self.color = color
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.n_jobs = n_jobs

    def _check_settings(self):
        """Return the checked parameters, or say which is not allowed."""
        has_all_codes = self.method in ("default", "ror")
        most_points = MOST_POINTS_OF_ALL_CODES if has_all_codes else MOST_POINTS
        circles = check_circles(self.circles, self.method, most_points)
        if not circles:
            raise ValueError("circles is empty, but must hold at least one pair: (points, radius).")
        return LBPSettings(circles, self.method, check_pair("grid", self.grid), self.norm)

    def _learn(self, batch):
        self._settings = settings = self._check_settings()
        n_channels = batch.pixels.shape[3] if self.color == "channels" else 1
        n_bins = sum(n_labels(n_points, self.method) for n_points, _ in settings.circles)
        return n_bins * n_channels * math.prod(settings.grid)

    def _describer(self, batch):
        return partial(_describe, self._settings, self.color == "gray")


def _describe(settings, is_grey, images, out):
    for part in slices_of(images):
        levels = brightness(images[part], to_grey=is_grey)
        lbp_of_images(pad_at_end(levels, settings.grid), settings, out[part])
