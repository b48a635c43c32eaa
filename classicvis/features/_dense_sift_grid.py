"""Where the descriptors of dense SIFT lie, and in which order the kernel makes the cells that they are made of."""

import math
from functools import lru_cache

import numpy as np

from ..kernels._dense_sift import N_CELLS, TAPS

WINDOW_SIZE = 2.0  # standard deviation of the window, in bins
BLOCK_SLOTS = 96  # columns of cells that the kernel makes at a time: their pooled pixels should fit a cache


def span(bin_size):
    """Return the least number of rows and columns of an image that holds a descriptor."""
    return (N_CELLS - 1) * bin_size + 1


@lru_cache(maxsize=256)
def grid_starts(n_pixels, step, bin_size, offset):
    """Return the first cell's centre of each descriptor along an axis."""
    return _frozen(np.arange(offset, n_pixels - span(bin_size) + 1, step))


@lru_cache(maxsize=256)
def grid_columns(n_columns, step, bin_size, offset, window):
    """Return the columns of cells as `dense_sift_batch` wants them.

    A descriptor's four cells lie side by side. With a flat window, neighbouring descriptors share cells: columns a bin
    apart follow each other. The Gaussian window gives each descriptor cells of its own.

    Parameters
    ----------
    n_columns, step, bin_size, offset : int
        Columns of the image, and the grid.
    window : {"flat", "gaussian"}
        The window.

    Returns
    -------
    slots : int ndarray of shape (3, n_slots)
        Column, window and place of each slot, block after block.
    first_slots : int ndarray of shape (n_x,)
        The first place of each descriptor.
    blocks : int ndarray of shape (n_blocks, 4)
        First and last but one slot of each block, and likewise its descriptors.
    """
    starts = grid_starts(n_columns, step, bin_size, offset)
    per_descriptor = N_CELLS if window == "gaussian" else min(N_CELLS, step // math.gcd(step, bin_size))
    per_block = max(1, BLOCK_SLOTS // per_descriptor)
    n_blocks = -(-len(starts) // per_block)
    slots, first_slots, blocks, n_slots = [], [], [], 0
    for part in np.array_split(np.arange(len(starts)), n_blocks):
        slots_here, first_here = _slots_of(starts[part], bin_size, window)
        slots.append(slots_here)
        first_slots.append(first_here)
        blocks.append((n_slots, n_slots + slots_here.shape[1], part[0], part[-1] + 1))
        n_slots += slots_here.shape[1]
    return _frozen(np.concatenate(slots, axis=1)), _frozen(np.concatenate(first_slots)), _frozen(np.array(blocks))


def _slots_of(starts, bin_size, window):
    """Return the slots of one block, by column, and each descriptor's first place."""
    centres = starts[:, None] + bin_size * np.arange(N_CELLS)
    if window == "gaussian":
        columns, windows = centres.ravel(), np.tile(np.arange(N_CELLS), len(starts))
        first_slots = N_CELLS * np.arange(len(starts))
    else:
        columns = np.unique(centres)
        columns = columns[np.lexsort((columns, columns % bin_size))]
        windows = np.zeros_like(columns)
        order = np.argsort(columns)
        first_slots = order[np.searchsorted(columns, starts, sorter=order)]
    order = np.argsort(columns, kind="stable")
    return np.stack([columns[order], windows[order], order]), first_slots


@lru_cache(maxsize=256)
def grid_rows(n_rows, step, bin_size, offset, window):
    """Return the rows of cells as `dense_sift_batch` wants them.

    Parameters
    ----------
    n_rows, step, bin_size, offset : int
        Rows of the image, and the grid.
    window : {"flat", "gaussian"}
        The window.

    Returns
    -------
    lines : int ndarray of shape (2, n_lines)
        Row and window of each line of cells, in the order of their first use.
    lines_of : int ndarray of shape (n_y, 4)
        The lines of each row of descriptors.
    n_made : int ndarray of shape (n_y,)
        How many lines must have been made for each row of descriptors.
    n_in_use : int
        How many lines in a row must be kept.
    """
    starts = grid_starts(n_rows, step, bin_size, offset)
    centres = starts[:, None] + bin_size * np.arange(N_CELLS)
    if window == "gaussian":
        lines = np.stack([centres.ravel(), np.tile(np.arange(N_CELLS), len(starts))])
        lines_of = np.arange(centres.size).reshape(centres.shape)
    else:
        rows, first_uses, which = np.unique(centres, return_index=True, return_inverse=True)
        order = np.argsort(first_uses)
        lines = np.stack([rows[order], np.zeros_like(rows)])
        lines_of = np.argsort(order)[which].reshape(centres.shape)
    n_made = np.maximum.accumulate(lines_of.max(axis=1)) + 1
    return _frozen(lines), _frozen(lines_of), _frozen(n_made), int((n_made - lines_of.min(axis=1)).max())


@lru_cache(maxsize=64)
def cell_taps(bin_size, window):
    """Return the weights of a cell's pixels, and those of the four cells along an axis.

    Parameters
    ----------
    bin_size : int
        Pixels of a bin.
    window : {"flat", "gaussian"}
        With the flat window a cell is weighted as a whole, by the mean of the Gaussian over it.

    Returns
    -------
    taps : float32 ndarray of shape (1 or 4, n_taps)
        A triangle; times the Gaussian, for each of the four cells. Zeros fill `n_taps` up to a multiple of `TAPS`.
    cell_weights : float32 ndarray of shape (4,)
        The means of the Gaussian, or ones.
    """
    offsets = np.arange(-bin_size + 1, bin_size)
    triangle = 1 - np.abs(offsets) / bin_size
    from_centre = offsets + bin_size * (np.arange(N_CELLS)[:, None] - (N_CELLS - 1) / 2)
    gaussian = np.exp(-((from_centre / (WINDOW_SIZE * bin_size)) ** 2) / 2)
    if window == "gaussian":
        taps, cell_weights = triangle * gaussian, np.ones(N_CELLS)
    else:
        taps, cell_weights = triangle[None], gaussian.mean(axis=1)
    taps = np.pad(taps, ((0, 0), (0, -taps.shape[1] % TAPS)))
    return _frozen(taps.astype(np.float32)), _frozen(cell_weights.astype(np.float32))


def _frozen(array):
    """Return an array that cannot be changed, since callers share it."""
    array.flags.writeable = False
    return array
