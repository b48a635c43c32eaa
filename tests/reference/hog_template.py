"""Weights behind HOG by hand: back through a scaler and a projection, and folded to cells, one weight at a time."""

import numpy as np


def unscale(coef, intercept, scaler, pca=None):
    """Return the weights and the intercept of a class, on features before ``scaler`` and ``pca``."""
    weights = coef.copy()
    if pca is not None:
        weights = weights @ pca.components_
        intercept = intercept - pca.mean_ @ weights
    weights = weights / scaler.scale_
    return weights, intercept - scaler.mean_ @ weights


def fold(blocks, sign):
    """Sum weights of one sign over all blocks that a cell lies in."""
    n_block_rows, n_block_columns, n_rows, n_columns, orientations = blocks.shape
    cells = np.zeros((n_block_rows + n_rows - 1, n_block_columns + n_columns - 1, orientations))
    for (block_row, block_column, row, column, k), weight in np.ndenumerate(blocks):
        if sign * weight > 0:
            cells[block_row + row, block_column + column, k] += sign * weight
    return cells
