"""Products with the Hessian of the squared hinge loss, which only the samples within the margin take part in."""

from ._jit import kernel, summing_helper


@kernel
def multiply_hessian(X, rows, ends, weights, bias, directions, products):
    """Compute ``Σ weight x (x · direction)`` over the samples of each machine; memory's speed is the limit.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    rows : ndarray of shape (n_rows,), int
        The samples of the first machine, those of the second, and so on.
    ends : ndarray of shape (n_machines,), int
        Where the samples of each machine end in `rows`.
    weights : ndarray of shape (n_rows,)
        The weight of each of `rows`.
    bias : float
        A last feature of all samples: 1 with an intercept, else 0.
    directions : ndarray of shape (n_machines, n_features + 1)
        A direction for each machine.
    products : ndarray of shape (n_machines, n_features + 1)
        Gets the results.
    """
    n_machines, n_features = directions.shape[0], directions.shape[1] - 1
    zero = directions.dtype.type(0)
    start = 0
    for c in range(n_machines):
        direction, product = directions[c, :n_features], products[c, :n_features]
        offset, total = bias * directions[c, n_features], zero
        for j in range(n_features):
            product[j] = 0
        t = start
        while t + 4 <= ends[c]:  # four at a time: the product is read and written a quarter as often
            total += add_four_rows(
                X[rows[t]],
                X[rows[t + 1]],
                X[rows[t + 2]],
                X[rows[t + 3]],
                weights[t : t + 4],
                offset,
                direction,
                product,
            )
            t += 4
        while t < ends[c]:
            total += add_row(X[rows[t]], weights[t], offset, direction, product)
            t += 1
        products[c, n_features] = bias * total
        start = ends[c]


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
