"""Dense SIFT, slowly and plainly in float64: the twin that the fast kernel is compared with.

Written beside Lowe (IJCV 2004, section 6) and the documented behaviour of VLFeat's `vl_dsift`. The rules that the
paper leaves open, which are VLFeat's:

* Gradients are centred differences, one-sided in the first and last row and column. Pixels beyond the border repeat
  the gradient at the border.
* Each gradient votes for the two orientations next to its angle, which a cubic polynomial gives to 0.01 rad. The
  polynomial's linear term, here, is the one that makes multiples of 45° exact; VLFeat rounds it to four digits.
* A descriptor has 4 × 4 cells, `bin_size` pixels apart; a cell's votes are weighted by triangles of that width.
* The Gaussian window has a standard deviation of two bins. With the flat window each cell is weighted, as a whole,
  by the window's mean over it, first along rows, then along columns.
* A descriptor is divided by its length, clamped at 0.2 and divided by its length again.
* The values are ordered by the cell's row, its column, then the orientation, clockwise from rightwards.
"""

import numpy as np

N_CELLS = 4
N_ORIENTATIONS = 8
WINDOW_SIZE = 2.0  # standard deviation of the window, in bins
CLAMP = 0.2
EPSILON = 2.0**-23
CUBIC = 0.1821  # of VLFeat's arc tangent


def dense_sift(image, step=4, bin_size=4, window="flat", offset=0, norm="l2"):
    """Return positions (n, 2), descriptors (n, 128) and contrasts (n,) of a grey image with values in 0..255.

    The contrast is VLFeat's norm, for an image in 0..1: the mean vote of a pixel of the descriptor.
    """
    planes = orientation_planes(np.asarray(image, np.float64))
    corners = [range(offset, n - (N_CELLS - 1) * bin_size, step) for n in planes.shape[1:]]
    positions, descriptors = [], []
    cells = {(i, j): pooled(planes, bin_size, window, i, j) for i in range(N_CELLS) for j in range(N_CELLS)}
    for row in corners[0]:
        for column in corners[1]:
            positions.append((row + 1.5 * bin_size, column + 1.5 * bin_size))
            values = [
                cells[i, j][:, row + i * bin_size, column + j * bin_size]
                for i in range(N_CELLS)
                for j in range(N_CELLS)
            ]
            descriptors.append(np.concatenate(values))
    descriptors = np.array(descriptors).reshape(-1, N_CELLS * N_CELLS * N_ORIENTATIONS)
    contrasts = descriptors.sum(axis=1) / (3 * bin_size + 1) ** 2 / 255
    return np.array(positions).reshape(-1, 2), normalised(descriptors, norm), contrasts


def smoothed(image, sigma):
    """Return an image smoothed by a Gaussian that ends at three standard deviations; its border is repeated."""
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    weights /= weights.sum()
    padded = np.pad(np.asarray(image, np.float64), reach, mode="edge")
    rows = sum(w * padded[i : i + image.shape[0]] for i, w in enumerate(weights))
    return sum(w * rows[:, i : i + image.shape[1]] for i, w in enumerate(weights))


def orientation_planes(image):
    """Return the votes of each pixel for each orientation, of shape (8, rows, columns)."""
    gy, gx = np.gradient(image)
    angles = np.mod(arc_tangent(gy, gx), 2 * np.pi) * N_ORIENTATIONS / (2 * np.pi)
    lower = np.floor(angles)
    votes = np.hypot(gx, gy)
    planes = np.zeros((N_ORIENTATIONS, *image.shape))
    rows, columns = np.indices(image.shape)
    np.add.at(planes, (lower.astype(int) % N_ORIENTATIONS, rows, columns), (1 - (angles - lower)) * votes)
    np.add.at(planes, ((lower.astype(int) + 1) % N_ORIENTATIONS, rows, columns), (angles - lower) * votes)
    return planes


def arc_tangent(y, x):
    """Return VLFeat's approximation of the angle of (x, y)."""
    total = np.abs(x) + np.abs(y)
    ratio = (np.abs(x) - np.abs(y)) / np.where(total == 0, 1, total)
    angle = np.pi / 4 + (CUBIC * ratio**2 - (np.pi / 4 + CUBIC)) * ratio  # from the horizontal
    angle = np.where(x < 0, np.pi - angle, angle)
    return np.where(y < 0, -angle, angle)


def pooled(planes, bin_size, window, row_of_cell, column_of_cell):
    """Return, for each pixel, the votes of a cell centred there that is the given one of its descriptor."""
    margin = bin_size - 1
    offsets = np.arange(-margin, margin + 1)
    padded = np.pad(planes, ((0, 0), (margin, margin), (margin, margin)), mode="edge")
    n_rows, n_columns = planes.shape[1:]
    row_weights = weights(offsets, bin_size, window, row_of_cell)
    column_weights = weights(offsets, bin_size, window, column_of_cell)
    rows = sum(w * padded[:, i : i + n_rows] for i, w in enumerate(row_weights))
    return sum(w * rows[:, :, i : i + n_columns] for i, w in enumerate(column_weights))


def weights(offsets, bin_size, window, cell):
    """Return the weights of pixels at `offsets` from the centre of the cell."""
    from_centre = offsets + bin_size * (cell - (N_CELLS - 1) / 2)
    gaussian = np.exp(-((from_centre / (WINDOW_SIZE * bin_size)) ** 2) / 2)
    triangle = 1 - np.abs(offsets) / bin_size
    return triangle * (gaussian if window == "gaussian" else gaussian.mean())


def normalised(descriptors, norm):
    """Return descriptors normalised, clamped, and normalised again; or the square root of the shares of their sum."""
    descriptors = np.minimum(divided_by_length(descriptors), CLAMP)
    if norm == "root":
        sums = descriptors.sum(axis=1, keepdims=True)
        return np.sqrt(descriptors / np.where(sums == 0, 1, sums))
    return divided_by_length(descriptors)


def divided_by_length(descriptors):
    """Return descriptors divided by their Euclidean length."""
    return descriptors / (np.sqrt((descriptors**2).sum(axis=1, keepdims=True)) + EPSILON)
