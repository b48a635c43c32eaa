"""`GaborTransformer`: how strongly images respond to Gabor filters, cell by cell, one row per image."""

import math
from functools import partial
from numbers import Integral, Real

import numpy as np

from classicvis._sklearn_compat import Interval, StrOptions
from classicvis.features._cells import slices_of
from classicvis.features._image_transformer import ImageTransformer
from classicvis.features._parameters import check_pair, output_dtype, pad_at_end
from classicvis.features.gabor._bank import BORDERS, LARGEST_REACH, POOLINGS, PooledGaborBank, gaussian_width
from classicvis.images import grey_of_images


class GaborTransformer(ImageTransformer):
    """Describe the texture of images by their responses to a bank of Gabor filters, one row of features per image.

    A Gabor filter is a wave under a Gaussian: it responds where an image has stripes of its frequency and direction.
    The filters are those of :func:`skimage.filters.gabor_kernel`. Of the magnitudes of the complex responses, which
    do not depend on where the stripes begin, the mean and the standard deviation are taken in each cell of a grid
    over the image. `fit` learns the shape of the images and nothing else.

    Parameters
    ----------
    frequencies : sequence of float, default=(0.1, 0.2, 0.4)
        Frequencies of the waves in cycles a pixel, above 0 and at most 1; above 0.5 they look like lower ones.
    orientations : int, default=8
        Number of directions: the angles ``theta`` of scikit-image are ``k * pi / orientations``. Waves at 0 change
        along a row.
    bandwidth : float, default=1.0
        Bandwidth in octaves, from 0.01 to 10, which gives the standard deviation of the Gaussian: 0.56 / frequency
        at 1.0.
    sigma : float, default=None
        Standard deviation of the Gaussian in pixels, in all directions and at all frequencies, instead of
        `bandwidth`; at least 0.01.
    n_stds : float, default=3
        Standard deviations after which filters are cut off.
    mode : {'reflect', 'nearest', 'mirror', 'wrap', 'constant'}, default='reflect'
        What filters see beyond the border, as in ``scipy.ndimage.convolve``: the image mirrored, its last pixel
        included or not (``'reflect'``, ``'mirror'``), its last pixel repeated (``'nearest'``), its other end
        (``'wrap'``), or 0 (``'constant'``).
    pooling : {'mean_std', 'mean'}, default='mean_std'
        What is taken of the magnitudes in a cell: mean and standard deviation, as in [1]_, or the mean alone, as in
        GIST [2]_.
    grid : tuple of (int, int), default=(4, 4)
        Rows and columns of cells, which are as alike in size as whole pixels allow.
    image_shape : tuple of int, default=None
        ``(n_rows, n_columns)`` or ``(n_rows, n_columns, n_channels)``, for images that come as flat rows.
    batch_size : int, default=64
        Images that a thread takes at a time.
    n_jobs : int, default=None
        Number of threads; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores. With 1,
        matrix products use as many threads as the BLAS library does; with more, one each.

    Attributes
    ----------
    n_features_in_ : int
        Values per image.
    sample_shape_ : tuple of int
        Shape of an image seen in `fit`.
    value_range_ : tuple of (float, float)
        Range of the values in `fit`. `transform` warns where values lie in 0 to 1 and those in `fit` did not, or the
        reverse.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    classicvis.LBPTransformer : Histograms of fine texture.

    Notes
    -----
    Colour images are weighed to grey first, by 0.299, 0.587 and 0.114 (to the nearest integer for uint8 images, as
    `ImageReader` does). Responses are of the pixel values as they are: features double when pixels do. Magnitudes
    are those of :func:`skimage.filters.gabor` on an image of floats, within 1e-6 of the largest pixel value, and within
    1e-12 for float64 images. Two things differ on purpose: on an image of integers scikit-image cuts the responses
    themselves to integers; and where a filter reaches several times as far as the image, scipy's n-dimensional
    ``'reflect'`` takes some pixels from the wrong place.

    With `bandwidth` b the standard deviation is ``sqrt(log(2) / 2) / pi * (2**b + 1) / (2**b - 1) / frequency`` [3]_.

    Images with fewer pixels than cells are padded by their edge, at the bottom and on the right. The result comes from
    BLAS: it has the same bits for any `batch_size` and order of images while the number of its threads stays the
    same, and agrees within 1e-5 of the largest feature otherwise.

    References
    ----------
    .. [1] B. S. Manjunath and W. Y. Ma, "Texture Features for Browsing and Retrieval of Image Data", TPAMI 18(8),
       1996, :doi:`10.1109/34.531803`.
    .. [2] A. Oliva and A. Torralba, "Modeling the Shape of the Scene: A Holistic Representation of the Spatial
       Envelope", IJCV 42(3), 2001, :doi:`10.1023/A:1011139631724`.
    .. [3] N. Petkov and P. Kruizinga, "Computational Models of Visual Neurons Specialised in the Detection of
       Periodic and Aperiodic Oriented Visual Stimuli", Biological Cybernetics 76, 1997, :doi:`10.1007/s004220050323`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis import GaborTransformer
    >>> stripes = np.tile(np.sin(2 * np.pi * 0.2 * np.arange(40)), (40, 1))  # change along a row
    >>> gabor = GaborTransformer(frequencies=(0.2,), orientations=4, pooling="mean", grid=(1, 1))
    >>> gabor.fit_transform(np.stack([stripes, stripes.T])).round(2)  # at 0°, 45°, 90° and 135°
    array([[0.47, 0.01, 0.  , 0.01],
           [0.  , 0.01, 0.47, 0.01]])
    """

    _parameter_constraints = ImageTransformer._parameter_constraints | {
        "frequencies": [tuple, list, np.ndarray],
        "orientations": [Interval(Integral, 1, None, closed="left")],
        "bandwidth": [Interval(Real, 0.01, 10, closed="both")],
        "sigma": [Interval(Real, 0.01, None, closed="left"), None],
        "n_stds": [Interval(Real, 0, None, closed="neither")],
        "mode": [StrOptions(set(BORDERS))],
        "pooling": [StrOptions(set(POOLINGS))],
        "grid": [tuple, list],
    }

    def __init__(
        self,
        frequencies=(0.1, 0.2, 0.4),
        orientations=8,
        bandwidth=1.0,
        *,
        sigma=None,
        n_stds=3,
        mode="reflect",
        pooling="mean_std",
        grid=(4, 4),
        image_shape=None,
        batch_size=64,
        n_jobs=None,
    ):
        self.frequencies = frequencies
        self.orientations = orientations
        self.bandwidth = bandwidth
        self.sigma = sigma
        self.n_stds = n_stds
        self.mode = mode
        self.pooling = pooling
        self.grid = grid
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.n_jobs = n_jobs

    _depends_on_scale = True
    _uses_blas = True

    def _learn(self, batch):
        n_filters = len(self._checked_frequencies()) * self.orientations
        return n_filters * POOLINGS[self.pooling] * math.prod(check_pair("grid", self.grid))

    def _describer(self, batch):
        grid = check_pair("grid", self.grid)
        bank = PooledGaborBank(
            tuple(map(max, batch.pixels.shape[1:3], grid)),
            output_dtype(batch.dtype),
            self._checked_frequencies(),
            self.orientations,
            bandwidth=self.bandwidth,
            sigma=self.sigma,
            n_stds=self.n_stds,
            mode=self.mode,
            pooling=self.pooling,
            grid=grid,
        )
        return partial(_describe, bank, grid)

    def _checked_frequencies(self):
        """Return the frequencies as plain numbers, or say which is not allowed."""
        for frequency in self.frequencies:
            if not isinstance(frequency, Real) or not 0 < frequency <= 1:
                raise ValueError(f"A frequency is {frequency!r}, but must be above 0 and at most 1 cycle a pixel.")
            reach = self.n_stds * gaussian_width(frequency, self.bandwidth, self.sigma)
            if not reach <= LARGEST_REACH:
                raise ValueError(
                    f"A filter of frequency {frequency!r} reaches {reach:.4g} pixels, but may reach {LARGEST_REACH}: "
                    "raise the frequency or bandwidth, or lower sigma or n_stds."
                )
        if len(self.frequencies) == 0:
            raise ValueError("frequencies is empty, but must hold at least one number, in cycles a pixel.")
        return [float(frequency) for frequency in self.frequencies]


def _describe(bank, grid, images, out):
    for part in slices_of(images):
        bank.describe(pad_at_end(grey_of_images(images[part]), grid)[..., 0], out[part])
