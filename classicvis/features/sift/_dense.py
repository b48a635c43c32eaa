"""`dense_sift`: SIFT descriptors on a grid, with VLFeat's numbers."""

from functools import lru_cache
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from classicvis.features._parameters import for_kernel, read_only
from classicvis.features.sift._dense_grid import cell_taps, grid_columns, grid_rows, grid_starts, span
from classicvis.images import WHITE, grey_levels
from classicvis.kernels.sift import N_CELLS, N_VALUES, NORM_CODES, dense_sift_batch, smooth_batch
from classicvis.pixels import read_image

WINDOWS = ("flat", "gaussian")
SMOOTHING_REACH = 3  # standard deviations


class DenseDescriptors(NamedTuple):
    """What `dense_sift` returns: one row a descriptor, scale by scale, row by row.

    Attributes
    ----------
    positions : float32 ndarray of shape (n, 2)
        Row and column of each centre, in pixels from the centre of the first pixel.
    descriptors : float32 ndarray of shape (n, 128)
        The descriptors.
    scales : int ndarray of shape (n,)
        The bin size that each was made with.
    """

    positions: np.ndarray
    descriptors: np.ndarray
    scales: np.ndarray


class DenseSettings(NamedTuple):
    """Checked parameters of dense SIFT, all of them plain numbers and strings."""

    step: int
    bin_sizes: tuple
    window: str
    norm: str
    magnification: float | None
    contrast_threshold: float

    def offset(self, bin_size):
        """Return where the grid of a scale begins, so that all scales have the same centres, as in PHOW."""
        return (N_CELLS - 1) * (max(self.bin_sizes) - bin_size) // 2

    def starts(self, n_pixels, bin_size):
        """Return the first cell's centre of each descriptor of a scale along an axis."""
        return grid_starts(n_pixels, self.step, bin_size, self.offset(bin_size))


def dense_sift(
    image,
    step=4,
    bin_size=4,
    *,
    window="flat",
    norm="l2",
    magnification=None,
    contrast_threshold=0.0,
    channel_axis=None,
    value_range="dtype",
):
    """Compute SIFT descriptors on a regular grid.

    Equal to VLFeat's ``vl_dsift`` and, with several bin sizes and a magnification, to its ``vl_phow``, many times as
    fast. A descriptor has 4 × 4 cells, `bin_size` pixels apart, each a histogram of 8 gradient orientations.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_columns) or, with `channel_axis`, with one axis more
        The image; any real dtype, finite values. Colours become grey by the weights of ITU-R BT.601: 0.299 for red,
        0.587 for green, 0.114 for blue.
    step : int, default=4
        Pixels from one descriptor to the next, along rows and columns.
    bin_size : int or sequence of int, default=4
        Pixels from one cell to the next. With several sizes, such as ``(4, 6, 8, 10)``, the descriptors of all of them
        are returned, their grids moved so that the centres agree (to half a pixel where sizes are odd and even).
    window : {"flat", "gaussian"}, default="flat"
        How gradients are weighted by their distance from the centre of the descriptor: by a Gaussian of two bins
        standard deviation, or cell by cell by its mean over the cell, which is several times as fast.
    norm : {"l2", "root"}, default="l2"
        Divide by the Euclidean length, clamp at 0.2 and divide again; or, instead of dividing again, take the square
        root of each value's share of their sum (RootSIFT [3]_). Either way the length is 1.
    magnification : float, default=None
        Smooth the image before each bin size by a Gaussian of ``bin_size / magnification`` pixels standard deviation;
        6 in PHOW. None does not smooth.
    contrast_threshold : float, default=0.0
        Descriptors of less contrast, the mean gradient magnitude of an image in 0 to 1, are zero; 0.005 in PHOW.
    channel_axis : int, default=None
        The axis of the 1, 3 (RGB) or 4 (RGBA, alpha dropped) channels; None for a grey image.
    value_range : "dtype" or tuple of (low, high), default="dtype"
        The values of black and white. ``"dtype"``: 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255 for
        all other integers. Values outside are clipped, with a warning.

    Returns
    -------
    positions : float32 ndarray of shape (n, 2)
        Row and column of the centre of each descriptor: scale by scale, row by row.
    descriptors : float32 ndarray of shape (n, 128)
        The descriptors; zero where there is no gradient. Values are ordered by the row of the cell, its column, then
        the orientation, from rightwards by 45° at a time to downwards, leftwards and upwards.
    scales : int ndarray of shape (n,)
        The bin size of each descriptor.

    Raises
    ------
    ValueError
        The image is smaller than a descriptor, ``3 * bin_size + 1``, has another number of axes, or holds values that
        are not finite; or a parameter is out of its range.

    Warns
    -----
    UserWarning
        The image has values outside `value_range`.

    See Also
    --------
    sift : Descriptors at keypoints that the image itself suggests.

    Notes
    -----
    The three results are the fields of a named tuple: ``dense_sift(image).descriptors`` is one of them,
    ``positions, descriptors = dense_sift(image)[:2]`` are two. Gradients are centred differences; their angle is
    VLFeat's cubic approximation, at most 0.01 rad off. Neighbouring cells are weighted by triangles, so that each
    gradient is shared between them. The sum of a cell's votes, and so the contrast, takes the window into account.

    References
    ----------
    .. [1] D. G. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 2004, section 6,
       :doi:`10.1023/B:VISI.0000029664.99615.94`.
    .. [2] A. Vedaldi and B. Fulkerson, "VLFeat: An Open and Portable Library of Computer Vision Algorithms", ACM MM
       2010, :doi:`10.1145/1873951.1874249`; its ``vl_dsift`` and ``vl_phow``.
    .. [3] R. Arandjelović and A. Zisserman, "Three things everyone should know to improve object retrieval", CVPR
       2012, section 3, :doi:`10.1109/CVPR.2012.6248018`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.features import dense_sift
    >>> image = np.tile(np.arange(0, 64, 2, dtype=np.uint8), (32, 1))  # brightness rises to the right
    >>> positions, descriptors = dense_sift(image, step=8)[:2]
    >>> positions[:3].tolist()
    [[6.0, 6.0], [6.0, 14.0], [6.0, 22.0]]
    >>> descriptors[0].reshape(4, 4, 8)[1, 1].round(2).tolist()
    [0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    Several scales, as in PHOW:

    >>> found = dense_sift(image, bin_size=(4, 6), magnification=6, contrast_threshold=0.005)
    >>> found.descriptors.shape, np.unique(found.scales).tolist()
    ((41, 128), [4, 6])
    """
    settings = check_dense_settings(step, bin_size, window, norm, magnification, contrast_threshold)
    batch = read_image(image, channel_axis, value_range=value_range)
    batch.warn_of_values_beyond()
    shape = batch.pixels.shape[1:3]
    require_room(shape, settings)
    descriptors = dense_sift_of_images(grey_levels(batch.pixels, batch.value_range), settings)[0]
    positions, scales = dense_positions(shape, settings)
    return DenseDescriptors(positions.copy(), descriptors, scales.copy())


def check_dense_settings(step, bin_size, window, norm, magnification, contrast_threshold):
    """Return the settings as plain values, or say which one is not allowed."""
    if not isinstance(step, Integral) or step < 1:
        raise ValueError(f"step is {step!r}, but must be an integer of at least 1.")
    bin_sizes = tuple(bin_size) if isinstance(bin_size, list | tuple | np.ndarray) else (bin_size,)
    if not bin_sizes or not all(isinstance(size, Integral) and size >= 1 for size in bin_sizes):
        raise ValueError(f"bin_size is {bin_size!r}, but must be an integer of at least 1 or a sequence of them.")
    if window not in WINDOWS:
        raise ValueError(f"window is {window!r}, but must be 'flat' or 'gaussian'.")
    if norm not in NORM_CODES:
        raise ValueError(f"norm is {norm!r}, but must be 'l2' or 'root'.")
    if magnification is not None and not (isinstance(magnification, Real) and 0 < magnification < np.inf):
        raise ValueError(f"magnification is {magnification!r}, but must be a number above 0, or None for no smoothing.")
    if not (isinstance(contrast_threshold, Real) and 0 <= contrast_threshold < np.inf):
        raise ValueError(f"contrast_threshold is {contrast_threshold!r}, but must be a number of at least 0.")
    return DenseSettings(
        int(step),
        tuple(int(size) for size in bin_sizes),
        window,
        norm,
        None if magnification is None else float(magnification),
        float(contrast_threshold),
    )


def require_room(shape, settings):
    """Raise a ValueError where an image of `shape` has no descriptor of the largest bin size."""
    least = span(max(settings.bin_sizes))
    if min(shape) < least:
        raise ValueError(
            f"The image has {shape[0]} rows and {shape[1]} columns, but descriptors of bin_size "
            f"{max(settings.bin_sizes)} need at least {least} of both: enlarge the image, or choose smaller bins."
        )


@lru_cache(maxsize=16)
def dense_positions(shape, settings):
    """Return the positions (n, 2) and the bin sizes (n,) of the descriptors of an image of `shape`."""
    positions, scales = [], []
    for bin_size in settings.bin_sizes:
        starts = [settings.starts(n_pixels, bin_size) for n_pixels in shape]
        centres = np.stack(np.meshgrid(*starts, indexing="ij"), axis=-1).reshape(-1, 2) + 1.5 * bin_size
        positions.append(centres.astype(np.float32))
        scales.append(np.full(len(centres), bin_size))
    positions, scales = np.concatenate(positions), np.concatenate(scales)
    return read_only(positions), read_only(scales)


def dense_sift_of_images(images, settings, out=None):
    """Compute the descriptors of images that have room for them.

    Parameters
    ----------
    images : float32 ndarray of shape (n, n_rows, n_columns)
        Grey levels from 0 to 255.
    settings : DenseSettings
        What `check_dense_settings` returns.
    out : float32 ndarray of shape (n, k, 128), default=None
        Where to write the result; k is the number of positions.

    Returns
    -------
    out : float32 ndarray of shape (n, k, 128)
        The descriptors, in the order of `dense_positions`; bit-identical however images are put together.
    """
    shape = images.shape[1:]
    images = np.ascontiguousarray(images)
    if out is None:
        out = np.empty((len(images), len(dense_positions(shape, settings)[0]), N_VALUES), np.float32)
    first = 0
    for bin_size in settings.bin_sizes:
        smoothed = _smoothed(images, bin_size, settings.magnification)
        grid = settings.step, bin_size, settings.offset(bin_size)
        *rows, n_in_use = grid_rows(shape[0], *grid, settings.window)
        columns = grid_columns(shape[1], *grid, settings.window)
        taps, cell_weights = cell_taps(bin_size, settings.window)
        least_sum = settings.contrast_threshold * WHITE * span(bin_size) ** 2
        plan = bin_size - 1, n_in_use, first, NORM_CODES[settings.norm], least_sum
        dense_sift_batch(smoothed, columns, tuple(rows), taps, cell_weights, plan, out)
        first += len(rows[1]) * columns[0][-1, -1]
    return out


def _smoothed(images, bin_size, magnification):
    """Return images smoothed for a bin size, or as they are."""
    if magnification is None:
        return for_kernel(images)
    sigma = bin_size / magnification
    reach = int(np.ceil(SMOOTHING_REACH * sigma))
    weights = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    smoothed = np.empty_like(images)
    smooth_batch(for_kernel(images), (weights / weights.sum()).astype(np.float32), smoothed)
    return read_only(smoothed)
