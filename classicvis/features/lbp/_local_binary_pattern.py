"""`local_binary_pattern`: the texture around every pixel of one image, with scikit-image's signature."""

import functools
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from classicvis.features._cells import cell_histograms, normalise_counts
from classicvis.features._parameters import for_kernel
from classicvis.images import grey_of_images
from classicvis.kernels.lbp import METHOD_CODES, MOST_POINTS, fill_labels
from classicvis.pixels import read_image

MOST_POINTS_OF_ALL_CODES = 16  # up to here every code may have a bin of its own
LARGEST_RADIUS = 1000  # pixels
ONE_LEVEL = 1 / 255.5  # an image of floats that is darker throughout does not come from 8-bit grey levels
STEPS_OF_A_LEVEL = {4: 2.0**12, 8: 2.0**40}  # by item size: u / 255 * 255 is u to within half a step


def local_binary_pattern(image, P, R, method="default"):
    """Compute the local binary pattern (LBP) of every pixel of a grey image.

    A drop-in for :func:`skimage.feature.local_binary_pattern`, many times as fast, with the same codes to the last
    bit. Bit k of a pixel's pattern says that the k-th of `P` points on a circle around it is at least as bright as
    the pixel itself; the points begin on the right and go round anticlockwise.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_columns)
        The image: bool, integers (0 to 255 but for uint16) or finite floats. Beyond its border all is 0.
    P : int
        Number of points on the circle, from 1 to 31.
    R : float
        Radius of the circle in pixels, above 0 and at most 1000. Brightness between pixels is interpolated.
    method : {'default', 'ror', 'uniform', 'nri_uniform'}, default='default'
        What is made of a pattern:

        - ``'default'``: the number whose bits it is;
        - ``'ror'``: the smallest number among its rotations;
        - ``'uniform'``: how many ones it has, if going round it changes between 0 and 1 at most twice, else
          ``P + 1``;
        - ``'nri_uniform'``: the same, but the patterns that change at most twice are numbered one by one, and the
          others get ``P * (P - 1) + 2``.

    Returns
    -------
    output : ndarray of shape (n_rows, n_columns), float64
        The label of every pixel.

    Raises
    ------
    ValueError
        The image has another number of axes, no pixels, or values that are not finite; or a parameter is out of its
        range.

    See Also
    --------
    classicvis.LBPTransformer : Histograms of the labels of many images, in a Pipeline.

    Notes
    -----
    The method ``'var'`` of scikit-image, which gives no label, is left out. Floats in [0, 1] are rounded first, to
    1 / 4096 of an 8-bit grey level for float32 and 2 ** -40 of one for float64, so that ``image / 255`` has the codes
    of `image`; in scikit-image, which warns of it, the rounding of floats decides in areas without texture.

    References
    ----------
    .. [1] T. Ojala, M. Pietikäinen and T. Mäenpää, "Multiresolution Gray-Scale and Rotation Invariant Texture
       Classification with Local Binary Patterns", TPAMI 24(7), 2002, equations 7 to 9,
       :doi:`10.1109/TPAMI.2002.1017623`.
    .. [2] T. Ahonen, A. Hadid and M. Pietikäinen, "Face Description with Local Binary Patterns", TPAMI 28(12),
       2006, :doi:`10.1109/TPAMI.2006.244`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.features import local_binary_pattern
    >>> image = np.zeros((5, 5), np.uint8)
    >>> image[:, 3:] = 200  # an upright edge: bright on the right
    >>> local_binary_pattern(image, 8, 1)[2]
    array([255., 255., 255., 199., 124.])
    >>> local_binary_pattern(image, 8, 1, method="uniform")[2]
    array([8., 8., 8., 5., 5.])
    """
    image = np.asarray(image)
    if image.ndim != 2:
        raise ValueError(f"The image has {image.ndim} axes, but must have two: give a grey image.")
    levels = brightness(read_image(image).pixels)
    ((n_points, radius),) = check_circles([(P, R)], method)
    labels = np.empty((1, *image.shape), np.int32)
    _label(levels[..., 0], n_points, radius, method, labels)
    return labels[0].astype(np.float64)


def check_circles(circles, method, most_points=MOST_POINTS):
    """Return pairs of the number of points and the radius of circles, or say what is wrong with them."""
    if method not in METHOD_CODES:
        raise ValueError(f"method is {method!r}, but must be one of {', '.join(map(repr, METHOD_CODES))}.")
    pairs = []
    for circle in circles:
        pair = tuple(circle) if isinstance(circle, list | tuple | np.ndarray) else ()
        if len(pair) != 2 or not isinstance(pair[0], Integral) or not isinstance(pair[1], Real):
            raise ValueError(f"A circle is {circle!r}, but must be two numbers: (points, radius).")
        if not 1 <= pair[0] <= most_points:
            raise ValueError(
                f"A circle has {pair[0]} points, but must have from 1 to {most_points} with method={method!r}."
            )
        if not 0 < pair[1] <= LARGEST_RADIUS:
            raise ValueError(f"The radius is {pair[1]!r}, but must be above 0 and at most {LARGEST_RADIUS} pixels.")
        pairs.append((int(pair[0]), float(pair[1])))
    return pairs


def n_labels(n_points, method):
    """Return how many bins the labels of a method fill."""
    if method == "default":
        return 2**n_points
    if method == "ror":
        return len(_smallest_rotations(n_points))
    return n_points + 2 if method == "uniform" else n_points * (n_points - 1) + 3


class LBPSettings(NamedTuple):
    """Checked parameters of histograms of local binary patterns.

    Attributes
    ----------
    circles : list of tuple (int, float)
        Points and radius of each circle.
    method, norm : str
        As in `LBPTransformer`.
    grid : tuple of (int, int)
        Rows and columns of cells.
    """

    circles: list
    method: str
    grid: tuple
    norm: str


def brightness(images, *, to_grey=False):
    """Return images whose values can be compared: floats in [0, 1] become 8-bit grey levels, rounded a little.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        bool, uint8, uint16, float32 or float64.
    to_grey : bool, default=False
        Whether colours become grey. Those of 8 bits become whole grey levels, also where they come as floats.

    Returns
    -------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        Integers, and floats beyond [0, 1], keep their values unless they become grey.
    """
    convert = grey_of_images if to_grey else np.asarray
    if images.dtype.kind != "f":
        return convert(images)
    return np.stack([convert(_rounded(image)) for image in images])


def _rounded(image):
    """Return a float image in [0, 1] as rounded grey levels, as uint8 where all of them are whole."""
    if image.min() < 0 or not ONE_LEVEL <= image.max() <= 1:
        return image
    steps = image.dtype.type(STEPS_OF_A_LEVEL[image.dtype.itemsize])
    levels = np.rint(image * image.dtype.type(255) * steps) / steps
    return levels.astype(np.uint8) if (levels == np.rint(levels)).all() else levels


def lbp_of_images(images, settings, out):
    """Write the normalised histograms of images into `out`.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        As `brightness` returns them; at least one pixel a cell.
    settings : LBPSettings
        What to compute.
    out : ndarray of shape (n, n_features)
        Circle by circle, channel by channel, cell by cell.
    """
    n_images, n_channels = len(images), images.shape[3]
    planes = np.ascontiguousarray(np.moveaxis(images, 3, 1)).reshape(-1, *images.shape[1:3])
    start = 0
    method = settings.method
    for n_points, radius in settings.circles:

        def fill(planes, labels, n_points=n_points, radius=radius):
            _label(planes, n_points, radius, method, labels[0])

        is_sparse = method == "ror"
        n_bins = 2**n_points if is_sparse else n_labels(n_points, method)
        counts = cell_histograms(fill, planes, n_bins, settings.grid)
        if is_sparse:
            counts = counts[..., _smallest_rotations(n_points)]
        counts = counts.reshape(n_images, n_channels, -1, counts.shape[-1])
        stop = start + counts[0].size
        normalise_counts(counts, settings.norm, out[:, start:stop].reshape(counts.shape))
        start = stop


def _label(images, n_points, radius, method, labels):
    """Write the labels of images of shape (n, n_rows, n_columns)."""
    fill_labels(for_kernel(images), *_points(n_points, radius), METHOD_CODES[method], labels)


@functools.lru_cache(maxsize=64)
def _points(n_points, radius):
    """Return the points of a circle as `fill_labels` takes them: rounded as scikit-image does."""
    angles = 2 * np.pi * np.arange(n_points, dtype=np.float64) / n_points
    rows = np.round(-radius * np.sin(angles), 5)
    columns, column_of_point = np.unique(np.round(radius * np.cos(angles), 5), return_inverse=True)
    return rows, columns, column_of_point


@functools.lru_cache(maxsize=16)
def _smallest_rotations(n_points):
    """Return the codes of `n_points` bits that none of their rotations is smaller than, in order."""
    codes = np.arange(2**n_points)
    smallest = rotated = codes
    for _ in range(n_points - 1):
        rotated = (rotated >> 1) | ((rotated & 1) << (n_points - 1))
        smallest = np.minimum(smallest, rotated)
    return np.flatnonzero(smallest == codes)
