"""Products with the Hessian of the squared hinge loss, which only the samples within the margin take part in."""

import numpy as np

from classicvis.kernels._jit import helper, kernel, summing_helper
from classicvis.kernels.svm._some_samples import EIGHT, add_eight, multiply_eight, take_eight

LARGEST_INTEGER = 127  # of 8 bits
TO_NEAREST = 128.5  # added before the fraction is cut off, and 128 subtracted after
SMALLEST_SCALE = 1e-30  # features of smaller values add nothing to a Hessian


@kernel
def summarise_features(X, sums, squares, largest):
    """Add up the values and squares of each feature, and find the largest magnitude.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    sums, squares, largest : ndarrays of shape (n_features,)
        Get what is found beyond what they hold.
    """
    last = len(X) - 1
    for i in range(0, len(X), 4):  # four at a time: memory delivers more at once
        summarise_four(
            X[i], X[min(i + 1, last)], X[min(i + 2, last)], X[min(i + 3, last)], last - i, sums, squares, largest
        )


@summing_helper
def summarise_four(x0, x1, x2, x3, n_more, sums, squares, largest):
    """Take in one sample, and as many more as there are."""
    zero, one = x0.dtype.type(0), x0.dtype.type(1)
    f1, f2, f3 = one if n_more > 0 else zero, one if n_more > 1 else zero, one if n_more > 2 else zero
    for j in range(len(x0)):
        a, b, c, d = x0[j], f1 * x1[j], f2 * x2[j], f3 * x3[j]
        sums[j] += (a + b) + (c + d)
        squares[j] += (a * a + b * b) + (c * c + d * d)
        largest[j] = max(max(abs(a), abs(b)), max(max(abs(c), abs(d)), largest[j]))


@kernel
def pack_samples(X, rows, scales, packed):
    """Write samples as integers: their values over the scales, rounded.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    rows : ndarray of shape (n_rows,), intp
        Those that are written.
    scales : ndarray of shape (n_features,)
        What 1 stands for in each feature; values must be at most 127 of it.
    packed : ndarray of shape (n_rows, n_features), int8
        Gets the integers.
    """
    factors = np.empty(len(scales), scales.dtype)
    for j in range(len(scales)):
        factors[j] = 1 / scales[j] if scales[j] > SMALLEST_SCALE else 0
    end = len(rows) - 1
    for t in range(0, len(rows), 4):  # four at a time: memory delivers more at once; the last one makes them up
        i, j, k, m = t, min(t + 1, end), min(t + 2, end), min(t + 3, end)
        x0, x1, x2, x3 = X[rows[i]], X[rows[j]], X[rows[k]], X[rows[m]]
        round_four(x0, x1, x2, x3, factors, packed[i], packed[j], packed[k], packed[m])


@summing_helper
def round_four(x0, x1, x2, x3, factors, q0, q1, q2, q3):
    half = factors.dtype.type(TO_NEAREST)
    for j in range(len(factors)):
        factor = factors[j]
        q0[j] = np.int32(x0[j] * factor + half) - 128
        q1[j] = np.int32(x1[j] * factor + half) - 128
        q2[j] = np.int32(x2[j] * factor + half) - 128
        q3[j] = np.int32(x3[j] * factor + half) - 128


@kernel
def multiply_by_hessian(
    X, rows, weights, packed, packed_rows, packed_weights, scales, bias, direction, scaled, product
):
    """Fill in ``direction + Σ weight x (x · direction)`` over some samples; memory's speed is the limit.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    rows : ndarray of shape (n_rows,), intp
        Those that take part.
    weights : ndarray of shape (n_rows,)
        The weight of each of `rows`.
    packed : ndarray of shape (n_packed, n_features), int8
        Packed samples.
    packed_rows : ndarray of shape (n_packed,), intp
        Those that take part, too.
    packed_weights : ndarray of shape (n_packed,)
        The weight of each of them.
    scales : ndarray of shape (n_features,)
        What 1 stands for in packed samples.
    bias : float
        A last feature of all samples: 1 with an intercept, else 0.
    direction : ndarray of shape (n_features + 1,)
        The direction.
    scaled : ndarray of shape (2, n_features + 1)
        Memory for the direction and the product in units of the scales.
    product : ndarray of shape (n_features + 1,)
        Gets the result.
    """
    n_features = len(scales)
    for j in range(n_features + 1):
        product[j] = direction[j]
    add_hessian_product(X, rows, weights, bias, direction, product)
    if len(packed_rows) > 0:
        scaled_direction, scaled_product = scaled[0], scaled[1]
        for j in range(n_features):
            scaled_direction[j] = direction[j] * scales[j]
            scaled_product[j] = 0
        scaled_direction[n_features], scaled_product[n_features] = direction[n_features], 0
        add_hessian_product(packed, packed_rows, packed_weights, bias, scaled_direction, scaled_product)
        for j in range(n_features):
            product[j] += scaled_product[j] * scales[j]
        product[n_features] += scaled_product[n_features]


@helper
def add_hessian_product(X, rows, weights, bias, direction, product):
    """Add ``Σ weight x (x · direction)`` over some samples, maybe packed, to `product`."""
    n_features = len(direction) - 1
    features, sums = direction[:n_features], product[:n_features]
    offset, total = bias * direction[n_features], direction.dtype.type(0)
    factors, zero = np.empty(EIGHT, direction.dtype), direction.dtype.type(0)
    for start in range(0, len(rows), EIGHT):
        samples = take_eight(X, rows, start, 0, n_features)
        multiply_eight(samples, features, factors)
        for i in range(EIGHT):
            weight = weights[start + i] if start + i < len(rows) else zero
            factors[i] = (factors[i] + offset) * weight
            total += factors[i]
        add_eight(samples, factors, sums)
    product[n_features] += bias * total
