"""Where in the image: the cells of a spatial pyramid."""

from numbers import Integral

import numpy as np


def check_pyramid(pyramid):
    """Return a pyramid as a tuple of pairs of int.

    Parameters
    ----------
    pyramid : sequence of (int, int)
        Rows and columns of cells of each level.

    Returns
    -------
    pyramid : tuple of (int, int)
        The same.

    Raises
    ------
    ValueError
        It is something else.
    """
    levels = [tuple(level) if isinstance(level, list | tuple | np.ndarray) else (level,) for level in pyramid]
    is_valid = all(len(level) == 2 and all(isinstance(n, Integral) and n > 0 for n in level) for level in levels)
    if not levels or not is_valid:
        raise ValueError(
            f"pyramid is {pyramid!r}, but must be pairs of (rows, columns) of cells, one for each level, such as "
            "((1, 1), (2, 2), (1, 3))."
        )
    return tuple((int(rows), int(columns)) for rows, columns in levels)


def is_whole_image(pyramid):
    """Say whether every cell is the whole image, so that positions do not matter."""
    return all(level == (1, 1) for level in pyramid)


def count_cells(pyramid):
    """Return how many cells a pyramid has."""
    return sum(rows * columns for rows, columns in pyramid)


def find_cells(pyramid, positions, n):
    """Return which cells descriptors lie in, counting through the levels, and row by row within one.

    Parameters
    ----------
    pyramid : tuple of (int, int)
        From `check_pyramid`.
    positions : ndarray of shape (n, 2) or None
        Rows and columns in [0, 1]; None where every cell is the whole image. An edge belongs to the cell behind it.
    n : int
        Number of descriptors.

    Returns
    -------
    cells : ndarray of shape (n_levels, n), dtype intp
        A cell of each level.
    """
    cells = np.empty((len(pyramid), n), np.intp)
    first = 0
    for level, shape in enumerate(pyramid):
        if shape == (1, 1):
            cells[level] = first
        else:
            row, column = np.minimum((positions * shape).astype(np.intp), np.subtract(shape, 1)).T
            cells[level] = first + row * shape[1] + column
        first += shape[0] * shape[1]
    return cells
