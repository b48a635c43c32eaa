"""Histograms of oriented gradients (Dalal and Triggs, CVPR 2005) of a batch of images, stage by stage.

The numbers are scikit-image's: centred differences that vanish at the border, unsigned orientations, each pixel
votes with its gradient magnitude into the one bin of the one cell that it lies in, blocks one cell apart.

How the work is laid out, since that is what makes it fast:

* A group of images stands side by side, as one wide image, so that every loop over columns, cells or blocks is long
  enough to vectorise for small images too. What happens to pixels happens in tiles of `TILE_ROWS` × `TILE_COLUMNS`
  of this wide image: they stay in the fastest cache, and their constant strides are what LLVM needs to vectorise.
* The quadrant is folded. With n bins the edges of the bins lie symmetrically about 90°, so that comparing
  gy² ≥ gx² tan²θ for the edges θ below 90° gives a sector, and the sign of gx·gy says which of its two bins.
* A pixel's magnitude is added to the one sector that it lies in under a mask, without a branch or a scatter.
* Histograms are kept one row per bin until the last step, so that normalising is arithmetic on long rows. Their
  values are then interleaved by fours, which halves the time of writing block by block.

A pixel on the edge between two bins belongs to the upper one, as in scikit-image. For gradients of 8-bit images
single precision decides every pixel as exact arithmetic does, up to 64 orientations (test_hog_ties.py has the proof
by exhaustion). Results do not depend on how images are grouped: no sum crosses from one image to another, and none
is reordered.
"""

import math

import numpy as np

from classicvis.kernels._jit import helper, inlined_helper, kernel

NORM_CODES = {"none": 0, "L1": 1, "L1-sqrt": 2, "L2": 3, "L2-Hys": 4}
NONE, L1, L1_SQRT, L2, L2_HYS = range(5)
EPSILON = 1e-5
CLIP = 0.2  # of L2-Hys
TIE = 1e-6  # squared magnitudes of two channels that are relatively closer are compared with more care

GROUP_COLUMNS = 2048  # images side by side fill about so many columns
TILE_ROWS, TILE_COLUMNS = 8, 256
MARGIN = 16  # columns on either side of a line of pixels, of which one is used
STRIDE = TILE_COLUMNS + 2 * MARGIN  # from one line of a tile to the next
PLANE = (TILE_ROWS + 2) * STRIDE  # from the lines of one channel to those of the next
GX, GY = 0, TILE_ROWS * STRIDE  # where the parts of a tile's gradients begin
COLUMN_MULTIPLE = 8  # an image's columns in the wide image are rounded up to one, which keeps its cells aligned
SECTORS = 5  # sectors of the folded quadrant that are summed at a time: all of them for 9 orientations
ALIGNMENT = 64  # bytes; vectors that straddle cache lines took twice the time

# Where the sums of a tile's columns begin, a line a sector, and those made of them by adding neighbours.
POSITIVE, NEGATIVE = 0, SECTORS * TILE_COLUMNS
SUMS_SIZE = 2 * SECTORS * TILE_COLUMNS
SUMS, HALVES, QUARTERS = 0, SUMS_SIZE, SUMS_SIZE + SUMS_SIZE // 2
EIGHTHS = QUARTERS + SUMS_SIZE // 4
COLUMNS_SIZE = EIGHTHS + SUMS_SIZE // 8


@kernel
def hog_batch(images, squared_tangents, grid, transform_sqrt, norm, pixels, out):
    """Fill `out` with the normalised blocks of a batch of images.

    Parameters
    ----------
    images : array of shape (n, h, w, c)
        Any real dtype. Of several channels each pixel uses the one of largest gradient.
    squared_tangents : float array of shape (k * SECTORS + 1,)
        tan² of the edges of the sectors from 0° up, the last one infinite. Its dtype is the one of the arithmetic.
    grid : tuple of int
        Orientations, rows and columns of a cell, rows and columns of a block.
    transform_sqrt : bool
        Take the square root of each pixel first.
    norm : int
        One of `NORM_CODES`.
    pixels : float array of shape (0,)
        Its dtype is the one in which pixels are subtracted from each other.
    out : float array of shape (n, b_r, b_c, block rows * block columns * orientations)
        The result.
    """
    n_images, n_rows, n_columns, n_channels = images.shape
    n_bins, cell_rows, cell_columns, block_rows, block_columns = grid
    n_cell_rows, n_cell_columns = n_rows // cell_rows, n_columns // cell_columns
    n_sectors, n_values = (n_bins + 1) // 2, block_rows * block_columns * n_bins
    has_exact_squares = images.itemsize <= 2 and not transform_sqrt

    n_halvings = 0
    while n_halvings < 3 and (cell_columns >> n_halvings) % 2 == 0:
        n_halvings += 1
    odd_columns = cell_columns >> n_halvings  # of those added in pairs that make one cell
    image_columns = -(-n_columns // COLUMN_MULTIPLE) * COLUMN_MULTIPLE
    group = min(n_images, max(1, GROUP_COLUMNS // image_columns))
    pitch = image_columns >> n_halvings if odd_columns == 1 else n_cell_columns  # cells from one image to the next
    n_sums = -(-group * image_columns // TILE_COLUMNS) * (TILE_COLUMNS >> n_halvings)
    width = -(-group * pitch // 16) * 16

    lines = aligned_zeros((n_channels, PLANE), pixels)
    gradients = aligned_zeros((2, 2 * TILE_ROWS * STRIDE), pixels)  # those kept, and those of one more channel
    columns = aligned_zeros((squared_tangents.size // SECTORS, COLUMNS_SIZE), squared_tangents)
    sums = aligned_zeros((2 * n_sectors, n_sums), squared_tangents)
    histograms = aligned_zeros((block_rows * n_bins, width), squared_tangents)  # the last rows of cells, as a ring
    blocks = aligned_zeros((-(-n_values // 4), 4 * width), squared_tangents)  # four values side by side
    measures = aligned_zeros((block_rows, width), squared_tangents)  # of the size of each cell's histogram
    work = aligned_zeros((6, width), squared_tangents)

    for first in range(0, n_images, group):
        some = images[first : first + group]
        n_cells = len(some) * pitch
        for cell_row in range(n_cell_rows):
            for tile in range(-(-len(some) * image_columns // TILE_COLUMNS)):
                columns[:, :SUMS_SIZE] = 0
                bottom = (cell_row + 1) * cell_rows
                for top in range(bottom - cell_rows, bottom, TILE_ROWS):
                    area = tile * TILE_COLUMNS, image_columns, top, min(TILE_ROWS, bottom - top)
                    fill_lines(some, area, transform_sqrt, lines)
                    fill_gradients(lines, area, n_columns, has_exact_squares, gradients)
                    add_votes(gradients[0], area[3], squared_tangents, columns)
                add_neighbours(columns, n_halvings)
                copy_sums(columns, n_halvings, tile, sums)
            if odd_columns > 1:
                add_odd_columns(sums, odd_columns, image_columns >> n_halvings, len(some), n_cell_columns)
            fill_bins(sums, cell_rows * cell_columns, n_cells, cell_row % block_rows * n_bins, n_bins, histograms)
            measure_cells(histograms[cell_row % block_rows * n_bins :], n_bins, norm, measures[cell_row % block_rows])
            block_row = cell_row - block_rows + 1
            if block_row >= 0:
                fill_blocks(histograms, measures, cell_row + 1, grid, n_cells, norm, work, blocks)
                write_blocks(blocks, pitch, block_row, out[first : first + group])


@helper
def aligned_zeros(shape, like):
    """Zeros that begin at a multiple of `ALIGNMENT` bytes."""
    size = shape[0] * shape[1]
    memory = np.zeros(size + ALIGNMENT // like.itemsize, like.dtype)
    start = (-memory.ctypes.data) % ALIGNMENT // like.itemsize
    return memory[start : start + size].reshape(shape)


@helper
def fill_lines(images, area, transform_sqrt, lines):
    """Copy a tile of the wide image, and the pixels around it, plane by plane.

    Above the first row of an image and below its last the neighbouring row is mirrored, for which the centred
    difference vanishes there.
    """
    left, image_columns, top, n_tile_rows = area
    n_images, n_rows, n_columns, n_channels = images.shape
    pixels, flat = images.reshape(images.size), lines.reshape(lines.size)
    first_row, last_row = max(top - 1, 0), min(top + n_tile_rows + 1, n_rows)
    for image in range(left // image_columns, min(-(-(left + TILE_COLUMNS) // image_columns), n_images)):
        offset = left - image * image_columns
        start, stop = max(offset - 1, 0), min(offset + TILE_COLUMNS + 1, n_columns)
        for row in range(first_row, last_row):
            values = pixels[((image * n_rows + row) * n_columns + start) * n_channels :]
            target = flat[(row - top + 1) * STRIDE + MARGIN + start - offset :]
            copy_pixels(values, stop - start, n_channels, target)
    for channel in range(n_channels):
        plane = lines[channel]
        if top == 0:
            copy_line(plane, min(2, n_rows), 0)
        if top + n_tile_rows == n_rows:
            copy_line(plane, n_tile_rows - 1, n_tile_rows + 1)
    if transform_sqrt:
        for i in range(flat.size):
            flat[i] = np.sqrt(flat[i])


@inlined_helper
def copy_pixels(values, n_columns, n_channels, target):
    """Copy a part of a row, each channel into its own plane."""
    if n_channels == 1:
        for i in range(n_columns):
            target[i] = values[i]
    elif n_channels == 3:
        for i in range(n_columns):
            target[i] = values[3 * i]
            target[PLANE + i] = values[3 * i + 1]
            target[2 * PLANE + i] = values[3 * i + 2]
    else:
        for channel in range(n_channels):
            for i in range(n_columns):
                target[channel * PLANE + i] = values[i * n_channels + channel]


@helper
def copy_line(plane, source, target):
    for i in range(STRIDE):
        plane[target * STRIDE + i] = plane[source * STRIDE + i]


@helper
def fill_gradients(lines, area, n_columns, has_exact_squares, gradients):
    """Fill the gradients of a tile, of each pixel those of the channel where they are largest."""
    kept, others = gradients[0], gradients[1]
    for channel in range(len(lines)):
        target = kept if channel == 0 else others
        subtract_neighbours(lines[channel], area[3], target)
        clear_borders(target, area, n_columns)
        if channel > 0:
            if has_exact_squares or count_ties(others, kept) == 0:
                keep_larger(others, kept)
            else:
                keep_larger_when_rounded(others, kept)


@helper
def subtract_neighbours(line, n_rows, gradients):
    """Take centred differences."""
    left, right = line[STRIDE + MARGIN - 1 :], line[STRIDE + MARGIN + 1 :]
    above, below = line[MARGIN:], line[2 * STRIDE + MARGIN :]
    gx, gy = gradients[GX:], gradients[GY:]
    for i in range(n_rows * STRIDE - 2 * MARGIN):
        gx[i] = right[i] - left[i]
        gy[i] = below[i] - above[i]


@helper
def clear_borders(gradients, area, n_columns):
    """Let the horizontal difference vanish in the first and the last column of each image."""
    left, image_columns, _, n_rows = area
    for image in range(left // image_columns, -(-(left + TILE_COLUMNS) // image_columns)):
        first = image * image_columns - left
        for column in (first, first + n_columns - 1):
            if 0 <= column < TILE_COLUMNS:
                for row in range(n_rows):
                    gradients[GX + row * STRIDE + column] = 0


@helper
def count_ties(gradients, kept):
    """Count the pixels where rounding keeps the squares from telling whose gradient is larger."""
    tolerance = gradients.dtype.type(TIE)
    n_ties = 0
    for i in range(GY):
        gx, gy, old_gx, old_gy = gradients[GX + i], gradients[GY + i], kept[GX + i], kept[GY + i]
        old = old_gx * old_gx + old_gy * old_gy
        is_close = abs(gx * gx + gy * gy - old) <= tolerance * old
        n_ties += is_close & ((gx != old_gx) | (gy != old_gy))
    return n_ties


@helper
def keep_larger(gradients, kept):
    """Keep the gradients of a further channel where they are larger; of equal ones the first stays."""
    for i in range(GY):
        gx, gy, old_gx, old_gy = gradients[GX + i], gradients[GY + i], kept[GX + i], kept[GY + i]
        larger = gx * gx + gy * gy > old_gx * old_gx + old_gy * old_gy
        kept[GX + i] = gx if larger else old_gx
        kept[GY + i] = gy if larger else old_gy


@helper
def keep_larger_when_rounded(gradients, kept):
    """Do the same by the rounded magnitudes, as scikit-image does: they decide where the squares nearly tie."""
    for i in range(GY):
        gx, gy = gradients[GX + i], gradients[GY + i]
        if math.hypot(gx, gy) > math.hypot(kept[GX + i], kept[GY + i]):
            kept[GX + i] = gx
            kept[GY + i] = gy


@helper
def add_votes(gradients, n_rows, squared_tangents, columns):
    """Add the magnitudes of a tile down its columns, sector by sector."""
    if len(columns) == 1:
        add_votes_of_sectors(gradients, n_rows, squared_tangents, None, columns[0])
    else:
        for k in range(len(columns)):
            edges = squared_tangents[k * SECTORS :]
            add_votes_of_sectors(gradients, n_rows, edges, (edges[0], edges[SECTORS]), columns[k])


@helper
def add_votes_of_sectors(gradients, n_rows, edges, bounds, sums):
    """Add the magnitudes that lie in five sectors, which are the whole quadrant if they have no bounds.

    Angles of 0° count as positive and those of 90° as negative. In the negative quadrant angles are folded, so that
    upwards is downwards: there a pixel on an edge must not pass it, for which gy² is made one rounding step smaller.
    """
    number = sums.dtype.type
    zero = number(0)
    just_below_one = np.nextafter(number(1), zero)
    t1, t2, t3, t4 = edges[1], edges[2], edges[3], edges[4]
    for row in range(n_rows):
        line = gradients[row * STRIDE :]
        for x in range(TILE_COLUMNS):
            p0, n0 = sums[x], sums[NEGATIVE + x]
            p1, n1 = sums[TILE_COLUMNS + x], sums[NEGATIVE + TILE_COLUMNS + x]
            p2, n2 = sums[2 * TILE_COLUMNS + x], sums[NEGATIVE + 2 * TILE_COLUMNS + x]
            p3, n3 = sums[3 * TILE_COLUMNS + x], sums[NEGATIVE + 3 * TILE_COLUMNS + x]
            p4, n4 = sums[4 * TILE_COLUMNS + x], sums[NEGATIVE + 4 * TILE_COLUMNS + x]
            gx, gy = number(line[GX + x]), number(line[GY + x])
            xx, yy = gx * gx, gy * gy
            magnitude = np.sqrt(xx + yy)
            is_negative = (gx * gy < zero) | (gx == zero)
            p, n = zero if is_negative else magnitude, magnitude if is_negative else zero
            yy = yy * just_below_one if is_negative else yy
            above1, above2, above3, above4 = yy >= xx * t1, yy >= xx * t2, yy >= xx * t3, yy >= xx * t4
            in0, in1, in2, in3, in4 = not above1, above1 != above2, above2 != above3, above3 != above4, above4
            if bounds is not None:
                in0, in4 = in0 & (yy >= xx * bounds[0]), in4 & (not (yy >= xx * bounds[1]))
            p0, n0 = p0 + p if in0 else p0, n0 + n if in0 else n0
            p1, n1 = p1 + p if in1 else p1, n1 + n if in1 else n1
            p2, n2 = p2 + p if in2 else p2, n2 + n if in2 else n2
            p3, n3 = p3 + p if in3 else p3, n3 + n if in3 else n3
            p4, n4 = p4 + p if in4 else p4, n4 + n if in4 else n4
            sums[x], sums[NEGATIVE + x] = p0, n0
            sums[TILE_COLUMNS + x], sums[NEGATIVE + TILE_COLUMNS + x] = p1, n1
            sums[2 * TILE_COLUMNS + x], sums[NEGATIVE + 2 * TILE_COLUMNS + x] = p2, n2
            sums[3 * TILE_COLUMNS + x], sums[NEGATIVE + 3 * TILE_COLUMNS + x] = p3, n3
            sums[4 * TILE_COLUMNS + x], sums[NEGATIVE + 4 * TILE_COLUMNS + x] = p4, n4


@helper
def add_neighbours(columns, n_halvings):
    """Add neighbouring columns in pairs up to three times, so that a column stands for 2, 4 or 8."""
    for k in range(len(columns)):
        values = columns[k]
        if n_halvings == 1:
            for i in range(SUMS_SIZE // 2):
                values[HALVES + i] = values[2 * i] + values[2 * i + 1]
        if n_halvings >= 2:
            for i in range(SUMS_SIZE // 4):
                first, second = values[4 * i] + values[4 * i + 1], values[4 * i + 2] + values[4 * i + 3]
                values[QUARTERS + i] = first + second
        if n_halvings == 3:
            for i in range(SUMS_SIZE // 8):
                values[EIGHTHS + i] = values[QUARTERS + 2 * i] + values[QUARTERS + 2 * i + 1]


@helper
def copy_sums(columns, n_halvings, tile, sums):
    """Put the sums of a tile into their places in a row of cells: first the positive sectors, then the negative."""
    n_sectors = len(sums) // 2
    n_columns = TILE_COLUMNS >> n_halvings
    start = (SUMS, HALVES, QUARTERS, EIGHTHS)[n_halvings]
    for line in range(len(sums)):
        sign, sector = line // n_sectors, line % n_sectors
        values = columns[sector // SECTORS, start + (sign * SECTORS + sector % SECTORS) * n_columns :]
        target = sums[line, tile * n_columns :]
        for i in range(n_columns):
            target[i] = values[i]


@helper
def add_odd_columns(sums, n_columns, stride, n_images, n_cells):
    """Add the columns of each cell where their number is not 1, 2, 4 or 8, moving cells together."""
    for line in range(len(sums)):
        values = sums[line]
        for i in range(n_images):
            for cell in range(n_cells):
                total = values[i * stride + cell * n_columns]
                for column in range(1, n_columns):
                    total += values[i * stride + cell * n_columns + column]
                values[i * n_cells + cell] = total


@helper
def fill_bins(sums, cell_area, n_cells, start, n_bins, histograms):
    """Unfold the quadrant, and divide by the number of pixels of a cell as scikit-image does."""
    share = sums.dtype.type(1) / sums.dtype.type(cell_area)
    n_sectors = len(sums) // 2
    for sector in range(n_sectors):
        mirrored = n_bins - 1 - sector
        positive, negative = sums[sector], sums[n_sectors + sector]
        target, mirrored_target = histograms[start + sector], histograms[start + mirrored]
        if mirrored == sector:  # the sector about 90° when the number of bins is odd
            for i in range(n_cells):
                target[i] = (positive[i] + negative[i]) * share
        else:
            for i in range(n_cells):
                target[i] = positive[i] * share
                mirrored_target[i] = negative[i] * share


@helper
def measure_cells(histogram, n_bins, norm, measure):
    """Sum the values of each cell, or their squares."""
    measure[:] = 0
    for k in range(n_bins):
        values = histogram[k]
        if norm >= L2:
            for i in range(measure.size):
                measure[i] += values[i] * values[i]
        else:
            for i in range(measure.size):
                measure[i] += values[i]


@helper
def fill_blocks(histograms, measures, next_row, grid, n_cells, norm, work, blocks):
    """Normalise the blocks whose last row of cells is the newest of the ring."""
    _, _, _, block_rows, block_columns = grid
    cells = histograms.reshape(histograms.size)
    places = list_places(next_row, grid, histograms.shape[1])
    n_blocks = n_cells - block_columns + 1
    scale, rescale = work[0, :n_blocks], work[1, :n_blocks]
    number = histograms.dtype.type
    epsilon = number(EPSILON)
    clip = number(CLIP) if norm == L2_HYS else number(np.inf)
    scale[:] = epsilon * epsilon if norm >= L2 else epsilon
    for row in range(block_rows):
        for column in range(block_columns):
            values = measures[row, column:]
            for i in range(n_blocks):
                scale[i] += values[i]
    invert(scale, norm)
    if norm == L2_HYS:
        rescale[:] = epsilon * epsilon
        add_clipped_squares(cells, places, scale, clip, rescale)
        invert(rescale, norm)
    else:
        rescale[:] = 1
    fill_quads(cells, places, scale, rescale, clip, work[2:], blocks)
    if norm == L1_SQRT:
        values = blocks.reshape(blocks.size)
        for i in range(values.size):
            values[i] = np.sqrt(values[i])


@helper
def list_places(next_row, grid, width):
    """Return where the ring of histograms holds each value of the first block; those of the other blocks follow it."""
    n_bins, _, _, block_rows, block_columns = grid
    places = np.empty(block_rows * block_columns * n_bins, np.intp)
    value = 0
    for row in range(block_rows):
        for column in range(block_columns):
            for k in range(n_bins):
                places[value] = ((next_row + row) % block_rows * n_bins + k) * width + column
                value += 1
    return places


@helper
def invert(values, norm):
    """Turn what was measured into the factor that normalises."""
    one = values.dtype.type(1)
    if norm >= L2:
        for i in range(values.size):
            values[i] = one / np.sqrt(values[i])
    elif norm != NONE:
        for i in range(values.size):
            values[i] = one / values[i]
    else:
        values[:] = 1


@helper
def add_clipped_squares(cells, places, scale, clip, target):
    for place in places:
        values = cells[place:]
        for i in range(target.size):
            clipped = min(values[i] * scale[i], clip)
            target[i] += clipped * clipped


@helper
def fill_quads(cells, places, scale, rescale, clip, lines, blocks):
    """Write the normalised values of all blocks, four values of a block side by side.

    Arithmetic and interleaving keep apart: LLVM interleaves by 512-bit vectors, and arithmetic on those throttles
    the processor for a millisecond.
    """
    line0, line1, line2, line3 = lines[0], lines[1], lines[2], lines[3]
    for quad in range(len(blocks)):
        for k in range(min(4, places.size - 4 * quad)):
            values, target = cells[places[4 * quad + k] :], lines[k]
            for i in range(scale.size):
                target[i] = min(values[i] * scale[i], clip) * rescale[i]
        target = blocks[quad]
        for i in range(scale.size):
            target[4 * i] = line0[i]
            target[4 * i + 1] = line1[i]
            target[4 * i + 2] = line2[i]
            target[4 * i + 3] = line3[i]


@helper
def write_blocks(blocks, pitch, block_row, out):
    """Write one row of blocks of each image; LLVM makes one of four loads that come before four stores."""
    n_images, _, n_blocks, n_values = out.shape
    width = blocks.shape[1]
    quads = blocks.reshape(blocks.size)
    whole = n_values // 4
    for image in range(n_images):
        for i in range(n_blocks):
            values, target = quads[4 * (image * pitch + i) :], out[image, block_row, i]
            for quad in range(whole):
                four, place = values[quad * width :], target[4 * quad :]
                first, second, third, fourth = four[0], four[1], four[2], four[3]
                place[0] = first
                place[1] = second
                place[2] = third
                place[3] = fourth
            for k in range(4 * whole, n_values):
                target[k] = values[whole * width + k - 4 * whole]
