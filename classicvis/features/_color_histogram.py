"""`ColorHistogramTransformer`: how often colours occur in the cells of images, one row per image."""

import math
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._validation import Interval, StrOptions, fit_context, validate_images
from ..images._value_range import black_and_white, warn_of_values_beyond
from ..kernels._color import SPACE_CODES, fill_color_bins
from ._batch import fill_in_batches
from ._cells import NORMS, cell_histograms, normalise_counts, pad_to_grid, slices_of
from ._hog import check_pair, output_dtype

LIGHTNESS = {"rgb": 0, "hsv": 2, "lab": 0, "opponent": 2}  # the coordinate that grey images have
MOST_BINS = 2**20


class ColorHistogramTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn images into histograms of their colours, one row of features per image.

    The coordinates of every pixel in a colour space are put into bins, and counted in each cell of a grid over the
    image. `fit` learns the shape of the images and nothing else.

    Parameters
    ----------
    color_space : {'hsv', 'rgb', 'lab', 'opponent'}, default='hsv'
        The coordinates, and the ranges that bins divide:

        - ``'hsv'``: hue (a circle that begins at red), saturation and value;
        - ``'rgb'``: red, green and blue as they are;
        - ``'lab'``: L* from 0 to 100, a* and b* from -110 to 110, with sRGB colours and white D65;
        - ``'opponent'``: (R - G) / √2, (R + G - 2 B) / √6 and (R + G + B) / √3, each over its whole range.

        An odd number of bins keeps colours near grey, which lie in the middle of a*, b* and the first two opponent
        coordinates, in one bin.
    bins : int or tuple of (int, int, int), default=8
        Number of bins of each coordinate.
    joint : bool, default=False
        Count the three coordinates together, in the product of their bins; False counts each for itself, in the
        sum of their bins.
    grid : tuple of (int, int), default=(2, 2)
        Rows and columns of cells, which are as alike in size as whole pixels allow.
    norm : {'L1', 'L1-sqrt', 'L2'}, default='L1'
        How each histogram is normalised: to sum 1, the square root of that, or to length 1.
    value_range : 'dtype' or tuple of (float, float), default='dtype'
        Values of black and white: ``'dtype'`` means integers by their dtype, and 0 and 1 for floats (and for integers
        other than 8 or 16 bits without sign, which are read as floats). Values beyond are cut off, with one warning.
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
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    classicvis.LBPTransformer : Histograms of texture, which go well with those of colour in a `FeatureUnion`.

    Notes
    -----
    Grey images have no colour: of them the coordinate of brightness alone is counted, which is the value, L*, the
    third opponent coordinate, or red. Images with fewer pixels than cells are padded by their edge, at the bottom and
    on the right. The result has the same bits for any `batch_size`, order of the images and `n_jobs`.

    References
    ----------
    .. [1] M. J. Swain and D. H. Ballard, "Color Indexing", IJCV 7(1), 1991, :doi:`10.1007/BF00130487`.
    .. [2] K. van de Sande, T. Gevers and C. Snoek, "Evaluating Color Descriptors for Object and Scene Recognition",
       TPAMI 32(9), 2010, equation 4, :doi:`10.1109/TPAMI.2009.154`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis import ColorHistogramTransformer
    >>> images = np.zeros((1, 4, 4, 3), np.uint8)
    >>> images[..., 0] = 255  # all red: hue 0, saturation and value 1
    >>> ColorHistogramTransformer(bins=4, grid=(1, 1)).fit_transform(images)
    array([[1., 0., 0., 0., 0., 0., 0., 1., 0., 0., 0., 1.]], dtype=float32)
    """

    _parameter_constraints = {
        "color_space": [StrOptions(set(SPACE_CODES))],
        "bins": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "joint": ["boolean"],
        "grid": [tuple, list],
        "norm": [StrOptions(set(NORMS))],
        "value_range": [StrOptions({"dtype"}), tuple, list],
        "image_shape": [tuple, list, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        color_space="hsv",
        bins=8,
        joint=False,
        grid=(2, 2),
        norm="L1",
        *,
        value_range="dtype",
        image_shape=None,
        batch_size=256,
        n_jobs=None,
    ):
        self.color_space = color_space
        self.bins = bins
        self.joint = joint
        self.grid = grid
        self.norm = norm
        self.value_range = value_range
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
        self : ColorHistogramTransformer
            The fitted transformer.

        Raises
        ------
        ValueError
            X cannot be read as images, or a parameter is out of its range.
        """
        grid = check_pair("grid", self.grid)
        images = validate_images(self, X, reset=True, image_shape=self.image_shape)
        black_and_white(self.value_range, images.dtype)
        self._n_features_out = sum(self._histograms(images.shape[3])) * math.prod(grid)
        return self

    def transform(self, X):
        """Compute the features.

        Parameters
        ----------
        X : array-like
            Images of the shape seen in `fit`.

        Returns
        -------
        features : ndarray of shape (n, n_features_out)
            The histograms: row by row of the grid, in each cell coordinate by coordinate, or all three together with
            the third changing fastest; float64 for float64 images, else float32.

        Raises
        ------
        ValueError
            X differs in shape from `fit`, or cannot be read as images.
        """
        check_is_fitted(self)
        images = validate_images(self, X, reset=False, image_shape=self.image_shape)
        warn_of_values_beyond(images, self.value_range)
        features = np.empty((len(images), self._n_features_out), output_dtype(images.dtype))
        fill_in_batches(self._describe, images, features, batch_size=self.batch_size, n_jobs=self.n_jobs)
        return features

    def _bins(self):
        """Return the number of bins of each coordinate, or say what is wrong with them."""
        bins = (self.bins,) * 3 if isinstance(self.bins, Integral) else tuple(self.bins)
        if len(bins) != 3 or not all(isinstance(n_bins, Integral) and n_bins >= 1 for n_bins in bins):
            raise ValueError(f"bins is {self.bins!r}, but must be an integer of at least 1, or three of them.")
        n_bins = math.prod(bins) if self.joint else sum(bins)
        if n_bins > MOST_BINS:
            raise ValueError(f"bins={self.bins!r} makes {n_bins} bins, but there may be {MOST_BINS}: take fewer.")
        return tuple(int(n_bins) for n_bins in bins)

    def _histograms(self, n_channels):
        """Return the number of bins of each histogram of a cell."""
        bins = self._bins()
        if n_channels == 1:
            return (bins[LIGHTNESS[self.color_space]],)
        return (math.prod(bins),) if self.joint else bins

    def _planes(self, n_channels):
        """Return the factors and offsets that turn a pixel's three bins into its labels."""
        bins = self._bins()
        each = np.eye(3, dtype=np.int64)
        if n_channels == 1:
            lightness = LIGHTNESS[self.color_space]
            return each[lightness : lightness + 1], np.zeros(1, np.int64)
        if self.joint:
            return np.array([[bins[1] * bins[2], bins[2], 1]]), np.zeros(1, np.int64)
        return each, np.array([0, bins[0], bins[0] + bins[1]])

    def _describe(self, images, out=None):
        if out is None:
            out = np.empty((len(images), self._n_features_out), output_dtype(images.dtype))
        black_white = black_and_white(self.value_range, images.dtype)
        grid, sizes = check_pair("grid", self.grid), self._histograms(images.shape[3])
        bins, planes = np.array(self._bins()), self._planes(images.shape[3])

        def fill(images, labels):
            images = np.ascontiguousarray(images)
            images = images.view(np.uint8) if images.dtype == np.bool_ else images.view()
            images.flags.writeable = False  # numba would compile for read-only arrays apart
            fill_color_bins(images, *black_white, SPACE_CODES[self.color_space], bins, *planes, labels)

        for part in slices_of(images):
            counts = cell_histograms(fill, pad_to_grid(images[part], grid), sum(sizes), grid, len(planes[0]))
            histograms = out[part].reshape(counts.shape)
            start = 0
            for size in sizes:
                bins_of_one = slice(start, start + size)
                normalise_counts(counts[..., bins_of_one], self.norm, histograms[..., bins_of_one])
                start += size
        return out

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
