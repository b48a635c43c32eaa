"""Updates of vectors in the method of conjugate gradients, each in one pass."""

from classicvis.kernels._jit import kernel, summing_helper


@kernel
def advance(solution, residual, towards, product, power):
    """Go along a direction to where the residual has no part in it, and return the square of the residual there.

    Parameters
    ----------
    solution, residual : ndarrays of shape (n,)
        What was reached, and what is left of the right side; updated.
    towards, product : ndarrays of shape (n,)
        The direction, and its product with the matrix.
    power : float
        The product of the residual and what it was conditioned to.
    """
    length = power / multiply(towards, product)
    move(solution, residual, towards, product, length)
    return multiply(residual, residual)


@kernel
def turn(towards, conditioned, ratio):
    """Replace a direction by the sum of the conditioned residual and a share of it."""
    for i in range(len(towards)):
        towards[i] = conditioned[i] + ratio * towards[i]


@summing_helper
def multiply(x, y):
    total = x.dtype.type(0)
    for i in range(len(x)):
        total += x[i] * y[i]
    return total


@summing_helper
def move(solution, residual, towards, product, length):
    for i in range(len(solution)):
        solution[i] += length * towards[i]
        residual[i] -= length * product[i]
