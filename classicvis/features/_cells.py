"""A grid of cells over an image, and one normalised histogram of labels for each cell."""

import numpy as np

from classicvis.kernels.cells import count_labels

NORMS = ("L1", "L1-sqrt", "L2")
PIXELS_AT_A_TIME = 2**18  # whose labels are held in memory


def cell_edges(size, n_cells):
    """Return where the cells of an axis begin, and the end: as alike in size as whole pixels allow."""
    return np.arange(n_cells + 1) * size // n_cells


def slices_of(images):
    """Yield slices of images that have about `PIXELS_AT_A_TIME` pixels together, so that memory stays bounded."""
    step = max(1, PIXELS_AT_A_TIME // (images.shape[1] * images.shape[2]))
    for first in range(0, len(images), step):
        yield slice(first, first + step)


def cell_histograms(fill_labels, images, n_labels, grid, n_planes=1):
    """Count labels in the cells of images.

    Parameters
    ----------
    fill_labels : callable
        ``fill_labels(images, labels)`` writes the labels of images, int32 of shape (n_planes, n, h, w).
    images : ndarray of shape (n, h, w, ...)
        Images of at least one pixel a cell.
    n_labels : int
        Labels are smaller than this.
    grid : tuple of (int, int)
        Rows and columns of cells.
    n_planes : int, default=1
        Labels of a pixel.

    Returns
    -------
    counts : ndarray of shape (n, rows of cells, columns of cells, n_labels), int32
        How often each label occurs in each cell.
    """
    shape = images.shape[1:3]
    counts = np.zeros((len(images), *grid, n_labels), np.int32)
    edges = [cell_edges(size, n_cells) for size, n_cells in zip(shape, grid, strict=True)]
    labels = np.empty((n_planes, len(images), *shape), np.int32)
    fill_labels(images, labels)
    for plane in labels:
        count_labels(plane, *edges, counts)
    return counts


def normalise_counts(counts, norm, out):
    """Write the histograms along the last axis of `counts`, each of which has a count, into `out`.

    ``'L1'`` divides by the sum, ``'L1-sqrt'`` takes the square root of that, ``'L2'`` divides by the Euclidean norm.
    """
    counts = counts.astype(np.float64)
    if norm == "L2":
        np.divide(counts, np.sqrt(_sum_of_squares(counts)), out=out, casting="same_kind")
        return
    np.divide(counts, counts.sum(axis=-1, keepdims=True), out=out, casting="same_kind")
    if norm == "L1-sqrt":
        np.sqrt(out, out=out)


def _sum_of_squares(counts):
    """Return the sums of squares along the last axis: whole numbers, exact in any order."""
    return np.square(counts).sum(axis=-1, keepdims=True)
