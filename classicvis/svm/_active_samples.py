"""The samples within the margin of a machine, which make its Hessian."""

from contextlib import contextmanager
from functools import cached_property
from queue import SimpleQueue

import numpy as np

from ..kernels._hessian import LARGEST_INTEGER, add_hessian_product, pack_samples

PATIENCE = 2  # products before samples are packed, which takes as long as two of them


class Packing:
    """Memory for packed samples of some machines at a time, and the steps between their integers.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        All samples.
    n_packed : int
        Most samples of a machine; 0 packs none.
    n_buffers : int
        Machines at a time.
    """

    def __init__(self, X, n_packed, n_buffers):
        self.X = X
        self.buffers = SimpleQueue()
        for _ in range(n_buffers):
            self.buffers.put(np.empty((n_packed, X.shape[1]), np.int16))

    @cached_property
    def scales(self):
        """What the integer 1 stands for in each feature: its largest magnitude over the largest integer."""
        return np.maximum(self.X.max(axis=0), -self.X.min(axis=0)) / self.X.dtype.type(LARGEST_INTEGER)

    @contextmanager
    def lend(self):
        """Lend the memory for a machine."""
        buffer = self.buffers.get()
        try:
            yield buffer
        finally:
            self.buffers.put(buffer)


class ActiveSamples:
    """Multiplies with ``I + Σ curvature x x'``; after some products, samples are packed into 16-bit integers.

    Memory's speed is what products wait for, and packed samples come from it twice as fast. That they are rounded
    changes a direction of Newton's method by less than its other approximations do.

    Parameters
    ----------
    problem : Problem
        The machines.
    rows : ndarray of shape (n_rows,), intp
        The samples.
    curvatures : ndarray of shape (n_rows,)
        What each counts for; the dtype is that of the products.
    packing : Packing
        Tells the scales.
    buffer : ndarray of shape (n, n_features), int16
        Lent by `packing`: as many samples are packed.
    """

    def __init__(self, problem, rows, curvatures, packing, buffer):
        self.problem = problem
        self.rows = rows
        self.curvatures = curvatures
        self.packing = packing
        self.packed = buffer[: len(rows)]
        self.n_packed = 0  # so far
        self.n_products = 0
        self.product, self.packed_product = np.empty((2, problem.X.shape[1] + 1), curvatures.dtype)

    def multiply(self, direction):
        """Return the product with a vector; each call writes to the same memory."""
        if self.n_products == PATIENCE and len(self.packed) > 0:
            self.n_packed = len(self.packed)
            pack_samples(self.problem.X, self.rows[: self.n_packed], self.packing.scales, self.packed)
        self.n_products += 1
        bias = direction.dtype.type(self.problem.bias)
        np.copyto(self.product, direction)
        plain = self.rows[self.n_packed :], self.curvatures[self.n_packed :]
        add_hessian_product(self.problem.X, *plain, bias, direction, self.product)
        if self.n_packed > 0:
            scales = np.append(self.packing.scales, direction.dtype.type(1))
            self.packed_product[:] = 0
            packed = np.arange(self.n_packed), self.curvatures[: self.n_packed]
            add_hessian_product(self.packed, *packed, bias, direction * scales, self.packed_product)
            self.product += self.packed_product * scales
        return self.product
