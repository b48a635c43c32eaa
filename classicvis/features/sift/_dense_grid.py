"""Where the descriptors of dense SIFT lie, and in which order the kernel makes the cells that they are made of."""

from functools import lru_cache

import numpy as np

from classicvis.features._parameters import read_only
from classicvis.kernels.sift import N_CELLS, TAPS

WINDOW_SIZE = 2.0  # standard deviation of the window, in bins
BLOCK_PIXELS = 512  # of a row that the kernel works on at a time, about


def span(bin_size):
    """Return the least number of rows and columns of an image that holds a descriptor."""
    return (N_CELLS - 1) * bin_size + 1


@lru_cache(maxsize=256)
def grid_starts(n_pixels, step, bin_size, offset):
    """Return the first cell's centre of each descriptor along an axis."""
    return read_only(np.arange(offset, n_pixels - span(bin_size) + 1, step))


@lru_cache(maxsize=256)
def grid_columns(n_columns, step, bin_size, offset, window):
    """Return the columns of cells as `dense_sift_batch` wants them, in blocks of equally many descriptors.

    Cells a step apart are pooled in one run, from pixels that are laid out so that those a step apart follow each
    other. With a flat window, descriptors share cells. The Gaussian window gives each descriptor cells of its own.

    Parameters
    ----------
    n_columns, step, bin_size, offset : int
        Columns of the image, and the grid.
    window : {"flat", "gaussian"}
        The window.

    Returns
    -------
    blocks : int ndarray of shape (n_blocks, 4)
        First pixel and number of pixels of each block, its first descriptor and the one behind its last.
    sources : int ndarray of shape (n_blocks, n_phases, n_steps)
        The pixels of each block in the order in which runs want them: for each pixel of a step that matters, those a
        step apart. Beyond the image its border is repeated.
    windows : int ndarray of shape (n_runs,)
        The window of each run.
    run_taps : int ndarray of shape (2, n_runs, n_taps)
        The place of each tap of the first cell of a run in `sources`.
    slots : int ndarray of shape (2, n_slots)
        The run of each cell and its place there, in an order in which the four of a descriptor follow each other.
    first_slots : int ndarray of shape (n_x of a block,)
        The first slot of each descriptor.
    """
    starts = grid_starts(n_columns, step, bin_size, offset)
    reach = bin_size - 1
    reached = span(bin_size) + 2 * reach  # pixels of a descriptor
    n_blocks = max(1, round((len(starts) * step + reached) / BLOCK_PIXELS))
    x_begins = np.arange(0, len(starts), -(-len(starts) // n_blocks))
    x_ends = np.append(x_begins[1:], len(starts))
    n_x = x_ends[0]
    firsts, windows, slots, first_slots = _slots(n_x, step, bin_size, window)
    n_taps = cell_taps(bin_size, window)[0].shape[1]
    taps = firsts[:, None] + np.minimum(np.arange(n_taps), 2 * reach)
    phases, phases_of = np.unique(taps % step, return_inverse=True)
    run_taps = np.stack([phases_of.reshape(taps.shape), taps // step])
    n_steps = slots[1].max() + 1 + run_taps[1].max()
    lefts = starts[x_begins] - reach
    pixels = lefts[:, None, None] + phases[:, None] + step * np.arange(n_steps)
    n_pixels = min((n_x - 1) * step + reached, n_columns)
    lefts = np.clip(lefts, 0, n_columns - n_pixels)
    sources = np.clip(pixels - lefts[:, None, None], 0, n_pixels - 1)
    blocks = np.stack([lefts, np.full_like(lefts, n_pixels), x_begins, x_ends], axis=1)
    return tuple(map(read_only, (blocks, sources, windows, run_taps, slots, first_slots)))


def _slots(n_x, step, bin_size, window):
    """Return where each run starts and its window; and the slots, and the first slot of each of `n_x` descriptors."""
    offsets, descriptors = bin_size * np.arange(N_CELLS), np.arange(n_x)
    if window == "gaussian":
        slots = np.stack([np.tile(np.arange(N_CELLS), n_x), np.repeat(descriptors, N_CELLS)])
        return offsets, np.arange(N_CELLS), slots, N_CELLS * descriptors
    firsts = np.unique(offsets % step)
    centres = np.unique(step * descriptors[:, None] + offsets)
    centres = centres[np.lexsort((centres, centres % bin_size))]
    slots = np.stack([np.searchsorted(firsts, centres % step), centres // step])
    order = np.argsort(centres)
    return firsts, np.zeros_like(firsts), slots, order[np.searchsorted(centres, step * descriptors, sorter=order)]


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
        Row and window of each line of cells, by row.
    lines_of : int ndarray of shape (n_y, 4)
        The lines of each row of descriptors.
    n_made : int ndarray of shape (n_y,)
        How many lines must have been made for each row of descriptors.
    n_in_use : int
        How many lines in a row must be kept.
    """
    starts = grid_starts(n_rows, step, bin_size, offset)
    centres = starts[:, None] + bin_size * np.arange(N_CELLS)
    windows = np.arange(N_CELLS) if window == "gaussian" else np.zeros(N_CELLS, int)
    windows = np.broadcast_to(windows, centres.shape)
    lines, lines_of = np.unique(np.stack([centres.ravel(), windows.ravel()]), axis=1, return_inverse=True)
    lines_of = lines_of.reshape(centres.shape)
    n_made = lines_of.max(axis=1) + 1
    return read_only(lines), read_only(lines_of), read_only(n_made), int((n_made - lines_of.min(axis=1)).max())


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
    return read_only(taps.astype(np.float32)), read_only(cell_weights.astype(np.float32))
