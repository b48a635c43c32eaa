"""HOG with votes shared by neighbouring cells and orientations, and a Gaussian window over each block.

As Dalal and Triggs have it (CVPR 2005, section 6), with the numbers of OpenCV's `HOGDescriptor`. How the work is laid
out:

* What a pixel counts in a cell of a block is the product of a weight of its row and one of its column. So votes are
  first added down the columns, row of pixels by row of pixels, and columns are added when a row of blocks is complete.
* Columns are sorted by their place in a cell, and then by orientation: a vote is added where
  `(place * n_bins + bin) * n_cells + cell` says. So what is done to the columns at one place runs over all
  orientations and all cells in one long loop.
* A group of images stands side by side, and rows of pixels and cells run through all of them. Blocks that span two
  images are computed and not written.

Results do not depend on the grouping: no sum crosses from one image to another.
"""

import numpy as np

from classicvis.kernels._jit import helper, kernel
from classicvis.kernels.hog._gradients import LINES, MARGINS, fill_gradients, fill_line

GROUP_COLUMNS = 256  # images side by side fill about so many columns
CLIP = 0.2
FIRST_EPSILON = 0.1  # for each value of a block; OpenCV adds it to the first norm
SECOND_EPSILON = 1e-3  # and this to the norm after clipping
# OpenCV's arc tangent (fastAtan2) of a ratio r up to 1: r (A1 + A3 r² + A5 r⁴ + A7 r⁶), at most 1.7e-4 rad off.
A1, A3, A5, A7 = 0.9997878412794807, -0.3258083974640975, 0.1555786518463281, -0.04432655554792128
TINY = 1e-30


@kernel
def fill_trilinear_blocks(images, grid, row_weights, column_weights, transform_sqrt, out):
    """Fill `out` with the normalised blocks of a batch of images.

    Parameters
    ----------
    images : array of shape (n, h, w, c)
        Any real dtype. Of several channels each pixel uses the one of largest gradient.
    grid : tuple of int
        Orientations, rows and columns of a cell, rows and columns of a block.
    row_weights : float array of shape (rows of a block, rows of a cell * rows of a block)
        What each row of pixels counts in each row of cells of a block. Its dtype is the one of the arithmetic.
    column_weights : float array of shape (columns of a block, columns of a cell * columns of a block)
        The same of columns.
    transform_sqrt : bool
        Take the square root of each pixel first.
    out : float array of shape (n, b_r, b_c, block rows * block columns * orientations)
        The result.
    """
    n_images, n_rows, n_columns, n_channels = images.shape
    n_bins, cell_rows, cell_columns, block_rows, block_columns = grid
    n_cell_rows, n_cell_columns = n_rows // cell_rows, -(-n_columns // cell_columns)
    group = min(n_images, max(1, GROUP_COLUMNS // n_columns))
    width, n_cells = group * n_columns, group * n_cell_columns
    number = row_weights.dtype

    lines = np.zeros((LINES, n_channels, width + MARGINS * group), number)
    gradients = np.zeros((2, width), number)
    votes = np.zeros((2, width), number)
    places = np.zeros((2, width), np.uint32)
    columns = column_places(n_columns, cell_columns, n_cell_columns, n_bins, group)
    # The last rows of blocks as a ring, each row of cells apart; what is read behind the end is never written.
    sums = np.zeros((block_rows, block_rows, (cell_columns * n_bins + 1) * n_cells + block_columns), number)
    blocks = np.zeros((block_rows * block_columns, n_bins * n_cells), number)
    scales = np.zeros(n_cells, number)
    for first in range(0, n_images, group):
        some, results = images[first : first + group], out[first : first + group]
        fill_line(some, 0, transform_sqrt, lines)
        for row in range(n_cell_rows * cell_rows):
            fill_line(some, row + 1, transform_sqrt, lines)
            fill_gradients(lines, row, some.shape, gradients)
            fill_votes(gradients, columns, n_bins, n_cells, votes, places)
            newest = row // cell_rows
            for block_row in range(max(0, newest - block_rows + 1), min(newest, n_cell_rows - block_rows) + 1):
                for k in range(block_rows):
                    weight = row_weights[k, row - block_row * cell_rows]
                    if weight > 0:
                        add_votes(votes, places, weight, sums[block_row % block_rows, k])
            block_row = newest - block_rows + 1
            if block_row >= 0 and (row + 1) % cell_rows == 0:
                add_columns(sums[block_row % block_rows], column_weights, cell_columns, n_cells, blocks)
                normalise(blocks, n_cells, n_bins * len(blocks), scales)
                write_blocks(blocks, block_row, n_cell_columns, n_cells, results)


@helper
def column_places(n_columns, cell_columns, n_cell_columns, n_bins, n_images):
    """Return where the first orientation of each column of pixels stands."""
    columns = np.empty(n_images * n_columns, np.uint32)
    n_cells = n_images * n_cell_columns
    for image in range(n_images):
        for column in range(n_columns):
            cell = image * n_cell_columns + column // cell_columns
            columns[image * n_columns + column] = column % cell_columns * n_bins * n_cells + cell
    return columns


@helper
def fill_votes(gradients, columns, n_bins, n_cells, votes, places):
    """Share the magnitude of each gradient between the two orientations that it lies between, and say where they are.

    Bin k has its middle at (k + ½) 180° / n_bins. Section 6.3: unsigned orientations, votes interpolated.
    """
    gx, gy, lower_votes, upper_votes = gradients[0], gradients[1], votes[0], votes[1]
    number = votes.dtype.type
    half, all_bins, half_of_all, zero, tiny = number(0.5), number(n_bins), number(n_bins / 2), number(0), number(TINY)
    a1, a3, a5, a7 = (
        number(A1 * n_bins / np.pi),
        number(A3 * n_bins / np.pi),
        number(A5 * n_bins / np.pi),
        number(A7 * n_bins / np.pi),
    )
    for i in range(gx.size):
        x, y = gx[i], gy[i]
        ax, ay = abs(x), abs(y)
        ratio = min(ax, ay) / max(max(ax, ay), tiny)
        square = ratio * ratio
        position = ratio * (a1 + square * (a3 + square * (a5 + square * a7)))
        position = half_of_all - position if ay > ax else position
        position = all_bins - position if (x < zero) != (y < zero) else position
        position += half  # 0 is now the middle of the bin before the first, which is the last
        upper = np.int32(position)
        magnitude = np.sqrt(x * x + y * y)
        share = magnitude * (position - number(upper))
        lower_votes[i], upper_votes[i] = magnitude - share, share
        lower = upper - np.int32(1) if upper > 0 else np.int32(n_bins - 1)
        upper = upper if upper < n_bins else np.int32(0)
        places[0, i] = columns[i] + np.uint32(lower) * np.uint32(n_cells)
        places[1, i] = columns[i] + np.uint32(upper) * np.uint32(n_cells)


@helper
def add_votes(votes, places, weight, sums):
    """Add the weighted votes of a row of pixels."""
    lower_votes, upper_votes, lower_places, upper_places = votes[0], votes[1], places[0], places[1]
    for i in range(lower_votes.size):
        sums[lower_places[i]] += weight * lower_votes[i]
        sums[upper_places[i]] += weight * upper_votes[i]


@helper
def add_columns(sums, column_weights, cell_columns, n_cells, blocks):
    """Add the weighted columns of a complete row of blocks, and clear them."""
    n_block_columns, n_places = column_weights.shape
    size = blocks.shape[1]
    for row in range(len(sums)):
        values = sums[row]
        for k in range(n_block_columns):
            target = blocks[row * n_block_columns + k]
            for i in range(size):
                target[i] = 0
            for column in range(n_places):
                weight = column_weights[k, column]
                if weight > 0:
                    source = values[column % cell_columns * size + column // cell_columns :]
                    for i in range(size):
                        target[i] += weight * source[i]
        for i in range(values.size):
            values[i] = 0


@helper
def normalise(blocks, n_cells, n_values, scales):
    """Divide each block by its norm, clip its values, and do so again (section 6.4, L2-Hys)."""
    number = blocks.dtype.type
    one, clip = number(1), number(CLIP)
    values = blocks.reshape(blocks.size)
    for attempt in range(2):
        epsilon = number(FIRST_EPSILON * n_values) if attempt == 0 else number(SECOND_EPSILON)
        limit = clip if attempt == 0 else number(np.inf)
        for i in range(n_cells):
            scales[i] = 0
        for start in range(0, values.size, n_cells):
            line = values[start:]
            for i in range(n_cells):
                scales[i] += line[i] * line[i]
        for i in range(n_cells):
            scales[i] = one / (np.sqrt(scales[i]) + epsilon)
        for start in range(0, values.size, n_cells):
            line = values[start:]
            for i in range(n_cells):
                line[i] = min(line[i] * scales[i], limit)


@helper
def write_blocks(blocks, block_row, n_cell_columns, n_cells, out):
    """Write one row of blocks of each image, cell by cell and bin by bin."""
    n_images, _, n_blocks, n_values = out.shape
    values = blocks.reshape(blocks.size)
    for image in range(n_images):
        for i in range(n_blocks):
            source, target = values[image * n_cell_columns + i :], out[image, block_row, i]
            for k in range(n_values):
                target[k] = source[k * n_cells]
