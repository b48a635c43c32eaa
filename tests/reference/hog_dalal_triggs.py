"""HOG with trilinear votes and a Gaussian window over blocks, slowly and plainly in float64.

Written beside Dalal and Triggs (CVPR 2005, section 6; Dalal's thesis, 2006, section 4.3) and the numbers of OpenCV's
`HOGDescriptor`, which settle what the paper leaves open:

* The centred difference is zero in the first and last row (rows) and column (columns).
* The angle is a polynomial of degree 7 in min(|gx|, |gy|) / max(|gx|, |gy|), at most 1.7e-4 rad off.
* The window's standard deviation is an eighth of a block's rows plus columns, its middle at half the block's side,
  half a pixel below and right of the centre.
* Votes that fall outside of the block are lost.
* The first norm is added to a tenth of the number of values, the second one to 0.001.
"""

import numpy as np
from reference.hog import as_channels_last, strongest_gradients

ARC_TANGENT = (0.9997878412794807, -0.3258083974640975, 0.1555786518463281, -0.04432655554792128)
CLIP = 0.2


def hog(image, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(3, 3), transform_sqrt=False, channel_axis=None):
    """Return the blocks, of shape (block rows, block columns, cell rows, cell columns, orientations)."""
    gx, gy = strongest_gradients(as_channels_last(image, transform_sqrt, channel_axis))
    votes = orientation_votes(gx, gy, orientations)
    sides = np.multiply(pixels_per_cell, cells_per_block)
    sigma = sides.sum() / 8
    row_weights = weights(pixels_per_cell[0], cells_per_block[0], sigma)
    column_weights = weights(pixels_per_cell[1], cells_per_block[1], sigma)
    shape = [gx.shape[i] // pixels_per_cell[i] - cells_per_block[i] + 1 for i in range(2)]
    blocks = np.empty((*shape, *cells_per_block, orientations))
    for row, column in np.ndindex(*shape):
        top, left = row * pixels_per_cell[0], column * pixels_per_cell[1]
        inside = votes[top : top + sides[0], left : left + sides[1]]
        blocks[row, column] = normalised(np.einsum("ri,cj,ijk->rck", row_weights, column_weights, inside))
    return blocks


def orientation_votes(gx, gy, orientations):
    """Return what each pixel votes into each orientation: its magnitude, shared by the two nearest bins."""
    positions = angles(gx, gy) * orientations / np.pi - 0.5
    lower = np.floor(positions).astype(int)
    shares = positions - lower
    votes = np.zeros((*gx.shape, orientations))
    rows, columns = np.indices(gx.shape)
    magnitudes = np.hypot(gx, gy)
    np.add.at(votes, (rows, columns, lower % orientations), magnitudes * (1 - shares))
    np.add.at(votes, (rows, columns, (lower + 1) % orientations), magnitudes * shares)
    return votes


def angles(gx, gy):
    """Return angles from 0 to π by OpenCV's polynomial (`fastAtan2`)."""
    small, large = np.minimum(abs(gx), abs(gy)), np.maximum(abs(gx), abs(gy))
    ratio = small / np.where(large > 0, large, 1)
    result = sum(factor * ratio ** (2 * i + 1) for i, factor in enumerate(ARC_TANGENT))
    result = np.where(abs(gy) > abs(gx), np.pi / 2 - result, result)
    return np.where((gx < 0) != (gy < 0), np.pi - result, result)


def weights(cell_side, n_cells, sigma):
    """Return how much each pixel of an axis of a block counts in each of its cells."""
    pixels = np.arange(cell_side * n_cells)
    window = np.exp(-((pixels - cell_side * n_cells / 2) ** 2) / (2 * sigma**2))
    distances = (pixels + 0.5) / cell_side - 0.5 - np.arange(n_cells)[:, np.newaxis]
    return np.maximum(1 - abs(distances), 0) * window


def normalised(block):
    """Return a block by L2-Hys with OpenCV's additions."""
    block = block / (np.sqrt((block**2).sum()) + 0.1 * block.size)
    block = np.minimum(block, CLIP)
    return block / (np.sqrt((block**2).sum()) + 1e-3)
