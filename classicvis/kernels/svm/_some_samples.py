"""Products with some samples, in the precision of what they are multiplied with."""

import numpy as np

from classicvis.kernels._jit import helper, inlined_helper, kernel, summing_helper

EIGHT = 8  # samples at a time


@kernel
def decide_some(X, rows, weights, bias, decisions):
    """Fill in the values of a decision function.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    rows : ndarray of shape (n_rows,), intp
        Those that are wanted.
    weights : ndarray of shape (n_features + 1,)
        Weights, the intercept's last; their dtype is that of the sums.
    bias : float
        A last feature of all samples: 1 with an intercept, else 0.
    decisions : ndarray of shape (n_rows,), dtype of `weights`
        Gets the values.
    """
    n_rows, n_features = len(rows), X.shape[1]
    features, offset = weights[:n_features], bias * weights[n_features]
    sums = np.empty(EIGHT, weights.dtype)
    for start in range(0, n_rows, EIGHT):
        multiply_eight(take_eight(X, rows, start, 0, n_features), features, sums)
        for i in range(start, min(start + EIGHT, n_rows)):
            decisions[i] = sums[i - start] + offset


@kernel
def combine_some(X, rows, coefficients, bias, sums):
    """Fill in the sum of some samples, with a coefficient for each.

    Parameters
    ----------
    X, rows, bias : ndarrays and float
        As in `decide_some`.
    coefficients : ndarray of shape (n_rows,)
        The coefficients; their dtype is that of the sums.
    sums : ndarray of shape (n_features + 1,), dtype of the coefficients
        Gets the sums.
    """
    n_features = X.shape[1]
    for j in range(n_features + 1):
        sums[j] = 0
    add_some(X, rows, coefficients, 0, n_features, sums[:n_features])
    for t in range(len(rows)):
        sums[n_features] += bias * coefficients[t]


@helper
def add_some(X, rows, coefficients, first, last, sums):
    """Add some samples, with a coefficient for each, to `sums`, from the first feature up to the last."""
    factors, zero = np.empty(EIGHT, coefficients.dtype), coefficients.dtype.type(0)
    for start in range(0, len(rows), EIGHT):
        for i in range(EIGHT):
            factors[i] = coefficients[start + i] if start + i < len(rows) else zero
        add_eight(take_eight(X, rows, start, first, last), factors, sums)


@inlined_helper
def take_eight(X, rows, start, first, last):
    """Return some features of eight samples; to make them up, the last sample is taken again.

    Memory delivers eight at once in less time than one after the other.
    """
    end = len(rows) - 1
    return (
        X[rows[start], first:last],
        X[rows[min(start + 1, end)], first:last],
        X[rows[min(start + 2, end)], first:last],
        X[rows[min(start + 3, end)], first:last],
        X[rows[min(start + 4, end)], first:last],
        X[rows[min(start + 5, end)], first:last],
        X[rows[min(start + 6, end)], first:last],
        X[rows[min(start + 7, end)], first:last],
    )


@summing_helper
def multiply_eight(samples, weights, sums):
    """Fill in the products of eight samples with weights."""
    x0, x1, x2, x3, x4, x5, x6, x7 = samples
    to_float = weights.dtype.type
    zero = to_float(0)
    s0, s1, s2, s3, s4, s5, s6, s7 = zero, zero, zero, zero, zero, zero, zero, zero
    for j in range(len(weights)):
        w = weights[j]
        s0 += to_float(x0[j]) * w
        s1 += to_float(x1[j]) * w
        s2 += to_float(x2[j]) * w
        s3 += to_float(x3[j]) * w
        s4 += to_float(x4[j]) * w
        s5 += to_float(x5[j]) * w
        s6 += to_float(x6[j]) * w
        s7 += to_float(x7[j]) * w
    sums[0], sums[1], sums[2], sums[3] = s0, s1, s2, s3
    sums[4], sums[5], sums[6], sums[7] = s4, s5, s6, s7


@summing_helper
def add_eight(samples, factors, sums):
    """Add eight samples, with a factor for each, to `sums`, which are read and written an eighth as often."""
    x0, x1, x2, x3, x4, x5, x6, x7 = samples
    to_float = factors.dtype.type
    a, b, c, d = factors[0], factors[1], factors[2], factors[3]
    e, f, g, h = factors[4], factors[5], factors[6], factors[7]
    for j in range(len(sums)):
        near = (a * to_float(x0[j]) + b * to_float(x1[j])) + (c * to_float(x2[j]) + d * to_float(x3[j]))
        sums[j] += near + ((e * to_float(x4[j]) + f * to_float(x5[j])) + (g * to_float(x6[j]) + h * to_float(x7[j])))
