"""Weights of functions that are linear, found by asking them."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

VALUES_AT_A_TIME = 2**22  # of the features that the function is asked about
N_CHECKED = 16  # random points at which it must be as linear as at the others
LARGEST_CHECKED = 0.4  # about what a feature of HOG is at most
TOLERANCE = 1e-6  # of the largest value that is added up


class LinearFunction(NamedTuple):
    """``f(x) = x @ weights + intercepts``."""

    weights: np.ndarray  # (n_features, n_outputs)
    intercepts: np.ndarray  # (n_outputs,)


def find_linear_function(function, n_features):
    """Find the weights of a linear function of features, at unit vectors and at zero.

    Any scaler, selection or projection and any linear classifier behind it can so be looked through, without knowing
    what it is.

    Parameters
    ----------
    function : callable
        ``function(features)`` takes float64 of shape (n, n_features), none below 0, which it may write over, and
        returns shape (n, n_outputs).
    n_features : int
        Number of features.

    Returns
    -------
    linear : LinearFunction or None
        The weights and the intercepts; None where the function is not linear.

    Examples
    --------
    >>> from classicvis.inspection._affine import find_linear_function
    >>> weights, intercepts = find_linear_function(lambda x: 3 * x[:, :1] - x[:, 1:] + 2, 2)
    >>> weights.tolist(), intercepts.tolist()
    ([[3.0], [-1.0]], [2.0])
    >>> find_linear_function(lambda x: x[:, :1] * x[:, 1:], 2) is None
    True
    """
    intercepts = function(np.zeros((1, n_features)))[0]
    weights = np.empty((n_features, len(intercepts)))
    for some in gen_batches(n_features, max(1, VALUES_AT_A_TIME // n_features)):
        units = np.zeros((some.stop - some.start, n_features))
        np.fill_diagonal(units[:, some], 1)
        weights[some] = function(units) - intercepts
    points = np.random.default_rng(0).uniform(0, LARGEST_CHECKED, size=(N_CHECKED, n_features))
    difference = np.abs(function(points.copy()) - (points @ weights + intercepts)).max()
    largest = (points @ np.abs(weights) + np.abs(intercepts)).max()
    return LinearFunction(weights, intercepts) if difference <= TOLERANCE * largest else None
