"""`hog`: the histogram of oriented gradients of one image, with scikit-image's signature."""

import functools
from numbers import Integral

import numpy as np

from ..kernels._hog import NORM_CODES, SECTORS, hog_batch

MOST_SINGLE_PRECISION_ORIENTATIONS = 64  # up to here float32 puts every 8-bit gradient into the right bin
LARGEST_MAGNITUDE = {4: 2.0**50, 8: 2.0**400}  # by item size: squares of larger pixels would overflow


def hog(
    image,
    orientations=9,
    pixels_per_cell=(8, 8),
    cells_per_block=(3, 3),
    block_norm="L2-Hys",
    visualize=False,
    transform_sqrt=False,
    feature_vector=True,
    *,
    channel_axis=None,
):
    """Compute the histogram of oriented gradients (HOG) of an image.

    A drop-in for :func:`skimage.feature.hog`, many times as fast. For many images of one shape use
    :class:`~classicvis.HOGTransformer`.

    Parameters
    ----------
    image : array-like of shape (n_rows, n_columns) or, with `channel_axis`, with one axis more
        The image; any real dtype, finite values. One axis alone is an image of one row.
    orientations : int, default=9
        Number of bins over 180 degrees.
    pixels_per_cell : tuple of (int, int), default=(8, 8)
        Rows and columns of a cell, in pixels. Pixels beyond the last whole cell are left out.
    cells_per_block : tuple of (int, int), default=(3, 3)
        Rows and columns of a block, in cells. Blocks overlap: they are one cell apart.
    block_norm : {'L1', 'L1-sqrt', 'L2', 'L2-Hys'}, default='L2-Hys'
        How a block is normalised. ``'L2-Hys'`` is L2, clipped at 0.2 and normalised again.
    visualize : bool, default=False
        Also return a picture of the histograms.
    transform_sqrt : bool, default=False
        Take the square root of each pixel first; the image must not have negative values.
    feature_vector : bool, default=True
        Return the result as a vector.
    channel_axis : int, default=None
        The axis of the channels; None for a grey image. Each pixel uses the channel of largest gradient magnitude,
        of equal ones the first.

    Returns
    -------
    out : ndarray of shape (n_block_rows, n_block_columns, block_rows, block_columns, orientations) or flat
        The normalised blocks; float64 for a float64 image, else float32.
    hog_image : ndarray of shape (n_rows, n_columns)
        The picture, in the dtype of `out`; only if `visualize` is True. In every cell a line for every bin runs
        along the edges that voted for it, as bright as the histogram is high.

    Raises
    ------
    ValueError
        The image is smaller than a block, has another number of axes, or holds values that are not finite; or a
        parameter is out of its range.

    See Also
    --------
    classicvis.HOGTransformer : The same for many images, in a Pipeline.

    Notes
    -----
    As in scikit-image and other than in the paper there is no Gaussian window over a block and no interpolation
    between bins and cells. A gradient whose angle lies exactly between two bins belongs to the upper one.

    References
    ----------
    .. [1] N. Dalal and B. Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005,
       :doi:`10.1109/CVPR.2005.177`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.features import hog
    >>> image = np.tile(np.arange(32, dtype=np.uint8), (32, 1))  # brightness rises to the right: 0 degrees
    >>> hog(image, cells_per_block=(2, 2)).shape
    (324,)
    >>> cells = hog(image, orientations=4, cells_per_block=(1, 1), feature_vector=False)
    >>> cells[1, 1].ravel().round(2).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    images = _as_batch(image, channel_axis)
    settings = check_settings(orientations, pixels_per_cell, cells_per_block, block_norm)
    _, cell, block, _ = settings
    if not np.isfinite(images).all():
        raise ValueError("The image contains NaN or inf: give finite pixel values only.")
    if transform_sqrt:
        require_roots(images)
    smallest = cell[0] * block[0], cell[1] * block[1]
    if images.shape[1] < smallest[0] or images.shape[2] < smallest[1]:
        raise ValueError(
            "The input image is too small given the values of pixels_per_cell and cells_per_block: it has "
            f"{images.shape[1]} rows and {images.shape[2]} columns, but needs at least {smallest[0]} rows and "
            f"{smallest[1]} columns."
        )
    blocks = hog_of_images(images, settings, transform_sqrt)[0]
    out = blocks.ravel() if feature_vector else blocks
    if not visualize:
        return out
    histograms = hog_of_images(images, (orientations, cell, (1, 1), "none"), transform_sqrt)[0, :, :, 0, 0]
    return out, _draw_histograms(histograms, images.shape[1:3], cell)


def check_settings(orientations, pixels_per_cell, cells_per_block, block_norm):
    """Return the settings as plain integers, or say which one is not allowed."""
    if not isinstance(orientations, Integral) or orientations < 1:
        raise ValueError(f"orientations is {orientations!r}, but must be an integer of at least 1.")
    if block_norm not in NORM_CODES or block_norm == "none":
        raise ValueError(f"block_norm is {block_norm!r}, but must be 'L1', 'L1-sqrt', 'L2' or 'L2-Hys'.")
    cell = check_pair("pixels_per_cell", pixels_per_cell)
    return int(orientations), cell, check_pair("cells_per_block", cells_per_block), block_norm


def check_pair(name, value):
    """Return a pair of positive integers, or say what is wrong with it."""
    pair = tuple(value) if isinstance(value, list | tuple | np.ndarray) else ()
    if len(pair) != 2 or not all(isinstance(size, Integral) and size >= 1 for size in pair):
        raise ValueError(f"{name} is {value!r}, but must be two integers of at least 1: (rows, columns).")
    return int(pair[0]), int(pair[1])


def output_shape(image_shape, settings):
    """Return the shape of the blocks of an image of `image_shape` (n_rows, n_columns)."""
    orientations, cell, block, _ = settings
    return (
        image_shape[0] // cell[0] - block[0] + 1,
        image_shape[1] // cell[1] - block[1] + 1,
        *block,
        orientations,
    )


def padded_shape(image_shape, settings):
    """Return the shape of an image, but at least one block."""
    _, cell, block, _ = settings
    return max(image_shape[0], cell[0] * block[0]), max(image_shape[1], cell[1] * block[1])


def hog_of_images(images, settings, transform_sqrt, out=None):
    """Compute the blocks of images that are large enough.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        bool, uint8, uint16, float32 or float64; finite.
    settings : tuple
        What `check_settings` returns.
    transform_sqrt : bool
        Take the square root of each pixel first.
    out : ndarray, default=None
        Where to write the result; float64 for float64 images, else float32.

    Returns
    -------
    out : ndarray of shape (n, *output_shape(...))
        The blocks.
    """
    orientations, cell, block, norm = settings
    pixel_dtype, arithmetic_dtype = _precisions(images.dtype, orientations, transform_sqrt)
    images = prepared(images)
    shape = output_shape(images.shape[1:3], settings)
    if out is None:
        out = np.empty((len(images), *shape), output_dtype(images.dtype))
    hog_batch(
        images,
        _squared_tangents(orientations, arithmetic_dtype),
        (orientations, *cell, *block),
        bool(transform_sqrt),
        NORM_CODES[norm],
        np.empty(0, pixel_dtype),
        out.reshape(len(images), *shape[:2], -1),
    )
    return out


def require_roots(images):
    """Raise a ValueError that names the first image with negative values."""
    if images.dtype.kind != "f":
        return
    negative = (images < 0).any(axis=(1, 2, 3))
    if negative.any():
        raise ValueError(
            f"Sample {int(np.argmax(negative))} of X has negative values, but transform_sqrt=True takes square roots: "
            "shift the pixel values, or leave transform_sqrt out."
        )


def output_dtype(image_dtype):
    """Return float64 for float64 images, else float32."""
    return np.dtype(np.float64 if image_dtype == np.float64 else np.float32)


def _precisions(dtype, orientations, transform_sqrt):
    """Choose the dtypes in which pixels are subtracted and gradients are summed.

    scikit-image subtracts float32 pixels in float32 and all others in float64. Single precision is exact for the
    differences of integers, but decides the bin of an integer gradient only up to 8 bits as exact arithmetic does.
    """
    exact_as_single = dtype in (np.bool_, np.uint8, np.uint16) and not transform_sqrt
    pixels = np.float32 if exact_as_single or dtype == np.float32 else np.float64
    single = pixels == np.float32 and dtype != np.uint16 and orientations <= MOST_SINGLE_PRECISION_ORIENTATIONS
    return pixels, np.dtype(np.float32 if single else np.float64)


@functools.lru_cache(maxsize=64)
def _squared_tangents(orientations, dtype):
    """Return tan² of the edges of the sectors of the folded quadrant, from 0° up, filled up with infinity."""
    n_sectors = (orientations + 1) // 2
    edges = np.full(-(-n_sectors // SECTORS) * SECTORS + 1, np.inf)
    edges[:n_sectors] = np.tan(np.pi * np.arange(n_sectors) / orientations) ** 2
    if orientations % 4 == 0:
        edges[orientations // 4] = 1.0  # 45°, which rounding must not miss
    edges = edges.astype(dtype)
    edges.flags.writeable = False
    return edges


def prepared(images, limits=LARGEST_MAGNITUDE):
    """Return images as kernels take them: contiguous, read-only, no bool, and no pixel whose square overflows.

    Images of huge values are scaled down by a power of two, which changes nothing but the share of epsilon.
    """
    images = _with_bounded_magnitude(np.ascontiguousarray(images), limits)
    images = images.view(np.uint8 if images.dtype == np.bool_ else images.dtype)
    images.flags.writeable = False  # numba would compile for read-only arrays apart
    return images


def _with_bounded_magnitude(images, limits):
    if images.dtype.kind != "f":
        return images
    limit = limits[images.itemsize]
    largest = np.maximum(images.max(axis=(1, 2, 3)), -images.min(axis=(1, 2, 3)))
    huge = np.flatnonzero(largest > limit)
    if len(huge):
        images = images.copy()
        exponents = np.frexp(largest[huge] / limit)[1]
        images[huge] = np.ldexp(images[huge], -exponents[:, None, None, None])
    return images


def _as_batch(image, channel_axis):
    """Return the image as an array of shape (1, n_rows, n_columns, n_channels)."""
    image = np.atleast_2d(image)
    n_dims = 2 if channel_axis is None else 3
    if image.ndim != n_dims:
        raise ValueError(
            f"The image has {image.ndim} axes, but must have two, and with channel_axis three: "
            "set channel_axis for colour images, and only for them."
        )
    if image.dtype.kind not in "buif":
        raise ValueError(f"The image has dtype {image.dtype}, but must hold real numbers.")
    image = image[..., None] if channel_axis is None else np.moveaxis(image, channel_axis, -1)
    if image.size == 0:
        raise ValueError(f"The image has the shape {image.shape[:2]}, so no pixels: give at least one.")
    if image.dtype == np.float16:
        image = image.astype(np.float32)
    elif image.dtype not in (np.bool_, np.uint8, np.uint16, np.float32):
        image = image.astype(np.float64, copy=False)
    return image[None]


def _draw_histograms(histograms, shape, cell):
    """Draw a line for every cell and bin, at right angles to the gradients of the bin, as scikit-image does."""
    from skimage.draw import line

    n_cell_rows, n_cell_columns, orientations = histograms.shape
    radius = min(cell) // 2 - 1
    angles = np.pi * (np.arange(orientations) + 0.5) / orientations
    row_centres = np.arange(n_cell_rows)[:, None] * cell[0] + cell[0] // 2
    column_centres = np.arange(n_cell_columns)[None, :] * cell[1] + cell[1] // 2
    picture = np.zeros(shape, histograms.dtype)
    for k, angle in enumerate(angles):
        d_row, d_column = radius * np.sin(angle), radius * np.cos(angle)
        ends = (
            (row_centres - d_column).astype(int) - row_centres,
            (column_centres + d_row).astype(int) - column_centres,
            (row_centres + d_column).astype(int) - row_centres,
            (column_centres - d_row).astype(int) - column_centres,
        )
        ends = np.stack(np.broadcast_arrays(*ends), axis=-1)
        for offsets in np.unique(ends.reshape(-1, 4), axis=0):
            rows, columns = line(*offsets)
            at = (ends == offsets).all(axis=-1)
            at_rows = np.broadcast_to(row_centres, at.shape)[at][:, None] + rows
            at_columns = np.broadcast_to(column_centres, at.shape)[at][:, None] + columns
            values = np.broadcast_to(histograms[..., k][at][:, None], at_rows.shape)
            inside = (at_rows < shape[0]) & (at_columns < shape[1])  # cells of one pixel have lines longer than they
            np.add.at(picture, (at_rows[inside], at_columns[inside]), values[inside])
    return picture
