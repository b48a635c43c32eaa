"""Dense SIFT (Lowe, IJCV 2004, section 6; the grid, windows and order of VLFeat's `vl_dsift`) of a batch of images.

How the work is laid out, since that is what makes it fast:

* Only the columns and rows that cells are centred on are pooled, each by direct taps. Columns come first: images are
  turned on their side, so that a column is a long flat run, and those of a group of images lie end to end.
* Votes are cast without branches, in tiles of constant width, which is the form that LLVM vectorises.
* The pooled columns are turned back so that the orientations of a cell lie side by side. A row of pooled cells is
  again a flat run, and the four cells that a descriptor takes from it are 32 values in a row.
* The lengths of descriptors are sums of those of their cells, shared between descriptors.

Results do not depend on how images are grouped: no sum crosses from one image to another, and none is reordered.
"""

import numpy as np

from ._jit import helper, inlined_helper, kernel, summing_helper
from ._votes import N_ORIENTATIONS, TINY, cast_votes

N_CELLS = 4  # along each side of a descriptor
N_RUN = N_CELLS * N_ORIENTATIONS  # values of a row of cells of a descriptor
N_VALUES = N_CELLS * N_RUN
L2, ROOT = range(2)
NORM_CODES = {"l2": L2, "root": ROOT}
CLAMP = 0.2  # Lowe, section 6.1
EPSILON = 2.0**-23  # added to lengths, as in VLFeat

TILE = 32  # pixels of a column whose votes are made at a time
TURNED_COLUMNS = 16  # columns of an image that are turned at a time
TAPS = 4  # rows that are added up at a time, or twice as many
GROUP_PIXELS = 512  # columns of images laid end to end have about so many
MARGIN = 16  # before and behind a column
ALIGNMENT = 64  # bytes


@kernel
def dense_sift_batch(images, columns, rows, taps, cell_weights, settings, out):
    """Fill a part of `out` with the descriptors of a grid in each image.

    Parameters
    ----------
    images : float32 array of shape (n, h, w)
        Grey levels.
    columns : tuple of int arrays of shapes (3, n_slots), (n_x,) and (n_blocks, 4)
        Of each slot the column that it is centred on, the window that weights it, and its place in its block; of each
        descriptor of a row the first of its four places; of each block its first slot, the one behind its last, and
        likewise its descriptors. In a block slots are in ascending order of columns.
    rows : tuple of int arrays of shapes (2, n_lines), (n_y, 4) and (n_y,)
        Of each line of cells its row and window, in the order of their first use; of each row of descriptors its four
        lines, and how many lines must have been made for it.
    taps : float32 array of shape (n_windows, 4 k)
        Weights of the pixels of a cell in each window, zeros behind them.
    cell_weights : float32 array of shape (4,)
        By which the cells of a descriptor are multiplied, along each axis.
    settings : tuple of (int, int, int, int, float)
        The reach of a cell from its centre, how many lines are in use at a time, the first descriptor of `out` to
        fill, one of `NORM_CODES`, and the sum of values below which a descriptor is zero.
    out : float32 array of shape (n, at least first + n_y * n_x, 128)
        The result.
    """
    n_images, n_rows, n_columns = images.shape
    (slots, first_slots, blocks), (lines, lines_of, n_made) = columns, rows
    reach, n_in_use, first, norm, least_sum = settings
    n_x, n_slots = len(first_slots), blocks[0, 1] - blocks[0, 0]
    for block in range(1, len(blocks)):
        n_slots = max(n_slots, blocks[block, 1] - blocks[block, 0])
    pitch = n_rows + 2  # pixels from one image to the next
    group = min(n_images, max(1, GROUP_PIXELS // pitch))
    length = -(-group * pitch // TILE) * TILE
    width = group * n_slots * N_ORIENTATIONS
    stride = (-(-width // 16) | 1) * 16  # an odd number of cache lines keeps rows out of each other's way

    ring = 2 * reach + 1
    pixels = aligned_empty(n_columns * (length + 2 * MARGIN)).reshape((n_columns, length + 2 * MARGIN))
    votes = aligned_empty(ring * length * N_ORIENTATIONS)
    clear(votes)  # taps of weight zero meet lines that have not been made yet
    votes = votes.reshape((ring, length * N_ORIENTATIONS))
    column_sums = aligned_empty(length * N_ORIENTATIONS)
    pooled = aligned_empty(n_rows * stride).reshape((n_rows, stride))
    cells = aligned_empty(n_in_use * stride).reshape((n_in_use, stride))
    n_cells = stride // N_ORIENTATIONS
    measures = aligned_empty(2 * n_in_use * n_cells).reshape((2, n_in_use, n_cells))
    work = aligned_empty(stride)
    weights = aligned_empty(N_VALUES)
    for i in range(N_VALUES):
        weights[i] = cell_weights[i // N_RUN] * cell_weights[i // N_ORIENTATIONS % N_CELLS]

    for start in range(0, n_images, group):
        n_here = min(group, n_images - start)
        turn(images[start : start + n_here], pixels)
        for block in range(len(blocks)):
            slot_begin, slot_end, x_begin, x_end = blocks[block]
            n_voted = max(slots[0, slot_begin] - reach, 0)
            for slot in range(slot_begin, slot_end):
                column, window, place = slots[0, slot], slots[1, slot], slots[2, slot]
                while n_voted <= min(column + reach, n_columns - 1):
                    left, right = max(n_voted - 1, 0), min(n_voted + 1, n_columns - 1)
                    fill_votes(pixels[left], pixels[n_voted], pixels[right], right - left, votes[n_voted % ring])
                    n_voted += 1
                pool(votes, column, (reach, n_columns - 1), taps[window], column_sums)
                turn_back(column_sums, (n_here, n_slots, place), pooled)
            n_pooled = 0
            for y in range(len(lines_of)):
                while n_pooled < n_made[y]:
                    i = n_pooled % n_in_use
                    pool(pooled, lines[0, n_pooled], (reach, n_rows - 1), taps[lines[1, n_pooled]], cells[i])
                    measure(cells[i], cell_weights, least_sum > 0, work, measures[:, i])
                    n_pooled += 1
                place = (start, n_here, n_slots, first + y * n_x + x_begin)
                places = first_slots[x_begin:x_end]
                fill_descriptors(
                    cells, measures, lines_of[y], places, place, (norm, least_sum, cell_weights), weights, out
                )


@helper
def aligned_empty(size):
    """Memory that begins at a multiple of `ALIGNMENT` bytes."""
    memory = np.empty(size + ALIGNMENT // 4, np.float32)
    start = (-memory.ctypes.data) % ALIGNMENT // 4
    return memory[start : start + size]


@helper
def clear(values):
    for i in range(values.size):
        values[i] = 0


@helper
def turn(images, pixels):
    """Lay the columns of images end to end, with one pixel more at both ends that continues the gradient there."""
    n_images, n_rows, n_columns = images.shape
    for i in range(n_images):
        image = images[i]
        start = MARGIN + i * (n_rows + 2) + 1
        for left in range(0, n_columns, TURNED_COLUMNS):
            for row in range(n_rows):
                line = image[row]
                for column in range(left, min(left + TURNED_COLUMNS, n_columns)):
                    pixels[column, start + row] = line[column]
        for column in range(n_columns):
            top, bottom = start, start + n_rows - 1
            pixels[column, top - 1] = 2 * pixels[column, top] - pixels[column, top + 1]
            pixels[column, bottom + 1] = 2 * pixels[column, bottom] - pixels[column, bottom - 1]


@helper
def fill_votes(left, here, right, distance, votes):
    """Fill the votes of a column's gradients for each orientation, tile by tile."""
    half, share = np.float32(0.5), np.float32(1) / np.float32(distance)
    for tile in range(votes.size // (TILE * N_ORIENTATIONS)):
        target = votes[tile * TILE * N_ORIENTATIONS : (tile + 1) * TILE * N_ORIENTATIONS]
        start = MARGIN + tile * TILE
        before, behind = here[start - 1 : start - 1 + TILE], here[start + 1 : start + 1 + TILE]
        west, east = left[start : start + TILE], right[start : start + TILE]
        for i in range(TILE):
            gx, gy = share * (east[i] - west[i]), half * (behind[i] - before[i])
            cast_votes(gx, gy, target, TILE, i)


@helper
def pool(lines, centre, limits, taps, out):
    """Fill a line with the sum of the weighted lines about a centre; beyond the first and last, these are repeated."""
    reach, last = limits
    at = centre - reach
    n_first = taps.size % (2 * TAPS)
    if n_first == TAPS:
        fill_with_four(lines, at, last, taps, out)
    for tap in range(n_first, taps.size, 2 * TAPS):
        take_eight(lines, at + tap, last, taps[tap:], tap == 0, out)


@helper
def fill_with_four(lines, at, last, taps, out):
    """Fill a line with the sum of four that are weighted."""
    a, b = line_at(lines, at, last), line_at(lines, at + 1, last)
    c, d = line_at(lines, at + 2, last), line_at(lines, at + 3, last)
    weights = taps[0], taps[1], taps[2], taps[3]
    for i in range(out.size):
        out[i] = weigh(a, b, c, d, weights, i)


@helper
def take_eight(lines, at, last, taps, is_first, out):
    """Fill a line with the sum of eight that are weighted, or add them to it."""
    a, b = line_at(lines, at, last), line_at(lines, at + 1, last)
    c, d = line_at(lines, at + 2, last), line_at(lines, at + 3, last)
    e, f = line_at(lines, at + 4, last), line_at(lines, at + 5, last)
    g, h = line_at(lines, at + 6, last), line_at(lines, at + 7, last)
    weights, more_weights = (taps[0], taps[1], taps[2], taps[3]), (taps[4], taps[5], taps[6], taps[7])
    if is_first:
        for i in range(out.size):
            out[i] = weigh(a, b, c, d, weights, i) + weigh(e, f, g, h, more_weights, i)
    else:
        for i in range(out.size):
            out[i] += weigh(a, b, c, d, weights, i) + weigh(e, f, g, h, more_weights, i)


@inlined_helper
def line_at(lines, at, last):
    """Return a line of a ring of lines."""
    return lines[min(max(at, 0), last) % len(lines)]


@inlined_helper
def weigh(a, b, c, d, weights, i):
    return (weights[0] * a[i] + weights[1] * b[i]) + (weights[2] * c[i] + weights[3] * d[i])


@helper
def turn_back(sums, place, pooled):
    """Lay the orientations of the pixels of a pooled column side by side, in the column's place in each row."""
    n_images, n_slots, slot = place
    n_rows = len(pooled)
    for i in range(n_images):
        k = (i * n_slots + slot) * N_ORIENTATIONS
        first = i * (n_rows + 2) + 1
        for row in range(n_rows):
            pixel = first + row
            at = pixel // TILE * (TILE * N_ORIENTATIONS) + pixel % TILE
            line = pooled[row]
            line[k] = sums[at]
            line[k + 1] = sums[at + TILE]
            line[k + 2] = sums[at + 2 * TILE]
            line[k + 3] = sums[at + 3 * TILE]
            line[k + 4] = sums[at + 4 * TILE]
            line[k + 5] = sums[at + 5 * TILE]
            line[k + 6] = sums[at + 6 * TILE]
            line[k + 7] = sums[at + 7 * TILE]


@helper
def measure(cells, cell_weights, with_sums, work, measures):
    """Sum the squares, and if need be the values, of each cell and the three behind it, as weighted in a descriptor."""
    sums, squares = measures[0], measures[1]
    w0, w1, w2, w3 = cell_weights[0], cell_weights[1], cell_weights[2], cell_weights[3]
    for i in range(cells.size):
        work[i] = cells[i] * cells[i]
    add_octets(work, squares)
    add_neighbours(squares, (w0 * w0, w1 * w1, w2 * w2, w3 * w3))
    if with_sums:
        for i in range(cells.size):
            work[i] = cells[i]
        add_octets(work, sums)
        add_neighbours(sums, (w0, w1, w2, w3))


@helper
def add_octets(values, sums):
    """Add each eight values, overwriting them."""
    for i in range(values.size // 2):
        values[i] = values[2 * i] + values[2 * i + 1]
    for i in range(values.size // 4):
        values[i] = values[2 * i] + values[2 * i + 1]
    for i in range(values.size // 8):
        sums[i] = values[2 * i] + values[2 * i + 1]


@helper
def add_neighbours(sums, weights):
    """Replace each sum by the weighted one of itself and the three behind it."""
    w0, w1, w2, w3 = weights
    for i in range(sums.size - N_CELLS + 1):
        sums[i] = (w0 * sums[i] + w1 * sums[i + 1]) + (w2 * sums[i + 2] + w3 * sums[i + 3])


@helper
def fill_descriptors(cells, measures, lines, first_slots, place, settings, weights, out):
    """Clamp a row of descriptors of each image at a share of their length, and normalise them (Lowe, section 6.1)."""
    first_image, n_images, n_slots, first = place
    norm, least_sum, row_weights = settings
    zero, one, clamp, epsilon = np.float32(0), np.float32(1), np.float32(CLAMP), np.float32(EPSILON)
    n_in_use = len(cells)
    line0, line1 = lines[0] % n_in_use, lines[1] % n_in_use
    line2, line3 = lines[2] % n_in_use, lines[3] % n_in_use
    w0, w1, w2, w3 = row_weights[0], row_weights[1], row_weights[2], row_weights[3]
    sums, squares = measures[0], measures[1]
    for image in range(n_images):
        for x in range(first_slots.size):
            at = image * n_slots + first_slots[x]
            descriptor = out[first_image + image, first + x]
            if least_sum > 0:
                total = w0 * sums[line0, at] + w1 * sums[line1, at]
                total += w2 * sums[line2, at] + w3 * sums[line3, at]
                if total < least_sum:
                    for k in range(N_VALUES):
                        descriptor[k] = zero
                    continue
            square = w0 * w0 * squares[line0, at] + w1 * w1 * squares[line1, at]
            square += w2 * w2 * squares[line2, at] + w3 * w3 * squares[line3, at]
            length = np.sqrt(square) + epsilon
            limit = clamp * length
            begin, end = at * N_ORIENTATIONS, at * N_ORIENTATIONS + N_RUN
            a, b = cells[line0, begin:end], cells[line1, begin:end]
            c, d = cells[line2, begin:end], cells[line3, begin:end]
            for k in range(N_RUN):
                descriptor[k] = min(a[k] * weights[k], limit)
                descriptor[N_RUN + k] = min(b[k] * weights[N_RUN + k], limit)
                descriptor[2 * N_RUN + k] = min(c[k] * weights[2 * N_RUN + k], limit)
                descriptor[3 * N_RUN + k] = min(d[k] * weights[3 * N_RUN + k], limit)
            if norm == L2:
                scale = one / (np.sqrt(add_squares(descriptor)) + epsilon * length)
                for k in range(N_VALUES):
                    descriptor[k] *= scale
            else:
                scale = one / max(add_values(descriptor), np.float32(TINY))
                for k in range(N_VALUES):
                    descriptor[k] = np.sqrt(descriptor[k] * scale)


@summing_helper
def add_squares(descriptor):
    total = np.float32(0)
    for k in range(N_VALUES):
        total += descriptor[k] * descriptor[k]
    return total


@summing_helper
def add_values(descriptor):
    total = np.float32(0)
    for k in range(N_VALUES):
        total += descriptor[k]
    return total
