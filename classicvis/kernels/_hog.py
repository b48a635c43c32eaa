"""Histograms of oriented gradients (Dalal and Triggs, CVPR 2005) of a batch of images, stage by stage.

The numbers are scikit-image's: centred differences that vanish at the border, unsigned orientations, each pixel
votes with its gradient magnitude into the one bin of the one cell that it lies in, blocks one cell apart.

How the work is laid out, since that is what makes it fast:

* A group of images stands side by side, as one wide image: every loop over columns, cells or blocks runs over the
  whole group, so that it is long enough to vectorise for small images too.
* Gradients are made in tiles of `TILE_ROWS` × `TILE_COLUMNS` pixels. A tile is flat with constant strides: LLVM
  vectorises over columns and keeps the sums of a column in registers while it goes down the rows.
* The quadrant is folded. With n bins the edges of the bins lie symmetrically about 90°, so that comparing
  gy² ≥ gx² tan²θ for the edges θ below 90° gives a sector, and the sign of gx·gy says which of its two bins.
* Histograms are kept one row per bin until the last step, so that normalising is arithmetic on long rows.

A pixel on the edge between two bins belongs to the upper one, as in scikit-image. For gradients of 8-bit images
single precision decides every pixel as exact arithmetic does, up to 64 orientations (test_hog_ties.py has the proof
by exhaustion). Results do not depend on how images are grouped: no sum crosses from one image to another, and none
is reordered.
"""

import math

import numpy as np

from ._jit import helper, inlined_helper, kernel

NORM_CODES = {"none": 0, "L1": 1, "L1-sqrt": 2, "L2": 3, "L2-Hys": 4}
NONE, L1, L1_SQRT, L2, L2_HYS = range(5)
EPSILON = 1e-5
CLIP = 0.2  # of L2-Hys
TIE = 1e-6  # squared magnitudes of two channels that are relatively closer are compared with more care

STRIP = 32  # columns of one image that are read at a time
TILE_ROWS = 4
TILE_STRIPS = 4
TILE_COLUMNS = TILE_STRIPS * STRIP
SECTORS = 5  # sectors of the folded quadrant that are summed at a time: all of them for 9 orientations
GROUP_COLUMNS = 2048  # images side by side fill about so many columns
MARGIN = 16  # columns on either side of an image; the ones next to it hold the mirrored border
ALIGNMENT = 64  # bytes; vectors that straddle cache lines took twice the time

# Where the parts of a tile begin, and those of the column sums made from it.
TILE_SIZE = TILE_ROWS * TILE_COLUMNS
XX, YY, POSITIVE, NEGATIVE = 0, TILE_SIZE, 2 * TILE_SIZE, 3 * TILE_SIZE
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
    n_sectors = (n_bins + 1) // 2

    n_strips = (n_columns + STRIP - 1) // STRIP
    group = min(n_images, max(1, GROUP_COLUMNS // (n_strips * STRIP)))
    n_halvings = 0
    while n_halvings < 3 and (cell_columns >> n_halvings) % 2 == 0:
        n_halvings += 1
    strip_columns = STRIP >> n_halvings  # of a strip whose columns have been added in pairs
    odd_columns = cell_columns >> n_halvings  # of these that make one cell
    pitch = n_strips * strip_columns if odd_columns == 1 else n_cell_columns  # cells from one image to the next

    stride = n_strips * STRIP + 2 * MARGIN
    width = -(-(group * pitch + TILE_STRIPS * strip_columns) // 16) * 16
    n_values = block_rows * block_columns * n_bins
    size = group * n_channels * (n_rows + 2) * stride
    lines = aligned_zeros(size, pixels).reshape((group, n_channels, n_rows + 2, stride))
    gradients = aligned_zeros(4 * STRIP, pixels).reshape((4, STRIP))
    tile = aligned_zeros(4 * TILE_SIZE, squared_tangents)
    n_tiles = squared_tangents.size // SECTORS
    columns = aligned_zeros(n_tiles * COLUMNS_SIZE, squared_tangents).reshape((n_tiles, COLUMNS_SIZE))
    size = -(-(group * n_strips + TILE_STRIPS) * strip_columns // 16) * 16
    sums = aligned_zeros(2 * n_sectors * size, squared_tangents).reshape((2, n_sectors, size))
    histograms = aligned_zeros(block_rows * n_bins * width, squared_tangents)
    histograms = histograms.reshape((block_rows, n_bins, width))  # the last rows of cells, as a ring
    blocks = aligned_zeros(n_values * width, squared_tangents).reshape((n_values, width))
    work = aligned_zeros(3 * width, squared_tangents).reshape((3, width))

    has_exact_squares = images.itemsize == 1 and not transform_sqrt
    for first in range(0, n_images, group):
        n_here = min(group, n_images - first)
        used = n_here * pitch
        for i in range(n_here):
            pad_image(images[first + i], transform_sqrt, lines[i])
        for cell_row in range(n_cell_rows):
            top = cell_row * cell_rows
            sum_columns(
                lines[:n_here],
                has_exact_squares,
                (top, top + cell_rows),
                squared_tangents,
                n_halvings,
                gradients,
                tile,
                columns,
                sums,
            )
            if odd_columns > 1:
                add_odd_columns(sums, odd_columns, n_strips * strip_columns, n_here, n_cell_columns)
            fill_bins(sums, cell_rows * cell_columns, histograms[cell_row % block_rows, :, :used])
            block_row = cell_row - block_rows + 1
            if block_row >= 0:
                fill_blocks(histograms, cell_row + 1, used, norm, work, blocks)
                for i in range(n_here):
                    transpose(blocks[:, i * pitch :], out[first + i, block_row])


@helper
def aligned_zeros(size, like):
    """Zeros that begin at a multiple of `ALIGNMENT` bytes."""
    memory = np.zeros(size + ALIGNMENT // like.itemsize, like.dtype)
    start = (-memory.ctypes.data) % ALIGNMENT // like.itemsize
    return memory[start : start + size]


@helper
def pad_image(image, transform_sqrt, lines):
    """Copy an image plane by plane and mirror its borders, for which the centred difference vanishes there."""
    n_rows, n_columns, n_channels = image.shape
    rows = image.reshape((n_rows, n_columns * n_channels))
    last = MARGIN + n_columns - 1
    inward = min(1, n_columns - 1)
    for channel in range(n_channels):
        plane = lines[channel]
        for row in range(n_rows):
            pixels = rows[row]
            line = plane[row + 1]
            if n_channels == 1:
                for column in range(n_columns):
                    line[MARGIN + column] = pixels[column]
            else:
                for column in range(n_columns):
                    line[MARGIN + column] = pixels[column * n_channels + channel]
            if transform_sqrt:
                for column in range(n_columns):
                    line[MARGIN + column] = np.sqrt(line[MARGIN + column])
            line[MARGIN - 1] = line[MARGIN + inward]
            line[last + 1] = line[last - inward]
        for column in range(lines.shape[2]):
            plane[0, column] = plane[min(2, n_rows), column]
            plane[n_rows + 1, column] = plane[max(n_rows - 1, 1), column]


@helper
def sum_columns(lines, has_exact_squares, rows, squared_tangents, n_halvings, gradients, tile, columns, sums):
    """Sum the votes of every column over the rows of a row of cells, sector by sector."""
    n_images, n_channels, _, stride = lines.shape
    n_strips = (stride - 2 * MARGIN) // STRIP
    last = n_images * n_strips
    strip_columns = STRIP >> n_halvings
    just_below_one = np.nextafter(tile.dtype.type(1), tile.dtype.type(0))
    for first in range(0, last, TILE_STRIPS):
        columns[:, :SUMS_SIZE] = 0
        for top in range(rows[0], rows[1], TILE_ROWS):
            bottom = min(top + TILE_ROWS, rows[1])
            for strip in range(first, min(first + TILE_STRIPS, last)):
                left = strip % n_strips * STRIP + MARGIN - 1
                planes = lines[strip // n_strips]
                start = (strip - first) * STRIP
                if n_channels == 1:
                    plane = planes[0]
                    above, here = plane[top, left:], plane[top + 1, left:]
                    for row in range(top, bottom):
                        below = plane[row + 2, left:]
                        vote(above, here, below, just_below_one, tile[(row - top) * TILE_COLUMNS + start :])
                        above, here = here, below
                else:
                    for row in range(top, bottom):
                        gradients[:] = 0
                        for channel in range(n_channels):
                            plane = planes[channel]
                            above, here, below = plane[row, left:], plane[row + 1, left:], plane[row + 2, left:]
                            if has_exact_squares or count_ties(above, here, below, gradients) == 0:
                                keep_larger(above, here, below, gradients)
                            else:
                                keep_larger_when_rounded(above, here, below, gradients)
                        vote_with(gradients, just_below_one, tile[(row - top) * TILE_COLUMNS + start :])
            for row in range(bottom - top, TILE_ROWS):
                for i in range(row * TILE_COLUMNS, (row + 1) * TILE_COLUMNS):
                    tile[POSITIVE + i] = 0
                    tile[NEGATIVE + i] = 0
            if len(columns) == 1:
                sum_all_sectors(tile, squared_tangents, columns[0])
            else:
                for sector in range(squared_tangents.size - 1):
                    edges = squared_tangents[sector : sector + 2]
                    sum_sector(tile, edges, columns[sector // SECTORS, sector % SECTORS * TILE_COLUMNS :])
        for i in range(len(columns)):
            add_pairs(columns[i], n_halvings)
        copy_sums(columns, n_halvings, sums[:, :, first * strip_columns : (first + TILE_STRIPS) * strip_columns])


@inlined_helper
def vote(above, here, below, just_below_one, tile):
    """Turn the gradients of one row of a strip into votes; the lines begin one pixel left of it."""
    for i in range(STRIP):
        file_vote(here[i + 2] - here[i], below[i + 1] - above[i + 1], just_below_one, tile, i)


@inlined_helper
def count_ties(above, here, below, gradients):
    """Count the pixels where rounding keeps the squares from telling whose gradient is larger."""
    tolerance = gradients.dtype.type(TIE)
    n_ties = 0
    for i in range(STRIP):
        gx, gy = here[i + 2] - here[i], below[i + 1] - above[i + 1]
        old_gx, old_gy = gradients[0, i], gradients[1, i]
        old = old_gx * old_gx + old_gy * old_gy
        is_close = abs(gx * gx + gy * gy - old) <= tolerance * old
        n_ties += is_close & ((gx != old_gx) | (gy != old_gy))
    return n_ties


@inlined_helper
def keep_larger(above, here, below, gradients):
    """Replace the gradients by those of a further channel where these are larger; of equal ones the first stays."""
    for i in range(STRIP):
        gx, gy = here[i + 2] - here[i], below[i + 1] - above[i + 1]
        old_gx, old_gy = gradients[0, i], gradients[1, i]
        larger = gx * gx + gy * gy > old_gx * old_gx + old_gy * old_gy
        gradients[0, i] = gx if larger else old_gx
        gradients[1, i] = gy if larger else old_gy


@helper
def keep_larger_when_rounded(above, here, below, gradients):
    """Do the same by the rounded magnitudes, as scikit-image does: they decide where the squares nearly tie."""
    for i in range(STRIP):
        gx, gy = here[i + 2] - here[i], below[i + 1] - above[i + 1]
        if math.hypot(gx, gy) > math.hypot(gradients[0, i], gradients[1, i]):
            gradients[0, i] = gx
            gradients[1, i] = gy


@inlined_helper
def vote_with(gradients, just_below_one, tile):
    for i in range(STRIP):
        file_vote(gradients[0, i], gradients[1, i], just_below_one, tile, i)


@inlined_helper
def file_vote(gx, gy, just_below_one, tile, i):
    """Write gx², gy² and the magnitude, filed by the quadrant that the gradient points along.

    Angles of 0° count as positive and those of 90° as negative. In the negative quadrant angles are folded, so that
    upwards is downwards: there a pixel on an edge must not pass it, for which gy² is made one rounding step smaller.
    """
    zero = tile.dtype.type(0)
    gx, gy = tile.dtype.type(gx), tile.dtype.type(gy)
    xx, yy = gx * gx, gy * gy
    magnitude = np.sqrt(xx + yy)
    negative = (gx * gy < zero) | (gx == zero)
    tile[XX + i] = xx
    tile[YY + i] = yy * just_below_one if negative else yy
    tile[POSITIVE + i] = zero if negative else magnitude
    tile[NEGATIVE + i] = magnitude if negative else zero


@helper
def sum_all_sectors(tile, squared_tangents, columns):
    """Add the magnitudes of up to five sectors, the whole quadrant, down the columns of a tile."""
    zero = tile.dtype.type(0)
    t1, t2, t3, t4 = squared_tangents[1], squared_tangents[2], squared_tangents[3], squared_tangents[4]
    for x in range(TILE_COLUMNS):
        p0 = p1 = p2 = p3 = p4 = zero
        n0 = n1 = n2 = n3 = n4 = zero
        for row in range(TILE_ROWS):
            i = row * TILE_COLUMNS + x
            xx, yy, p, n = tile[XX + i], tile[YY + i], tile[POSITIVE + i], tile[NEGATIVE + i]
            above1, above2, above3, above4 = yy >= xx * t1, yy >= xx * t2, yy >= xx * t3, yy >= xx * t4
            in0, in1, in2, in3, in4 = not above1, above1 != above2, above2 != above3, above3 != above4, above4
            p0, n0 = p0 + p if in0 else p0, n0 + n if in0 else n0
            p1, n1 = p1 + p if in1 else p1, n1 + n if in1 else n1
            p2, n2 = p2 + p if in2 else p2, n2 + n if in2 else n2
            p3, n3 = p3 + p if in3 else p3, n3 + n if in3 else n3
            p4, n4 = p4 + p if in4 else p4, n4 + n if in4 else n4
        columns[SUMS + x] += p0
        columns[SUMS + TILE_COLUMNS + x] += p1
        columns[SUMS + 2 * TILE_COLUMNS + x] += p2
        columns[SUMS + 3 * TILE_COLUMNS + x] += p3
        columns[SUMS + 4 * TILE_COLUMNS + x] += p4
        columns[SUMS + 5 * TILE_COLUMNS + x] += n0
        columns[SUMS + 6 * TILE_COLUMNS + x] += n1
        columns[SUMS + 7 * TILE_COLUMNS + x] += n2
        columns[SUMS + 8 * TILE_COLUMNS + x] += n3
        columns[SUMS + 9 * TILE_COLUMNS + x] += n4


@helper
def sum_sector(tile, edges, columns):
    """Add the magnitudes of one sector down the columns of a tile."""
    zero = tile.dtype.type(0)
    lower, upper = edges[0], edges[1]
    for x in range(TILE_COLUMNS):
        p = n = zero
        for row in range(TILE_ROWS):
            i = row * TILE_COLUMNS + x
            inside = (tile[YY + i] >= tile[XX + i] * lower) != (tile[YY + i] >= tile[XX + i] * upper)
            p = p + tile[POSITIVE + i] if inside else p
            n = n + tile[NEGATIVE + i] if inside else n
        columns[x] += p
        columns[SECTORS * TILE_COLUMNS + x] += n


@helper
def add_pairs(columns, n_halvings):
    """Add neighbouring columns up to three times, so that a column stands for 2, 4 or 8."""
    if n_halvings >= 1:
        for i in range(SUMS_SIZE // 2):
            columns[HALVES + i] = columns[SUMS + 2 * i] + columns[SUMS + 2 * i + 1]
    if n_halvings >= 2:
        for i in range(SUMS_SIZE // 4):
            columns[QUARTERS + i] = columns[HALVES + 2 * i] + columns[HALVES + 2 * i + 1]
    if n_halvings >= 3:
        for i in range(SUMS_SIZE // 8):
            columns[EIGHTHS + i] = columns[QUARTERS + 2 * i] + columns[QUARTERS + 2 * i + 1]


@helper
def copy_sums(columns, n_halvings, sums):
    """Put the sums of a tile into their places in a row of cells."""
    _, n_sectors, n_columns = sums.shape
    start = (SUMS, HALVES, QUARTERS, EIGHTHS)[n_halvings]
    for sign in range(2):
        for sector in range(n_sectors):
            i = start + (sign * SECTORS + sector % SECTORS) * n_columns
            source = columns[sector // SECTORS, i : i + n_columns]
            target = sums[sign, sector]
            for column in range(n_columns):
                target[column] = source[column]


@helper
def add(values, target):
    for i in range(target.size):
        target[i] += values[i]


@helper
def add_odd_columns(sums, n_columns, stride, n_images, n_cells):
    """Add the columns of each cell where their number is not 1, 2, 4 or 8, moving cells together."""
    for sign in range(2):
        for sector in range(sums.shape[1]):
            line = sums[sign, sector]
            for i in range(n_images):
                for cell in range(n_cells):
                    total = line[i * stride + cell * n_columns]
                    for column in range(1, n_columns):
                        total += line[i * stride + cell * n_columns + column]
                    line[i * n_cells + cell] = total


@helper
def fill_bins(sums, cell_area, histogram):
    """Unfold the quadrant, and divide by the number of pixels of a cell as scikit-image does."""
    n_bins = histogram.shape[0]
    share = sums.dtype.type(1) / sums.dtype.type(cell_area)
    n_sectors = sums.shape[1]
    for sector in range(n_sectors):
        mirrored = n_bins - 1 - sector
        positive, negative = sums[0, sector], sums[1, sector]
        if mirrored == sector:  # the sector about 90° when the number of bins is odd
            scale_sum(positive, negative, share, histogram[sector])
        else:
            scale_copy(positive, share, histogram[sector])
            scale_copy(negative, share, histogram[mirrored])


@helper
def scale_copy(values, factor, target):
    for i in range(target.size):
        target[i] = values[i] * factor


@helper
def scale_sum(first, second, factor, target):
    for i in range(target.size):
        target[i] = (first[i] + second[i]) * factor


@helper
def fill_blocks(histograms, next_row, used, norm, work, blocks):
    """Normalise the blocks whose last row of cells is the newest of the ring: one row of `blocks` per value."""
    block_rows, n_bins, _ = histograms.shape
    block_columns = blocks.shape[0] // (block_rows * n_bins)
    n_blocks = used - block_columns + 1
    scale, rescale, measure = work[0, :n_blocks], work[1, :n_blocks], work[2, :used]
    epsilon = histograms.dtype.type(EPSILON)
    clip = histograms.dtype.type(CLIP)

    if norm != NONE:
        scale[:] = epsilon * epsilon if norm >= L2 else epsilon
        for row in range(block_rows):
            measure_cells(histograms[row], norm, measure)
            for column in range(block_columns):
                add(measure[column:], scale)
        invert(scale, norm)
    if norm == L2_HYS:
        rescale[:] = epsilon * epsilon
        for row in range(block_rows):
            for column in range(block_columns):
                for k in range(n_bins):
                    add_clipped_squares(histograms[row, k, column:], scale, clip, rescale)
        invert(rescale, norm)

    line = 0
    for row in range(block_rows):
        cells = histograms[(next_row + row) % block_rows]
        for column in range(block_columns):
            for k in range(n_bins):
                values, target = cells[k, column:], blocks[line, :n_blocks]
                if norm == NONE:
                    scale_copy(values, histograms.dtype.type(1), target)
                elif norm == L2_HYS:
                    scale_clipped(values, scale, clip, rescale, target)
                else:
                    multiply(values, scale, target)
                    if norm == L1_SQRT:
                        take_root(target)
                line += 1


@helper
def measure_cells(histogram, norm, measure):
    measure[:] = 0
    for k in range(histogram.shape[0]):
        values = histogram[k]
        if norm >= L2:
            for i in range(measure.size):
                measure[i] += values[i] * values[i]
        else:
            add(values, measure)


@helper
def invert(values, norm):
    one = values.dtype.type(1)
    if norm >= L2:
        for i in range(values.size):
            values[i] = one / np.sqrt(values[i])
    else:
        for i in range(values.size):
            values[i] = one / values[i]


@helper
def add_clipped_squares(values, scale, clip, target):
    for i in range(target.size):
        clipped = min(values[i] * scale[i], clip)
        target[i] += clipped * clipped


@helper
def scale_clipped(values, scale, clip, rescale, target):
    for i in range(target.size):
        target[i] = min(values[i] * scale[i], clip) * rescale[i]


@helper
def multiply(values, scale, target):
    for i in range(target.size):
        target[i] = values[i] * scale[i]


@helper
def take_root(values):
    for i in range(values.size):
        values[i] = np.sqrt(values[i])


@helper
def transpose(blocks, out):
    """Write the blocks of one row of one image, block by block; four lines at a time, which halves the time."""
    n_blocks, n_values = out.shape
    whole = n_values - n_values % 4
    for k in range(0, whole, 4):
        line0, line1, line2, line3 = blocks[k], blocks[k + 1], blocks[k + 2], blocks[k + 3]
        for i in range(n_blocks):
            out[i, k] = line0[i]
            out[i, k + 1] = line1[i]
            out[i, k + 2] = line2[i]
            out[i, k + 3] = line3[i]
    for k in range(whole, n_values):
        for i in range(n_blocks):
            out[i, k] = blocks[k, i]
