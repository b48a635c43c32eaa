"""Local binary patterns (Ojala, Pietikäinen and Mäenpää, TPAMI 2002) of a batch of images.

The codes are scikit-image's, bit for bit: it interpolates in float64, and on flat ground, where a neighbour is as
bright as the centre, the rounding of that arithmetic decides. So the same sums are made here in the same order:
first between columns, then between rows, with weights from the rounded position of each single row and column.

How the work is laid out, since that is what makes it fast:

* A group of images stands side by side, as one wide image with black margins: loops over columns are long enough to
  vectorise for small images too.
* What is interpolated between columns is kept for the rows that follow. Points above and below the centre share it.
* The bits of a pattern are counted by shifts and masks on the whole code, not one by one.
"""

import numpy as np

from classicvis.kernels._jit import helper, inlined_helper, kernel

METHOD_CODES = {"default": 0, "ror": 1, "uniform": 2, "nri_uniform": 3}
DEFAULT, ROR, UNIFORM, NRI_UNIFORM = range(4)
MOST_POINTS = 31  # a code is a non-negative int32
GROUP_COLUMNS = 256  # images side by side fill about so many columns

# Masks that add neighbouring groups of 1, 2 and 4 bits, and all bytes.
PAIRS, QUADS, BYTES, ALL = np.uint32(0x55555555), np.uint32(0x33333333), np.uint32(0x0F0F0F0F), np.uint32(0x01010101)


@kernel
def fill_labels(images, rows, columns, column_of_point, method, out):
    """Fill `out` with the local binary pattern of every pixel.

    Parameters
    ----------
    images : array of shape (n, h, w)
        Grey images of any real dtype; beyond their border all is 0.
    rows : float64 array of shape (n_points,)
        How far below the centre each point lies.
    columns : float64 array of shape (n_columns,)
        How far to the right of the centre points lie, each distance once.
    column_of_point : int array of shape (n_points,)
        Where in `columns` each point's distance stands.
    method : int
        One of `METHOD_CODES`.
    out : int32 array of shape (n, h, w)
        The labels.
    """
    n_images, n_rows, n_columns = images.shape
    margin = 1 + int(np.ceil(max(np.abs(rows).max(), np.abs(columns).max())))
    pitch = n_columns + margin  # columns from one image to the next
    group = min(n_images, max(1, GROUP_COLUMNS // pitch))
    width = group * pitch
    n_kept = 2 * margin + 1

    lines = np.zeros((n_rows + 2 * margin, margin + width + margin))
    left, right = np.empty((len(columns), width)), np.empty((len(columns), width))
    between = np.empty((len(columns), n_kept, width))  # the last lines, as a ring
    codes = np.empty(width)
    labels = np.empty(width, np.int32)
    fill_weights(columns, pitch, left, right)
    for first in range(0, n_images, group):
        n_here = min(group, n_images - first)
        copy_images(images[first : first + n_here], margin, lines)
        for newest in range(n_rows + 2 * margin):
            for k in range(len(columns)):
                start = margin + int(np.floor(columns[k]))
                weigh(lines[newest, start:], lines[newest, start + 1 :], left[k], right[k], between[k, newest % n_kept])
            row = newest - 2 * margin
            if row < 0:
                continue
            centre = lines[margin + row, margin:]
            for x in range(width):
                codes[x] = 0
            for point in range(len(rows)):
                position = row + rows[point]
                above = int(np.floor(position))
                share = position - above
                kept = between[column_of_point[point]]
                upper, lower = kept[(margin + above) % n_kept], kept[(margin + above + 1) % n_kept]
                if share == 0:
                    compare(upper, centre, 2.0**point, codes)
                else:
                    weigh_and_compare(upper, lower, share, centre, 2.0**point, codes)
            label(codes, len(rows), method, labels)
            for i in range(n_here):
                here, line = labels[i * pitch :], out[first + i, row]
                for column in range(n_columns):
                    line[column] = here[column]


@helper
def fill_weights(columns, pitch, left, right):
    """Fill in what the pixels to the left and right of each point weigh, by the rounded position of every column."""
    for k in range(len(columns)):
        for x in range(left.shape[1]):
            position = x % pitch + columns[k]
            right[k, x] = position - np.floor(position)
            left[k, x] = 1 - right[k, x]


@helper
def copy_images(images, margin, lines):
    """Put images side by side, the margins between them."""
    n_images, n_rows, n_columns = images.shape
    for i in range(n_images):
        for row in range(n_rows):
            pixels, line = images[i, row], lines[margin + row, margin + i * (n_columns + margin) :]
            for column in range(n_columns):
                line[column] = pixels[column]


@inlined_helper
def weigh(a, b, weights_of_a, weights_of_b, out):
    """Interpolate between the columns of a line."""
    for x in range(out.size):
        out[x] = weights_of_a[x] * a[x] + weights_of_b[x] * b[x]


@inlined_helper
def compare(points, centre, weight, codes):
    """Add the weight of a point to the codes of the pixels that it is not darker than."""
    for x in range(codes.size):
        codes[x] += weight if points[x] >= centre[x] else 0.0


@inlined_helper
def weigh_and_compare(upper, lower, share, centre, weight, codes):
    """Do the same for a point between two lines, of which the lower one has a share."""
    rest = 1 - share
    for x in range(codes.size):
        point = rest * upper[x] + share * lower[x]
        codes[x] += weight if point >= centre[x] else 0.0


@inlined_helper
def label(codes, n_points, method, labels):
    """Turn codes, in which bit k says that point k is not darker than the centre, into the labels of a method."""
    if method == DEFAULT:
        for x in range(labels.size):
            labels[x] = np.int32(codes[x])
    elif method == ROR:
        label_by_smallest_rotation(codes, n_points, labels)
    elif method == UNIFORM:
        label_by_ones(codes, n_points, labels)
    else:
        label_by_ones_and_rotation(codes, n_points, labels)


@inlined_helper
def label_by_smallest_rotation(codes, n_points, labels):
    """Equation 8 of the paper."""
    for x in range(labels.size):
        labels[x] = np.int32(codes[x])
    for x in range(labels.size):
        rotated = smallest = labels[x]
        for _ in range(n_points - 1):
            rotated = np.int32((rotated >> 1) | ((rotated & 1) << (n_points - 1)))
            smallest = min(smallest, rotated)
        labels[x] = smallest


@inlined_helper
def label_by_ones(codes, n_points, labels):
    """Equation 9: patterns of at most two changes between 0 and 1 by their ones, all others together."""
    inner = np.uint32((1 << (n_points - 1)) - 1)
    for x in range(labels.size):
        code = np.uint32(np.int32(codes[x]))
        ones, changes = count_ones(code), count_ones((code ^ (code >> np.uint32(1))) & inner)
        labels[x] = np.int32(ones) if changes <= np.uint32(2) else np.int32(n_points + 1)


@inlined_helper
def label_by_ones_and_rotation(codes, n_points, labels):
    """Ahonen, Hadid and Pietikäinen (TPAMI 2006): the same, but with the place where the ones begin."""
    inner = np.uint32((1 << (n_points - 1)) - 1)
    one = np.uint32(1)
    others = np.int32(n_points * (n_points - 1) + 2)
    for x in range(labels.size):
        code = np.uint32(np.int32(codes[x]))
        ones, changes = count_ones(code), count_ones((code ^ (code >> one)) & inner)
        first_zero = count_ones(code & ~np.uint32(code + one))  # ones below the lowest zero
        first_one = count_ones(~code & np.uint32(code - one))  # zeros below the lowest one
        rotation = np.int32(ones) - np.int32(first_zero) if first_zero > 0 else n_points - np.int32(first_one)
        value = np.int32(1 + (np.int32(ones) - 1) * n_points + rotation)
        if ones == 0:
            value = np.int32(0)
        elif ones == n_points:
            value = np.int32(others - 1)
        labels[x] = value if changes <= np.uint32(2) else others


@inlined_helper
def count_ones(code):
    """Count the bits of a 32-bit number that are 1."""
    code = np.uint32(code - ((code >> np.uint32(1)) & PAIRS))
    code = np.uint32((code & QUADS) + ((code >> np.uint32(2)) & QUADS))
    code = np.uint32((code + (code >> np.uint32(4))) & BYTES)
    return np.uint32(np.uint32(code * ALL) >> np.uint32(24))
