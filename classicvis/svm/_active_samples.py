"""The samples within the margin of a machine, which make its Hessian."""

from contextlib import contextmanager
from queue import SimpleQueue

import numpy as np

from classicvis.kernels.svm import multiply_by_hessian, pack_samples

MOST_NOISE = 0.01  # what rounding may add to the squares of all values, as a share of them


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
