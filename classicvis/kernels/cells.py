"""Histograms of labels, cell by cell: what local binary patterns and colours are counted with."""

import numpy as np

from classicvis.kernels._jit import kernel


@kernel
def count_labels(labels, row_edges, column_edges, out):
    """Add to `out` how often each label occurs in each cell.

    Parameters
    ----------
    labels : int32 array of shape (n, h, w)
        Numbers from 0 to n_labels - 1.
    row_edges : int array of shape (r + 1,)
        The first row of each row of cells, and the end of the last.
    column_edges : int array of shape (c + 1,)
        The same for columns.
    out : int32 array of shape (n, r, c, n_labels)
        The counts.
    """
    for i in range(len(labels)):
        for cell_row in range(len(row_edges) - 1):
            for row in range(row_edges[cell_row], row_edges[cell_row + 1]):
                line = labels[i, row]
                for cell_column in range(len(column_edges) - 1):
                    counts = out[i, cell_row, cell_column]
                    for column in range(column_edges[cell_column], column_edges[cell_column + 1]):
                        counts[line[column]] += np.int32(1)
