"""Products with the Hessian ``I + Σ curvature x xᵀ``, a sum over the samples within the margin."""

from contextlib import contextmanager
from queue import SimpleQueue

import numpy as np

from classicvis.kernels.svm import LARGEST_INTEGER, multiply_by_hessian, pack_samples, summarise_features


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


MOST_NOISE = 0.01  # largest squared rounding error, as a share of the squares of all values


class Packing:
    """Buffers for samples that are packed into 8-bit integers, one for each binary problem in work.

    Parameters
    ----------
    summary : FeatureSummary
        Scales of the features, and the noise of rounding to them.
    n_packed : int
        Most samples of a binary problem. None are packed if rounding would change them too much.
    n_buffers : int
        Number of binary problems in work at the same time.
    """

    def __init__(self, summary, n_packed, n_buffers):
        self.scales = summary.scales
        self.buffers = SimpleQueue()
        for _ in range(n_buffers):
            n_rows = n_packed if summary.noise <= MOST_NOISE else 0
            self.buffers.put(np.empty((n_rows, len(summary.scales)), np.int8))

    @contextmanager
    def lend(self):
        """Give out a buffer, and take it back at the end."""
        buffer = self.buffers.get()
        try:
            yield buffer
        finally:
            self.buffers.put(buffer)


class ActiveSamples:
    """Multiplies vectors with ``I + Σ curvature x xᵀ``; as many samples as the buffer holds are packed into 8 bits.

    The products are limited by the speed of memory, and packed samples take a quarter of it. Their rounding changes a
    Newton direction by less than its other approximations do.

    Parameters
    ----------
    problem : Problem
        The binary problems.
    rows : ndarray of shape (n_rows,), intp
        The samples.
    curvatures : ndarray of shape (n_rows,)
        The curvature of each; products have the same dtype.
    scales : ndarray of shape (n_features,)
        Steps between integers.
    buffer : ndarray of shape (n, n_features), int8
        From `Packing.lend`; the first n samples are packed.
    """

    def __init__(self, problem, rows, curvatures, scales, buffer):
        packed = buffer[: len(rows)]
        packed_rows, rows = np.split(rows, [len(packed)])
        packed_curvatures, curvatures = np.split(curvatures, [len(packed)])
        pack_samples(problem.X, packed_rows, scales, packed)
        of_packed = packed, np.arange(len(packed)), packed_curvatures, scales
        self.parts = problem.X, rows, curvatures, *of_packed, curvatures.dtype.type(problem.bias)
        size, dtype = len(scales) + 1, curvatures.dtype
        self.work, self.product = np.empty((2, size), dtype), np.empty(size, dtype)

    def multiply(self, direction):
        """Return the product with a vector; each call writes to the same memory."""
        multiply_by_hessian(*self.parts, direction, self.work, self.product)
        return self.product
