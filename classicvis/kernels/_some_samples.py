"""Products with some samples, in the precision of what they are multiplied with."""

import numpy as np

from ._jit import helper, kernel, summing_helper


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
    sums = np.empty(8, weights.dtype)
    for start in range(0, n_rows, 8):  # eight at a time: to make them up, the last one is taken again
        t, last = start, n_rows - 1
        x0, x1 = X[rows[t]], X[rows[min(t + 1, last)]]
        x2, x3 = X[rows[min(t + 2, last)]], X[rows[min(t + 3, last)]]
        x4, x5 = X[rows[min(t + 4, last)]], X[rows[min(t + 5, last)]]
        x6, x7 = X[rows[min(t + 6, last)]], X[rows[min(t + 7, last)]]
        multiply_eight(x0, x1, x2, x3, x4, x5, x6, x7, features, sums)
        for i in range(start, min(start + 8, n_rows)):
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
    add_some(X, rows, coefficients, sums[:n_features])
    for t in range(len(rows)):
        sums[n_features] += bias * coefficients[t]


@helper
def add_some(X, rows, coefficients, sums):
    """Add some samples, with a coefficient for each, to `sums`."""
    t = 0
    while t + 8 <= len(rows):
        x0, x1, x2, x3 = X[rows[t]], X[rows[t + 1]], X[rows[t + 2]], X[rows[t + 3]]
        x4, x5, x6, x7 = X[rows[t + 4]], X[rows[t + 5]], X[rows[t + 6]], X[rows[t + 7]]
        add_eight_samples(x0, x1, x2, x3, x4, x5, x6, x7, coefficients[t : t + 8], sums)
        t += 8
    while t < len(rows):
        add_sample(X[rows[t]], coefficients[t], sums)
        t += 1


@summing_helper
def multiply_eight(x0, x1, x2, x3, x4, x5, x6, x7, weights, sums):
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
def add_eight_samples(x0, x1, x2, x3, x4, x5, x6, x7, coefficients, sums):
    to_float = coefficients.dtype.type
    a, b, c, d = coefficients[0], coefficients[1], coefficients[2], coefficients[3]
    e, f, g, h = coefficients[4], coefficients[5], coefficients[6], coefficients[7]
    for j in range(len(sums)):
        near = (a * to_float(x0[j]) + b * to_float(x1[j])) + (c * to_float(x2[j]) + d * to_float(x3[j]))
        sums[j] += near + ((e * to_float(x4[j]) + f * to_float(x5[j])) + (g * to_float(x6[j]) + h * to_float(x7[j])))


@summing_helper
def add_sample(x, coefficient, sums):
    for j in range(len(sums)):
        sums[j] += coefficient * x[j]
