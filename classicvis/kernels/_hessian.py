"""Products with the Hessian of the squared hinge loss, which only the samples within the margin take part in."""

from ._jit import kernel, summing_helper


@kernel
def multiply_hessian(X, rows, weights, bias, direction, product):
    """Compute ``Σ weight x (x · direction)`` over some samples; memory's speed is the limit.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    rows : ndarray of shape (n_rows,), int
        Those that take part.
    weights : ndarray of shape (n_rows,)
        The weight of each of `rows`.
    bias : float
        A last feature of all samples: 1 with an intercept, else 0.
    direction : ndarray of shape (n_features + 1,)
        The direction.
    product : ndarray of shape (n_features + 1,)
        Gets the result.
    """
    n_features = len(direction) - 1
    features, sums = direction[:n_features], product[:n_features]
    offset, total = bias * direction[n_features], direction.dtype.type(0)
    for j in range(n_features):
        sums[j] = 0
    t = 0
    while t + 4 <= len(rows):  # four at a time: the sums are read and written a quarter as often
        total += add_four_rows(
            X[rows[t]], X[rows[t + 1]], X[rows[t + 2]], X[rows[t + 3]], weights[t : t + 4], offset, features, sums
        )
        t += 4
    while t < len(rows):
        total += add_row(X[rows[t]], weights[t], offset, features, sums)
        t += 1
    product[n_features] = bias * total


@summing_helper
def add_four_rows(x0, x1, x2, x3, weights, offset, direction, product):
    s0, s1, s2, s3 = offset, offset, offset, offset
    for j in range(len(direction)):
        d = direction[j]
        s0 += x0[j] * d
        s1 += x1[j] * d
        s2 += x2[j] * d
        s3 += x3[j] * d
    s0, s1, s2, s3 = s0 * weights[0], s1 * weights[1], s2 * weights[2], s3 * weights[3]
    for j in range(len(direction)):
        product[j] += s0 * x0[j] + s1 * x1[j] + s2 * x2[j] + s3 * x3[j]
    return s0 + s1 + s2 + s3


@summing_helper
def add_row(x, weight, offset, direction, product):
    s = offset
    for j in range(len(direction)):
        s += x[j] * direction[j]
    s *= weight
    for j in range(len(direction)):
        product[j] += s * x[j]
    return s
