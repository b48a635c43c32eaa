"""The samples within the margin of a machine, which make its Hessian."""

from contextlib import contextmanager
from queue import SimpleQueue

import numpy as np

from ..kernels._hessian import LARGEST_INTEGER, multiply_by_hessian, pack_samples, summarise_features

MOST_NOISE = 0.01  # what rounding may add to the squares of all values, as a share of them


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


class Packing:
    """Memory for packed samples of some machines at a time, and the steps between their integers.

    Parameters
    ----------
    summary : FeatureSummary
        What is known of the features.
    n_packed : int
        Most samples of a machine; none are packed where rounding would change them too much.
    n_buffers : int
        Machines at a time.
    """

    def __init__(self, summary, n_packed, n_buffers):
        self.scales = summary.scales
        self.buffers = SimpleQueue()
        for _ in range(n_buffers):
            n_rows = n_packed if summary.noise <= MOST_NOISE else 0
            self.buffers.put(np.empty((n_rows, len(summary.scales)), np.int8))

    @contextmanager
    def lend(self):
        """Lend the memory for a machine."""
        buffer = self.buffers.get()
        try:
            yield buffer
        finally:
            self.buffers.put(buffer)


class ActiveSamples:
    """Multiplies with ``I + Σ curvature x x'``, with as many samples as there is memory for packed into 8-bit integers.

    Memory's speed is what products wait for, and packed samples come from it four times as fast. That they are rounded
    changes a direction of Newton's method by less than its other approximations do.

    Parameters
    ----------
    problem : Problem
        The machines.
    rows : ndarray of shape (n_rows,), intp
        The samples.
    curvatures : ndarray of shape (n_rows,)
        What each counts for; the dtype is that of the products.
    scales : ndarray of shape (n_features,)
        Steps between integers.
    buffer : ndarray of shape (n, n_features), int8
        Lent by `Packing`: as many samples are packed.
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
