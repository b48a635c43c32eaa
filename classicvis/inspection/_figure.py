"""Figures and axes for displays; matplotlib is imported here alone, when something is drawn."""

import numpy as np

from classicvis._optional import import_optional


def import_pyplot():
    """Return matplotlib.pyplot, or raise an ImportError that names the extra that brings it."""
    return import_optional("matplotlib.pyplot", extra="plot", purpose="Drawing a display")


def make_axes(shape, axes, panel_size):
    """Make a grid of axes, or arrange those that are given in one.

    Parameters
    ----------
    shape : tuple of (int, int)
        Rows and columns of the grid.
    axes : array-like of matplotlib.axes.Axes or None
        What is given; None makes a figure.
    panel_size : tuple of (float, float)
        Width and height of each axes of a new figure, in inches.

    Returns
    -------
    axes : ndarray of matplotlib.axes.Axes, of shape `shape`
        The grid.

    Raises
    ------
    ValueError
        Another number of axes is given than is needed.
    ImportError
        matplotlib is missing.
    """
    if axes is None:
        n_rows, n_columns = shape
        size = n_columns * panel_size[0], n_rows * panel_size[1]
        return import_pyplot().subplots(n_rows, n_columns, figsize=size, squeeze=False, layout="constrained")[1]
    axes = np.asarray(axes, dtype=object)
    if axes.size != np.prod(shape):
        raise ValueError(
            f"axes has {axes.size} axes, but {shape[0]} rows of {shape[1]} are drawn: give as many, or leave axes out."
        )
    return axes.reshape(shape)
