"""`ColorHistogramTransformer`: how often colours occur in the cells of images, one row per image."""

import math
from functools import partial
from numbers import Integral
from typing import NamedTuple

import numpy as np

from classicvis._sklearn_compat import Interval, StrOptions
from classicvis.features._cells import NORMS, cell_histograms, normalise_counts, slices_of
from classicvis.features._image_transformer import ImageTransformer
from classicvis.features._parameters import check_pair, for_kernel, pad_at_end
from classicvis.kernels.color import SPACE_CODES, fill_color_bins

LIGHTNESS = {"rgb": 0, "hsv": 2, "lab": 0, "opponent": 2}  # the coordinate that grey images have
MOST_BINS = 2**20


class ColorHistogramTransformer(ImageTransformer):
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
        Values of black and white: ``'dtype'`` means 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255
        for all other integers. Values beyond are cut off, with one warning.
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

    _parameter_constraints = ImageTransformer._parameter_constraints | {
        "color_space": [StrOptions(set(SPACE_CODES))],
        "bins": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "joint": ["boolean"],
        "grid": [tuple, list],
        "norm": [StrOptions(set(NORMS))],
        "value_range": [StrOptions({"dtype"}), tuple, list],
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

    def _learn(self, batch):
        return sum(self._histograms(batch.pixels.shape[3])) * math.prod(check_pair("grid", self.grid))

    def _describer(self, batch):
        batch.warn_of_values_beyond()
        n_channels = batch.pixels.shape[3]
        settings = ColorSettings(
            SPACE_CODES[self.color_space],
            np.array(self._bins()),
            self._planes(n_channels),
            self._histograms(n_channels),
            check_pair("grid", self.grid),
            self.norm,
        )
        return partial(_describe, settings, batch.value_range)

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


class ColorSettings(NamedTuple):
    """Checked parameters of histograms of colours, for images of one number of channels.

    Attributes
    ----------
    space : int
        One of `SPACE_CODES`.
    bins : ndarray of shape (3,), int
        Number of bins of each coordinate.
    planes : tuple of (ndarray of shape (n_planes, n_coordinates), ndarray of shape (n_planes,))
        Factors and offsets that turn a pixel's bins into its labels.
    sizes : tuple of int
        Number of bins of each histogram of a cell.
    grid : tuple of (int, int)
        Rows and columns of cells.
    norm : str
        How a histogram is normalised.
    """

    space: int
    bins: np.ndarray
    planes: tuple
    sizes: tuple
    grid: tuple
    norm: str


def _describe(settings, value_range, images, out):
    def fill(images, labels):
        fill_color_bins(for_kernel(images), *value_range, settings.space, settings.bins, *settings.planes, labels)

    n_labels, n_planes = sum(settings.sizes), len(settings.planes[0])
    for part in slices_of(images):
        padded = pad_at_end(images[part], settings.grid)
        counts = cell_histograms(fill, padded, n_labels, settings.grid, n_planes)
        histograms = out[part].reshape(counts.shape)
        start = 0
        for size in settings.sizes:
            bins_of_one = slice(start, start + size)
            normalise_counts(counts[..., bins_of_one], settings.norm, histograms[..., bins_of_one])
            start += size
