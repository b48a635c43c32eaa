"""`hog_glyphs`: histograms of oriented gradients as lines, one for each cell and orientation."""

import numpy as np

LENGTH = 0.9  # of a line, relative to the shorter side of a cell: lines of neighbouring cells do not touch


def hog_glyphs(cells, pixels_per_cell, angles=None):
    """Convert histograms of oriented gradients to lines along the edges.

    Parameters
    ----------
    cells : array-like of shape (cell rows, cell columns, orientations)
        Values of 0 or more, such as `positive` of a :class:`~classicvis.inspection.HOGScale`.
    pixels_per_cell : tuple of (int, int)
        Rows and columns of a cell.
    angles : array-like of shape (orientations,), default=None
        Directions of the gradients, in radians from the axis of columns towards the axis of rows. None uses the centres
        of equal bins over 180 degrees, as scikit-image does.

    Returns
    -------
    segments : ndarray of shape (n_lines, 2, 2), float64
        Both ends of each line, as (column, row) in pixels. (0, 0) is the centre of the first pixel, as in
        :meth:`matplotlib.axes.Axes.imshow`. A line is perpendicular to the gradients.
    strengths : ndarray of shape (n_lines,), float64
        The values in increasing order, so that strong lines are drawn over weak ones. Zeros have no line.

    Raises
    ------
    ValueError
        The shapes do not match, or a value is negative or not finite.

    See Also
    --------
    hog_weight_template : Cells of weights.
    HOGWeightsDisplay : Draws the lines.
    classicvis.features.hog : Draws the histograms of one image, in pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.inspection import hog_glyphs
    >>> cells = np.zeros((2, 3, 2))
    >>> cells[0, 1, 0] = 5  # gradients of 45 degrees, downwards to the right
    >>> segments, strengths = hog_glyphs(cells, (8, 8))
    >>> segments.round(1).tolist(), strengths.tolist()
    ([[[9.0, 6.0], [14.0, 1.0]]], [5.0])
    """
    cells = np.asarray(cells, dtype=np.float64)
    if cells.ndim != 3:
        raise ValueError(
            f"cells has the shape {cells.shape}, but must have three axes: cell rows, cell columns, orientations."
        )
    orientations = cells.shape[2]
    angles = (np.arange(orientations) + 0.5) * np.pi / orientations if angles is None else np.asarray(angles, float)
    if angles.shape != (orientations,):
        raise ValueError(
            f"angles has the shape {angles.shape}, but cells has {orientations} orientations: give as many."
        )
    if not (cells >= 0).all() or not np.isfinite(cells).all():
        raise ValueError(
            "cells has values below 0 or not finite, but must have finite values of at least 0: draw positive and "
            "negative parts separately."
        )
    rows, columns, bins = np.unravel_index(np.argsort(cells, axis=None, kind="stable"), cells.shape)
    strengths = cells[rows, columns, bins]
    shown = strengths > 0
    rows, columns, bins, strengths = rows[shown], columns[shown], bins[shown], strengths[shown]
    n_cell_rows, n_cell_columns = pixels_per_cell
    centres = np.stack([(columns + 0.5) * n_cell_columns, (rows + 0.5) * n_cell_rows], axis=1) - 0.5
    along = np.stack([np.sin(angles), -np.cos(angles)], axis=1)[bins]  # perpendicular to (cos, sin)
    reach = LENGTH * min(n_cell_rows, n_cell_columns) / 2 * along
    return np.stack([centres - reach, centres + reach], axis=1), strengths
