"""SIFT descriptors (Lowe, IJCV 2004, section 6) of keypoints in one level of a Gaussian pyramid.

The patch about a keypoint is turned upright and brought to one size, `SPACING` samples a cell, before its gradients
are taken. Since a level has been smoothed by about 1.3 samples there is nothing finer to lose, and descriptors of all
scales take the same time: gradients vote and cells are pooled as in dense SIFT, with a Gaussian window.
"""

import numpy as np

from classicvis.kernels._jit import helper, kernel
from classicvis.kernels.sift._votes import CLAMP, EPSILON, L2, N_CELLS, N_ORIENTATIONS, N_VALUES, cast_votes

SPACING = 4  # samples from one cell to the next
N_SAMPLES = (N_CELLS + 1) * SPACING - 1  # along each side of a patch, with which a cell has something in common
MIDDLE = N_SAMPLES // 2
RIM = 2  # samples more at both ends, for derivatives
N_LINES = N_SAMPLES + 2 * RIM
PATCH = 24  # values of a line of a patch: N_LINES, and one that does not count


@kernel
def describe_keypoints(level, keypoints, which, taps, norm, out):
    """Fill the rows of `out` that belong to a level.

    Parameters
    ----------
    level : float32 array of shape (h, w)
        The smoothed image.
    keypoints : float32 array of shape (n, 4)
        Row and column of each keypoint in the level, the width of a cell, and the angle in radians: anticlockwise, as
        seen on a screen.
    which : int array of shape (m,)
        The keypoints, and rows of `out`, that belong to the level.
    taps : float32 array of shape (4, 2 * SPACING)
        The weights of the samples of each of the four cells along an axis.
    norm : int
        One of `NORM_CODES`.
    out : float32 array of shape (n, 128)
        The result.
    """
    pixels, pitch = level.reshape(level.size), np.uint32(level.shape[1])
    places = np.zeros(N_LINES * PATCH, np.uint32)
    shares = np.zeros((2, N_LINES * PATCH), np.float32)
    inside = np.zeros(N_LINES * PATCH, np.float32)
    patch = np.zeros(N_LINES * PATCH, np.float32)
    votes = np.zeros((N_SAMPLES, N_ORIENTATIONS * PATCH), np.float32)
    rows = np.zeros((N_CELLS, N_ORIENTATIONS * PATCH), np.float32)
    for i in which:
        place_samples(level.shape, keypoints[i], places, shares, inside)
        sample_patch(pixels, pitch, places, shares, patch)
        fill_votes(patch, inside, votes)
        pool_rows(votes, taps, rows)
        pool_columns(rows, taps, out[i])
        normalise(out[i], norm)


@helper
def place_samples(shape, keypoint, places, shares, inside):
    """Find the pixel above and left of each sample, the sample's distance from it, and whether it has a gradient."""
    n_rows, n_columns = shape
    row, column, width, angle = keypoint
    spacing = width / np.float32(SPACING)
    along, across = spacing * np.cos(angle), spacing * np.sin(angle)
    bottom, right_end = np.float32(n_rows - 1), np.float32(n_columns - 1)
    last_row, last_column = np.int32(n_rows - 2), np.int32(n_columns - 2)
    zero, one = np.float32(0), np.float32(1)
    pitch = np.int32(n_columns)
    for k in range(N_LINES):
        down = np.float32(k - MIDDLE - RIM)
        for l in range(PATCH):
            right = np.float32(l - MIDDLE - RIM)
            y, x = row + (down * along - right * across), column + (down * across + right * along)
            is_inside = (y > zero) & (y < bottom) & (x > zero) & (x < right_end)
            y, x = min(max(y, zero), bottom), min(max(x, zero), right_end)
            top, left = min(np.int32(y), last_row), min(np.int32(x), last_column)
            i = k * PATCH + l
            places[i] = top * pitch + left
            shares[0, i], shares[1, i] = y - np.float32(top), x - np.float32(left)
            inside[i] = one if is_inside else zero


@helper
def sample_patch(pixels, n_columns, places, shares, patch):
    """Sample the upright patch by linear interpolation."""
    for i in range(patch.size):
        at, dy, dx = places[i], shares[0, i], shares[1, i]
        upper = pixels[at] + dx * (pixels[at + 1] - pixels[at])
        at += n_columns
        lower = pixels[at] + dx * (pixels[at + 1] - pixels[at])
        patch[i] = upper + dy * (lower - upper)


@helper
def fill_votes(patch, inside, votes):
    """Fill the votes of each sample, line by line; those outside of the level do not vote.

    Derivatives take two samples on either side, which comes closer to those of the level than differences of one.
    """
    near, far = np.float32(8 / 12), np.float32(1 / 12)
    for k in range(N_SAMPLES):
        above2, above = patch[k * PATCH : (k + 1) * PATCH], patch[(k + 1) * PATCH : (k + 2) * PATCH]
        here, is_inside = patch[(k + 2) * PATCH : (k + 3) * PATCH], inside[(k + 2) * PATCH : (k + 3) * PATCH]
        below, below2 = patch[(k + 3) * PATCH : (k + 4) * PATCH], patch[(k + 4) * PATCH : (k + 5) * PATCH]
        line = votes[k]
        for l in range(RIM, PATCH - RIM):
            gx = near * (here[l + 1] - here[l - 1]) - far * (here[l + 2] - here[l - 2])
            gy = near * (above[l] - below[l]) - far * (above2[l] - below2[l])  # upwards is positive
            cast_votes(gx * is_inside[l], gy * is_inside[l], line, PATCH, l)


@helper
def pool_rows(votes, taps, rows):
    """Add up the weighted lines of each row of cells."""
    for i in range(N_CELLS):
        row = rows[i]
        for k in range(row.size):
            row[k] = 0
        for tap in range(2 * SPACING - 1):
            line, weight = votes[i * SPACING + tap], taps[i, tap]
            for k in range(row.size):
                row[k] += weight * line[k]


@helper
def pool_columns(rows, taps, descriptor):
    """Add up the weighted columns of each cell."""
    for i in range(N_CELLS):
        for j in range(N_CELLS):
            for k in range(N_ORIENTATIONS):
                first = k * PATCH + j * SPACING + RIM
                total = np.float32(0)
                for tap in range(2 * SPACING - 1):
                    total += taps[j, tap] * rows[i, first + tap]
                descriptor[(i * N_CELLS + j) * N_ORIENTATIONS + k] = total


@helper
def normalise(descriptor, norm):
    """Divide a descriptor by its length, clamp it, and divide it again, or take the root of its shares."""
    square = np.float32(0)
    for k in range(N_VALUES):
        square += descriptor[k] * descriptor[k]
    scale = np.float32(1) / (np.sqrt(square) + EPSILON)
    square = total = np.float32(0)
    for k in range(N_VALUES):
        value = min(descriptor[k] * scale, CLAMP)
        descriptor[k] = value
        square += value * value
        total += value
    if norm == L2:
        scale = np.float32(1) / (np.sqrt(square) + EPSILON)
        for k in range(N_VALUES):
            descriptor[k] *= scale
    else:
        scale = np.float32(1) / max(total, EPSILON)
        for k in range(N_VALUES):
            descriptor[k] = np.sqrt(descriptor[k] * scale)
