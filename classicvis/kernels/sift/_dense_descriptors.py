"""Dense SIFT (Lowe, IJCV 2004, section 6; the grid, windows and order of VLFeat's `vl_dsift`) of a batch of images.

How the work is laid out, since that is what makes it fast:

* Only the rows and columns that cells are centred on are pooled, each by direct taps. Rows come first: those of a
  group of images lie end to end, as one long flat run, whose votes are cast and pooled a chunk at a time.
* Votes are cast without branches, in tiles of constant width, which is the form that LLVM vectorises.
* The orientations of each pooled pixel are then put side by side, and pixels a step apart one behind the other: the
  cells at the same place in neighbouring descriptors are again a flat run.
* The four cells that a descriptor takes from a row of cells are laid side by side, 32 values in a row.
* The lengths of descriptors are sums of those of their cells, shared between descriptors.

Results do not depend on how images are grouped: no sum crosses from one image to another, and none is reordered.
"""

import numpy as np

from classicvis.kernels._jit import helper, inlined_helper, kernel, summing_helper
from classicvis.kernels.sift._votes import CLAMP, EPSILON, L2, N_CELLS, N_ORIENTATIONS, N_VALUES, TINY, cast_votes

N_RUN = N_CELLS * N_ORIENTATIONS  # values of a row of cells of a descriptor

TILE = 32  # pixels of a row whose votes are made at a time
TAPS = 4  # lines that are added up at a time, or twice as many
GROUP_PIXELS = 512  # rows of images laid end to end have about so many
CHUNK = 128  # pixels of a row that are voted for and pooled at a time: their votes should fit the smallest cache
MARGIN = 16  # before and behind a row
ALIGNMENT = 64  # bytes


@kernel
def dense_sift_batch(images, columns, rows, taps, cell_weights, settings, out):
    """Fill a part of `out` with the descriptors of a grid in each image.

    Parameters
    ----------
    images : float32 array of shape (n, h, w)
        Grey levels.
    columns : tuple of int arrays
        Blocks of descriptors, and where cells come from, as `grid_columns` makes and describes them.
    rows : tuple of int arrays of shapes (2, n_lines), (n_y, 4) and (n_y,)
        Of each line of cells its row and window, in ascending order; of each row of descriptors its four lines, and how
        many lines must have been made for it.
    taps : float32 array of shape (n_windows, n_taps)
        Weights of the pixels of a cell in each window, zeros behind them; a multiple of four.
    cell_weights : float32 array of shape (4,)
        By which the cells of a descriptor are multiplied, along each axis.
    settings : tuple of (int, int, int, int, float)
        The reach of a cell from its centre, how many lines are in use at a time, the first descriptor of `out` to
        fill, one of `NORM_CODES`, and the sum of values below which a descriptor is zero.
    out : float32 array of shape (n, at least first + n_y * n_x, 128)
        The result.
    """
    n_images, n_rows, _ = images.shape
    (blocks, sources, windows, run_taps, slots, first_slots), (lines, lines_of, n_made) = columns, rows
    reach, n_in_use, first, norm, least_sum = settings
    (n_phases, n_steps), n_slots, n_columns, n_x = sources.shape[1:], slots.shape[1], blocks[0, 1], blocks[-1, 3]
    pitch = n_columns + 2  # pixels from one image to the next
    group = min(n_images, max(1, GROUP_PIXELS // pitch))
    length = -(-(group * pitch - 2) // TILE) * TILE
    stride = (-(-group * n_slots * N_ORIENTATIONS // 16) | 1) * 16  # rows an odd number of 64 bytes apart
    n_cells = stride // N_ORIENTATIONS

    pixels = aligned_zeros(n_rows * (length + 2 * MARGIN)).reshape((n_rows, length + 2 * MARGIN))
    n_chunks, chunk = -(-length // CHUNK), min(CHUNK, length)
    votes = aligned_zeros(n_chunks * (2 * reach + 1) * chunk * N_ORIENTATIONS).reshape((n_chunks, -1))
    row_sums = aligned_zeros(length * N_ORIENTATIONS)
    octets = aligned_zeros(length * N_ORIENTATIONS)
    in_steps = aligned_zeros((n_phases * group + 1) * n_steps * N_ORIENTATIONS)  # the last taps go beyond the end
    sums = aligned_zeros(len(windows) * group * n_steps * N_ORIENTATIONS).reshape((len(windows), -1))
    cells = aligned_zeros(n_in_use * stride).reshape((n_in_use, stride))
    measures = aligned_zeros(2 * n_in_use * n_cells).reshape((2, n_in_use, n_cells))
    work = aligned_zeros(max(stride, N_VALUES))
    weights = aligned_zeros(N_VALUES)
    for i in range(N_VALUES):
        weights[i] = cell_weights[i // N_RUN] * cell_weights[i // N_ORIENTATIONS % N_CELLS]

    starts = np.empty(run_taps.shape[1:], np.int64)
    for k in range(len(windows)):
        for tap in range(taps.shape[1]):
            starts[k, tap] = (run_taps[0, k, tap] * group * n_steps + run_taps[1, k, tap]) * N_ORIENTATIONS

    for start in range(0, n_images, group):
        n_here = min(group, n_images - start)
        for block in range(len(blocks)):
            left, _, x_begin, x_end = blocks[block]
            lay(images[start : start + n_here], left, n_columns, pixels)
            n_voted, n_pooled = max(lines[0, 0] - reach, 0), 0
            for y in range(len(lines_of)):
                while n_pooled < n_made[y]:
                    row, window, i = lines[0, n_pooled], lines[1, n_pooled], n_pooled % n_in_use
                    n_voted = pool_rows(pixels, n_voted, (row, reach), taps[window], votes, row_sums)
                    turn(row_sums, octets)
                    order_by_steps(octets, sources[block], n_here, pitch, in_steps)
                    for k in range(len(windows)):
                        pool(in_steps, starts[k], taps[windows[k]], sums[k])
                    order_by_cells(sums, slots, n_here, n_steps, cells[i])
                    measure(cells[i], cell_weights, least_sum > 0, work, measures[:, i])
                    n_pooled += 1
                place = (start, n_here, n_slots, first + y * n_x + x_begin)
                places = first_slots[: x_end - x_begin]
                settings_of_norm = (norm, least_sum, cell_weights)
                fill_descriptors(cells, measures, lines_of[y], places, place, settings_of_norm, (weights, work), out)


@helper
def aligned_zeros(size):
    """Zeros that begin at a multiple of `ALIGNMENT` bytes; some of them meet taps of weight zero."""
    memory = np.zeros(size + ALIGNMENT // 4, np.float32)
    start = (-memory.ctypes.data) % ALIGNMENT // 4
    return memory[start : start + size]


@helper
def lay(images, left, n_columns, pixels):
    """Lay the rows of images end to end, with one pixel more at both ends that continues the gradient there."""
    n_images, n_rows, width = images.shape
    right = left + n_columns
    for row in range(n_rows):
        line = pixels[row]
        for i in range(n_images):
            given = images[i, row]
            start = MARGIN + i * (n_columns + 2)
            end = start + n_columns
            for column in range(n_columns):
                line[start + column] = given[left + column]
            line[start - 1] = 2 * line[start] - line[start + 1] if left == 0 else given[left - 1]
            line[end] = 2 * line[end - 1] - line[end - 2] if right == width else given[right]


@helper
def pool_rows(pixels, n_voted, place, taps, votes, sums):
    """Fill a row with the weighted votes of those about it, repeating the first and last; return the rows voted for."""
    row, reach = place
    last, ring = len(pixels) - 1, 2 * reach + 1
    chunk_size = votes.shape[1] // ring
    starts = np.empty(taps.size, np.int64)
    for tap in range(taps.size):
        starts[tap] = min(max(row - reach + tap, 0), last) % ring * chunk_size
    end = max(n_voted, min(row + reach, last) + 1)
    for chunk in range(len(votes)):
        left = chunk * CHUNK
        chunk_sums = sums[left * N_ORIENTATIONS : left * N_ORIENTATIONS + chunk_size]
        for at in range(n_voted, end):
            up, down = max(at - 1, 0), min(at + 1, last)
            first = at % ring * chunk_size
            line = votes[chunk, first : first + chunk_sums.size]
            fill_votes(pixels[up, left:], pixels[at, left:], pixels[down, left:], down - up, line)
        pool(votes[chunk], starts, taps, chunk_sums)
    return end


@helper
def fill_votes(up, here, down, distance, votes):
    """Fill the votes of a row's gradients for each orientation, tile by tile."""
    half, share = np.float32(0.5), np.float32(1) / np.float32(distance)
    for tile in range(votes.size // (TILE * N_ORIENTATIONS)):
        target = votes[tile * TILE * N_ORIENTATIONS : (tile + 1) * TILE * N_ORIENTATIONS]
        start = MARGIN + tile * TILE
        west, east = here[start - 1 : start - 1 + TILE], here[start + 1 : start + 1 + TILE]
        north, south = up[start : start + TILE], down[start : start + TILE]
        for i in range(TILE):
            gx, gy = half * (east[i] - west[i]), share * (south[i] - north[i])
            cast_votes(gx, gy, target, TILE, i)


@helper
def pool(values, starts, taps, out):
    """Fill a line with the weighted sum of the lines that start at `starts`, one for each tap."""
    n_first = taps.size % (2 * TAPS)
    if n_first == TAPS:
        fill_with_four(values, starts, taps, out)
    for tap in range(n_first, taps.size, 2 * TAPS):
        take_eight(values, starts[tap:], taps[tap:], tap == 0, out)


@helper
def fill_with_four(values, starts, taps, out):
    """Fill a line with the sum of four that are weighted."""
    n = out.size
    a, b = values[starts[0] : starts[0] + n], values[starts[1] : starts[1] + n]
    c, d = values[starts[2] : starts[2] + n], values[starts[3] : starts[3] + n]
    weights = taps[0], taps[1], taps[2], taps[3]
    for i in range(out.size):
        out[i] = weigh(a, b, c, d, weights, i)


@helper
def take_eight(values, starts, taps, is_first, out):
    """Fill a line with the sum of eight that are weighted, or add them to it."""
    n = out.size
    a, b = values[starts[0] : starts[0] + n], values[starts[1] : starts[1] + n]
    c, d = values[starts[2] : starts[2] + n], values[starts[3] : starts[3] + n]
    e, f = values[starts[4] : starts[4] + n], values[starts[5] : starts[5] + n]
    g, h = values[starts[6] : starts[6] + n], values[starts[7] : starts[7] + n]
    weights, more_weights = (taps[0], taps[1], taps[2], taps[3]), (taps[4], taps[5], taps[6], taps[7])
    if is_first:
        for i in range(out.size):
            out[i] = weigh(a, b, c, d, weights, i) + weigh(e, f, g, h, more_weights, i)
    else:
        for i in range(out.size):
            out[i] += weigh(a, b, c, d, weights, i) + weigh(e, f, g, h, more_weights, i)


@inlined_helper
def weigh(a, b, c, d, weights, i):
    return (weights[0] * a[i] + weights[1] * b[i]) + (weights[2] * c[i] + weights[3] * d[i])


@helper
def turn(sums, octets):
    """Lay the orientations of each pixel side by side."""
    for tile in range(sums.size // (TILE * N_ORIENTATIONS)):
        start, end = tile * TILE * N_ORIENTATIONS, (tile + 1) * TILE * N_ORIENTATIONS
        planes, pixels = sums[start:end], octets[start:end]
        for i in range(TILE):
            a, b, c, d = planes[i], planes[TILE + i], planes[2 * TILE + i], planes[3 * TILE + i]
            e, f, g, h = planes[4 * TILE + i], planes[5 * TILE + i], planes[6 * TILE + i], planes[7 * TILE + i]
            k = N_ORIENTATIONS * i
            pixels[k] = a
            pixels[k + 1] = b
            pixels[k + 2] = c
            pixels[k + 3] = d
            pixels[k + 4] = e
            pixels[k + 5] = f
            pixels[k + 6] = g
            pixels[k + 7] = h


@helper
def order_by_steps(octets, sources, n_images, pitch, out):
    """Lay pixels a step apart one behind the other: for each pixel of a step, those of image after image."""
    n_phases, n_steps = sources.shape
    group = (out.size // (n_steps * N_ORIENTATIONS) - 1) // n_phases
    for phase in range(n_phases):
        for image in range(n_images):
            to = (phase * group + image) * n_steps
            for k in range(n_steps):
                copy_octet(octets, image * pitch + sources[phase, k], out, to + k)


@helper
def order_by_cells(sums, slots, n_images, n_steps, out):
    """Lay the cells of descriptors side by side, image after image."""
    n_slots = slots.shape[1]
    for image in range(n_images):
        for slot in range(n_slots):
            copy_octet(sums[slots[0, slot]], image * n_steps + slots[1, slot], out, image * n_slots + slot)


@inlined_helper
def copy_octet(given, source, out, target):
    """Copy the orientations of a pixel or cell."""
    i, k = source * N_ORIENTATIONS, target * N_ORIENTATIONS
    a, b, c, d = given[i], given[i + 1], given[i + 2], given[i + 3]
    e, f, g, h = given[i + 4], given[i + 5], given[i + 6], given[i + 7]
    out[k] = a
    out[k + 1] = b
    out[k + 2] = c
    out[k + 3] = d
    out[k + 4] = e
    out[k + 5] = f
    out[k + 6] = g
    out[k + 7] = h


@helper
def measure(cells, cell_weights, with_sums, work, measures):
    """Sum the squares, and if need be the values, of each cell and the three behind it, as weighted in a descriptor."""
    sums, squares = measures[0], measures[1]
    w0, w1, w2, w3 = cell_weights[0], cell_weights[1], cell_weights[2], cell_weights[3]
    for i in range(cells.size):
        work[i] = cells[i] * cells[i]
    add_octets(work[: cells.size], squares)
    add_neighbours(squares, (w0 * w0, w1 * w1, w2 * w2, w3 * w3))
    if with_sums:
        for i in range(cells.size):
            work[i] = cells[i]
        add_octets(work[: cells.size], sums)
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
def fill_descriptors(cells, measures, lines, first_slots, place, settings, scratch, out):
    """Clamp a row of descriptors of each image at a share of their length, and normalise them (Lowe, section 6.1)."""
    first_image, n_images, n_slots, first = place
    (norm, least_sum, row_weights), (weights, values) = settings, scratch
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
                values[k] = min(a[k] * weights[k], limit)
                values[N_RUN + k] = min(b[k] * weights[N_RUN + k], limit)
                values[2 * N_RUN + k] = min(c[k] * weights[2 * N_RUN + k], limit)
                values[3 * N_RUN + k] = min(d[k] * weights[3 * N_RUN + k], limit)
            if norm == L2:
                scale = one / (np.sqrt(add_squares(values)) + epsilon * length)
                for k in range(N_VALUES):
                    descriptor[k] = values[k] * scale
            else:
                scale = one / max(add_values(values), np.float32(TINY))
                for k in range(N_VALUES):
                    descriptor[k] = np.sqrt(values[k] * scale)


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
