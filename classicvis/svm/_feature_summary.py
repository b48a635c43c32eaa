"""What Newton's method wants to know of the features before it begins."""

import numpy as np

from classicvis.kernels.svm import LARGEST_INTEGER, summarise_features


class FeatureSummary:
    """What is known of the features of all samples.

    Parameters
    ----------
    problem : Problem
        The samples.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Their means.
    scales : ndarray of shape (n_features,)
        What the integer 1 stands for where samples are packed: the largest magnitude over the largest integer.
    noise : float
        What rounding to integers adds to the squares of all values, as a share of them.
    """

    def __init__(self, problem):
        X = problem.X

        def summarise(part):
            found = np.zeros((3, X.shape[1]), X.dtype)
            summarise_features(X[part], *found)
            return found

        parts = np.stack(problem.run_in_threads(summarise, problem.cut(len(X))))
        self.mean = parts[:, 0].sum(axis=0) / len(X)
        self.scales = parts[:, 2].max(axis=0) / X.dtype.type(LARGEST_INTEGER)
        squares = parts[:, 1].sum(axis=0, dtype=np.float64)
        rounding = np.square(self.scales.astype(np.float64)) / 12 * len(X)
        self.noise = rounding.sum() / max(squares.sum(), np.finfo(np.float64).tiny)
