"""The samples within the margin of a machine, which make its Hessian."""

import numpy as np

from ..kernels._hessian import LARGEST_INTEGER, add_hessian_product, pack_samples

PATIENCE = 2  # products before samples are packed, which takes as long as two of them


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
    n_packed : int, default=0
        Most samples that are packed.
    scales : ndarray of shape (n_features,), default=None
        The step between integers, for each feature.
    """

    def __init__(self, problem, rows, curvatures, n_packed=0, scales=None):
        self.problem = problem
        self.rows = rows
        self.curvatures = curvatures
        self.scales = scales
        self.n_packed = min(n_packed, len(rows))
        self.packed = None
        self.n_products = 0
        self.product, self.packed_product = np.empty((2, problem.X.shape[1] + 1), curvatures.dtype)

    def multiply(self, direction):
        """Return the product with a vector; each call writes to the same memory."""
        if self.n_products == PATIENCE and self.n_packed:
            self.packed = np.empty((self.n_packed, len(self.scales)), np.int16)
            pack_samples(self.problem.X, self.rows[: self.n_packed], self.scales, self.packed)
        self.n_products += 1
        n_packed = 0 if self.packed is None else self.n_packed
        bias = direction.dtype.type(self.problem.bias)
        np.copyto(self.product, direction)
        plain = self.rows[n_packed:], self.curvatures[n_packed:]
        add_hessian_product(self.problem.X, *plain, bias, direction, self.product)
        if n_packed:
            scales = np.append(self.scales, direction.dtype.type(1))
            self.packed_product[:] = 0
            packed = np.arange(n_packed), self.curvatures[:n_packed]
            add_hessian_product(self.packed, *packed, bias, direction * scales, self.packed_product)
            self.product += self.packed_product * scales
        return self.product


def find_scales(X):
    """Return the largest magnitude of each feature over the largest integer."""
    return np.maximum(X.max(axis=0), -X.min(axis=0)) / X.dtype.type(LARGEST_INTEGER)
