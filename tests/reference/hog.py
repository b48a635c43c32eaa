"""Histograms of oriented gradients, slowly and plainly in float64: the twin that the fast kernel is compared with.

Written beside Dalal and Triggs (CVPR 2005, section 6) and the documented behaviour of scikit-image. The rules that
the paper leaves open:

* The centred difference is zero in the first and last row (rows) and column (columns).
* Of several channels a pixel uses the one of largest gradient magnitude, of equal ones the first.
* Bins are half open: an angle on the edge between two bins belongs to the upper one. The angle of a tiny negative
  slope rounds to 180°, which belongs to the last bin.
* A cell's histogram is the mean over its pixels. What is left over at the bottom and the right is unused.
* Blocks lie one cell apart.

Where rounding decides
----------------------
The bin of a pixel is a matter of the last bit where its angle lies within rounding of a bin's edge, and its channel
where two channels have magnitudes within rounding of each other. `certain_blocks` names the blocks without such
pixels, which are those that implementations must agree on. Gradients along a row, along a column or exactly along a
diagonal are no such case: there the tie rule holds, whatever the arithmetic. Nor are channels of exactly equal
magnitude. Integer images need no mask at all.
"""

import numpy as np

EPSILON = 1e-5
CLIP = 0.2
ROUNDING_STEPS = 16  # how many rounding steps an implementation may be off in an angle or a magnitude


def hog(
    image,
    orientations=9,
    pixels_per_cell=(8, 8),
    cells_per_block=(3, 3),
    block_norm="L2-Hys",
    transform_sqrt=False,
    channel_axis=None,
):
    """Return the blocks, of shape (block rows, block columns, cell rows, cell columns, orientations)."""
    gx, gy = strongest_gradients(as_channels_last(image, transform_sqrt, channel_axis))
    histograms = cell_histograms(gx, gy, orientations, pixels_per_cell)
    return normalised_blocks(histograms, cells_per_block, block_norm)


def as_channels_last(image, transform_sqrt=False, channel_axis=None):
    """Return the image as (rows, columns, channels), its arithmetic in float64 but for float32 pixels.

    The differences of float32 pixels, and their square roots, are those of float32, as in scikit-image.
    """
    image = np.atleast_2d(image)
    image = image[..., np.newaxis] if channel_axis is None else np.moveaxis(image, channel_axis, -1)
    if image.dtype not in (np.float32, np.float64):
        image = image.astype(np.float64)
    return np.sqrt(image) if transform_sqrt else image


def channel_gradients(image):
    """Return the horizontal and vertical differences of every channel (section 6.2: [-1, 0, 1], no smoothing)."""
    gx, gy = np.zeros_like(image), np.zeros_like(image)
    gx[:, 1:-1] = image[:, 2:] - image[:, :-2]
    gy[1:-1] = image[2:] - image[:-2]
    return gx.astype(np.float64), gy.astype(np.float64)


def strongest_gradients(image):
    """Return gx and gy of the channel of largest magnitude, pixel by pixel (section 6.2)."""
    gx, gy = channel_gradients(image)
    strongest = np.hypot(gx, gy).argmax(axis=2)[..., np.newaxis]
    return np.take_along_axis(gx, strongest, axis=2)[..., 0], np.take_along_axis(gy, strongest, axis=2)[..., 0]


def bins_of(gx, gy, orientations):
    """Return the bin of each gradient (section 6.3: unsigned, evenly spaced over 0° to 180°)."""
    angles = np.rad2deg(np.arctan2(gy, gx)) % 180
    edges = 180.0 / orientations * np.arange(1, orientations)
    return np.searchsorted(edges, angles, side="right")


def cell_histograms(gx, gy, orientations, pixels_per_cell):
    """Return the mean vote into each bin of each cell, of shape (cell rows, cell columns, orientations)."""
    cell_rows, cell_columns = pixels_per_cell
    magnitudes, bins = np.hypot(gx, gy), bins_of(gx, gy, orientations)
    n_cell_rows, n_cell_columns = gx.shape[0] // cell_rows, gx.shape[1] // cell_columns
    histograms = np.zeros((n_cell_rows, n_cell_columns, orientations))
    for row in range(n_cell_rows):
        for column in range(n_cell_columns):
            cell = np.s_[row * cell_rows : (row + 1) * cell_rows, column * cell_columns : (column + 1) * cell_columns]
            votes = np.bincount(bins[cell].ravel(), magnitudes[cell].ravel(), minlength=orientations)
            histograms[row, column] = votes / (cell_rows * cell_columns)
    return histograms


def normalised_blocks(histograms, cells_per_block, block_norm):
    """Return every block of cells, divided by its norm (section 6.4)."""
    block_rows, block_columns = cells_per_block
    n_block_rows = histograms.shape[0] - block_rows + 1
    n_block_columns = histograms.shape[1] - block_columns + 1
    if n_block_rows <= 0 or n_block_columns <= 0:
        raise ValueError("the image is too small for one block")
    blocks = np.empty((n_block_rows, n_block_columns, block_rows, block_columns, histograms.shape[2]))
    for row in range(n_block_rows):
        for column in range(n_block_columns):
            block = histograms[row : row + block_rows, column : column + block_columns]
            blocks[row, column] = normalised(block, block_norm)
    return blocks


def normalised(block, block_norm):
    """Return a block divided by its norm."""
    if block_norm == "L1":
        return block / (block.sum() + EPSILON)
    if block_norm == "L1-sqrt":
        return np.sqrt(block / (block.sum() + EPSILON))
    if block_norm == "L2":
        return divided_by_l2(block)
    if block_norm == "L2-Hys":
        return divided_by_l2(np.minimum(divided_by_l2(block), CLIP))
    raise ValueError(f"unknown norm {block_norm!r}")


def divided_by_l2(block):
    """Return a block divided by its Euclidean length."""
    return block / np.sqrt((block**2).sum() + EPSILON**2)


def certain_blocks(
    image,
    orientations=9,
    pixels_per_cell=(8, 8),
    cells_per_block=(3, 3),
    transform_sqrt=False,
    channel_axis=None,
    *,
    precision,
):
    """Say of each block whether every pixel's bin and channel is beyond rounding in arithmetic of `precision`."""
    pixels = as_channels_last(image, transform_sqrt, channel_axis)
    uncertain = uncertain_channels(pixels, precision)
    uncertain |= uncertain_bins(*strongest_gradients(pixels), orientations, precision)
    (cell_rows, cell_columns), (block_rows, block_columns) = pixels_per_cell, cells_per_block
    shape = (
        uncertain.shape[0] // cell_rows - block_rows + 1,
        uncertain.shape[1] // cell_columns - block_columns + 1,
    )
    certain = np.empty(shape, dtype=bool)
    for row, column in np.ndindex(*shape):
        top, left = row * cell_rows, column * cell_columns
        pixels_of_block = np.s_[top : top + block_rows * cell_rows, left : left + block_columns * cell_columns]
        certain[row, column] = not uncertain[pixels_of_block].any()
    return certain


def uncertain_bins(gx, gy, orientations, precision):
    """Say of each pixel whether its angle lies within rounding of a bin's edge without being an exact tie."""
    tolerance = 180 * ROUNDING_STEPS * np.finfo(precision).eps
    angles = np.rad2deg(np.arctan2(gy, gx)) % 180
    edges = 180.0 / orientations * np.arange(orientations + 1)
    nearest = np.abs(angles[..., np.newaxis] - edges).min(axis=-1)
    exact = (gx == 0) | (gy == 0) | (np.abs(gx) == np.abs(gy))
    return (nearest <= tolerance) & ~exact


def uncertain_channels(image, precision):
    """Say of each pixel whether two channels have other gradients, but magnitudes within rounding of each other.

    Equal magnitudes of gradients that are short binary fractions are exact ties, of which the first counts.
    """
    gx, gy = channel_gradients(image)
    magnitudes = np.hypot(gx, gy)
    strongest = magnitudes.argmax(axis=2)[..., np.newaxis]
    rivals = magnitudes >= magnitudes.max(axis=2, keepdims=True) * (1 - ROUNDING_STEPS * np.finfo(precision).eps)
    strongest_gx, strongest_gy = (np.take_along_axis(g, strongest, axis=2) for g in (gx, gy))
    rivals &= (gx != strongest_gx) | (gy != strongest_gy)
    short = np.equal(gx * 256 % 1, 0) & np.equal(gy * 256 % 1, 0)
    rivals &= ~(short & (gx**2 + gy**2 == strongest_gx**2 + strongest_gy**2))
    return rivals.any(axis=2)
