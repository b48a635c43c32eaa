"""`hog`: the histogram of oriented gradients of one image, with scikit-image's signature."""

import numpy as np

from classicvis.features._parameters import output_dtype
from classicvis.features.hog._settings import check_hog_settings
from classicvis.features.hog._skimage import block_shape, fill_blocks, require_roots
from classicvis.pixels import read_image


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
    settings = check_hog_settings(orientations, pixels_per_cell, cells_per_block, block_norm, transform_sqrt)
    batch = read_image(np.atleast_2d(image), channel_axis, any_integer=True, channels=None)
    images, smallest = batch.pixels, settings.block_shape
    if transform_sqrt:
        require_roots(images)
    if images.shape[1] < smallest[0] or images.shape[2] < smallest[1]:
        raise ValueError(
            "The input image is too small given the values of pixels_per_cell and cells_per_block: it has "
            f"{images.shape[1]} rows and {images.shape[2]} columns, but needs at least {smallest[0]} rows and "
            f"{smallest[1]} columns."
        )
    blocks = _blocks(images, settings)
    out = blocks.ravel() if feature_vector else blocks
    if not visualize:
        return out
    histograms = _blocks(images, settings._replace(cells_per_block=(1, 1), block_norm="none"))[:, :, 0, 0]
    return out, _draw_histograms(histograms, images.shape[1:3], settings.pixels_per_cell)


def _blocks(images, settings):
    """Return the blocks of the one image."""
    out = np.empty((1, *block_shape(images.shape[1:3], settings)), output_dtype(images.dtype))
    fill_blocks(settings, images, out)
    return out[0]


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
