"""The RBF kernel between two sets of samples, in float32."""

import numpy as np


def squared_norms(points):
    """Return the squared norm of every row."""
    return np.einsum("ij,ij->i", points, points)


def rbf_between(left, left_squares, right, right_squares):
    """Return exp(-distance²) between all rows of two arrays.

    Parameters
    ----------
    left, right : ndarrays of shape (n, d) and (m, d), float32
        Samples.
    left_squares, right_squares : ndarrays of shape (n,) and (m,), float32
        Their squared norms.

    Returns
    -------
    values : ndarray of shape (n, m), float32
        The kernel.
    """
    values = left @ right.T
    values *= 2
    values -= left_squares[:, np.newaxis]
    values -= right_squares
    np.minimum(values, 0, out=values)  # of equal samples, where rounding may have left a little
    return np.exp(values, out=values)
