"""HOG of Felzenszwalb, Girshick, McAllester and Ramanan (TPAMI 2010, section 6), with the numbers of VLFeat's `vl_hog`.

A cell has 2n directed and n undirected orientations, each the half sum over four norms, and the four sums of its
undirected orientations. How the work is laid out:

* A group of images stands side by side, and rows of pixels and cells run through all of them. Each image has an empty
  cell on either side, so that no vote reaches another image.
* What a pixel counts in a cell is the product of a weight of its row and one of its column. So votes are first added
  down the columns, into two rows of cells at a time, and columns are added when a row of cells is complete.
* Columns are sorted by their place in a cell, and then by orientation: a vote is added where
  `(place * n_directions + direction) * n_cells + cell` says. So what is done to the columns at one place runs over
  all directions and all cells in one long loop.

Results do not depend on the grouping: no sum crosses from one image to another.
"""

import numpy as np

from classicvis.kernels._jit import helper, kernel
from classicvis.kernels.hog._gradients import LINES, MARGINS, fill_gradients, fill_line

GROUP_COLUMNS = 256  # images side by side fill about so many columns
CLIP = 0.2
EPSILON = 1e-4  # added to the squared norm of a block
N_CORNERS = 4  # blocks of 2 × 2 cells that a cell lies in
TEXTURE = 1 / np.sqrt(18)  # of the sum of the undirected orientations over one norm


@kernel
def fill_uoctti_cells(images, directions, cell, transform_sqrt, out):
    """Fill `out` with the cells of a batch of images.

    Parameters
    ----------
    images : array of shape (n, h, w, c)
        Any real dtype. Of several channels each pixel uses the one of largest gradient.
    directions : float array of shape (2, n_bins)
        Cosines and sines of the undirected orientations. Its dtype is the one of the arithmetic.
    cell : tuple of int
        Rows and columns of a cell.
    transform_sqrt : bool
        Take the square root of each pixel first.
    out : float array of shape (n, cell rows, cell columns, 3 * n_bins + 4)
        The result. The last row and column of cells may lie half outside of the image.
    """
    n_images, n_rows, n_columns, n_channels = images.shape
    n_cell_rows, n_cell_columns = out.shape[1:3]
    n_bins = directions.shape[1]
    group = min(n_images, max(1, GROUP_COLUMNS // n_columns))
    width = group * n_columns
    pitch = max(n_cell_columns, -(-n_columns // cell[1])) + 2  # cells from one image to the next
    n_cells = group * pitch
    number = directions.dtype

    lines = np.zeros((LINES, n_channels, width + MARGINS * group), number)
    gradients = np.zeros((2, width), number)
    magnitudes, scores = np.zeros(width, number), np.zeros(width, number)
    places = np.zeros(width, np.uint32)
    columns = column_places(n_columns, cell[1], pitch, 2 * n_bins, group)
    sums = np.zeros((2, (cell[1] * 2 * n_bins + 1) * n_cells), number)  # of two rows of cells, by turns
    histograms = np.zeros((n_cell_rows, 2 * n_bins, n_cells), number)
    energies = np.zeros((n_cell_rows + 2, n_cells), number)
    factors = np.zeros((n_cell_rows + 1, n_cells), number)
    values = np.zeros((3 * n_bins + N_CORNERS, n_cells), number)
    for first in range(0, n_images, group):
        some, results = images[first : first + group], out[first : first + group]
        fill_line(some, 0, transform_sqrt, lines)
        complete = 0  # rows of cells
        for row in range(n_rows):
            fill_line(some, row + 1, transform_sqrt, lines)
            upper = (2 * row + 1 + cell[0]) // (2 * cell[0]) - 1  # the cell whose middle is not below the pixel's
            share = (row + 0.5) / cell[0] - 0.5 - upper
            if upper > complete:
                add_columns(sums[complete % 2], cell[1], n_cells, histograms[complete])
                complete += 1
            if 0 < row < n_rows - 1:
                fill_gradients(lines, row, some.shape, gradients)
                clear_borders(gradients, n_columns)
                choose_directions(gradients, directions, columns, n_cells, magnitudes, scores, places)
                if upper >= 0:
                    add_votes(magnitudes, places, 1 - share, sums[upper % 2])
                if upper + 1 < n_cell_rows:
                    add_votes(magnitudes, places, share, sums[(upper + 1) % 2])
        for cell_row in range(complete, n_cell_rows):
            add_columns(sums[cell_row % 2], cell[1], n_cells, histograms[cell_row])
        measure_blocks(histograms, pitch, n_cell_columns, energies, factors)
        for cell_row in range(n_cell_rows):
            fill_values(histograms[cell_row], factors[cell_row], factors[cell_row + 1], values)
            write_cells(values, cell_row, pitch, results)


@helper
def column_places(n_columns, cell_columns, pitch, n_directions, n_images):
    """Return where the first direction of each column of pixels stands."""
    columns = np.empty(n_images * n_columns, np.uint32)
    n_cells = n_images * pitch
    for image in range(n_images):
        for column in range(n_columns):
            cell = image * pitch + 1 + column // cell_columns
            columns[image * n_columns + column] = column % cell_columns * n_directions * n_cells + cell
    return columns


@helper
def clear_borders(gradients, n_columns):
    """Keep the first and the last column of each image from voting."""
    for first in range(0, gradients.shape[1], n_columns):
        for column in (first, first + n_columns - 1):
            gradients[0, column], gradients[1, column] = 0, 0


@helper
def choose_directions(gradients, directions, columns, n_cells, magnitudes, scores, places):
    """Measure each gradient, and say where the direction stands whose line it lies closest to (equation 4)."""
    gx, gy = gradients[0], gradients[1]
    number = gradients.dtype.type
    zero, n_bins = number(0), directions.shape[1]
    for i in range(gx.size):
        magnitudes[i] = np.sqrt(gx[i] * gx[i] + gy[i] * gy[i])
        scores[i], places[i] = zero, columns[i]
    for k in range(n_bins):
        cosine, sine = directions[0, k], directions[1, k]
        forth, back = np.uint32(k * n_cells), np.uint32((n_bins + k) * n_cells)
        for i in range(gx.size):
            score = gx[i] * cosine + gy[i] * sine
            is_best = abs(score) > scores[i]
            place = columns[i] + (back if score < zero else forth)
            scores[i] = abs(score) if is_best else scores[i]
            places[i] = place if is_best else places[i]


@helper
def add_votes(magnitudes, places, share, sums):
    """Add the share of a row of pixels that belongs to a row of cells."""
    weight = magnitudes.dtype.type(share)
    for i in range(magnitudes.size):
        sums[places[i]] += weight * magnitudes[i]


@helper
def add_columns(sums, cell_columns, n_cells, histogram):
    """Add the columns of a complete row of cells, bilinearly shared by neighbours, and clear them."""
    values = histogram.reshape(histogram.size)
    number = sums.dtype.type
    for i in range(values.size):
        values[i] = 0
    for column in range(cell_columns):
        distance = (column + 0.5) / cell_columns - 0.5
        own, shared = number(1 - abs(distance)), number(abs(distance))
        source = sums[column * values.size :]
        for i in range(values.size):
            values[i] += own * source[i]
        if distance < 0:
            for i in range(values.size - 1):
                values[i] += shared * source[i + 1]
        else:
            for i in range(1, values.size):
                values[i] += shared * source[i - 1]
    for i in range(sums.size):
        sums[i] = 0


@helper
def measure_blocks(histograms, pitch, n_cell_columns, energies, factors):
    """Sum the squares of undirected orientations, and invert the norms of all blocks of 2 × 2 cells.

    `factors[r, c]` is of the block above and to the left of cell (r, c + 1). At the border the neighbour stands for
    cells that are missing.
    """
    n_cell_rows, n_directions, n_cells = histograms.shape
    number = histograms.dtype.type
    one, epsilon = number(1), number(EPSILON)
    for row in range(n_cell_rows):
        energy = energies[row + 1]
        for i in range(n_cells):
            energy[i] = 0
        for k in range(n_directions // 2):
            forth, back = histograms[row, k], histograms[row, n_directions // 2 + k]
            for i in range(n_cells):
                undirected = forth[i] + back[i]
                energy[i] += undirected * undirected
        for start in range(0, n_cells, pitch):
            energy[start], energy[start + n_cell_columns + 1] = energy[start + 1], energy[start + n_cell_columns]
    for i in range(n_cells):
        energies[0, i], energies[n_cell_rows + 1, i] = energies[1, i], energies[n_cell_rows, i]
    for row in range(n_cell_rows + 1):
        upper, lower = energies[row], energies[row + 1]
        for i in range(n_cells - 1):
            factors[row, i] = one / np.sqrt(upper[i] + upper[i + 1] + lower[i] + lower[i + 1] + epsilon)


@helper
def fill_values(histogram, upper, lower, values):
    """Normalise a row of cells by the four blocks that each lies in, and add what is clipped (section 6.2)."""
    n_directions, n_cells = histogram.shape
    n_bins = n_directions // 2
    number = values.dtype.type
    half, clip, texture = number(0.5), number(CLIP), number(TEXTURE)
    textures = values[3 * n_bins :]
    for corner in range(N_CORNERS):
        for i in range(n_cells):
            textures[corner, i] = 0
    for k in range(3 * n_bins):
        target = values[k]
        first = histogram[k] if k < n_directions else histogram[k - n_directions]
        second = histogram[k - n_bins] if k >= n_directions else histogram[0]
        share = number(1) if k >= n_directions else number(0)
        for i in range(1, n_cells):
            value = first[i] + share * second[i]
            above_left, above_right = min(value * upper[i - 1], clip), min(value * upper[i], clip)
            below_left, below_right = min(value * lower[i - 1], clip), min(value * lower[i], clip)
            target[i] = half * (above_left + above_right + below_left + below_right)
            textures[0, i] += share * texture * above_left
            textures[1, i] += share * texture * above_right
            textures[2, i] += share * texture * below_left
            textures[3, i] += share * texture * below_right


@helper
def write_cells(values, cell_row, pitch, out):
    """Write a row of cells of each image."""
    n_images, _, n_cell_columns, n_values = out.shape
    for image in range(n_images):
        for column in range(n_cell_columns):
            target, cell = out[image, cell_row, column], image * pitch + 1 + column
            for k in range(n_values):
                target[k] = values[k, cell]
