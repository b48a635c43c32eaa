"""Conjugate gradients, for the directions of Newton's method."""

import numpy as np

from classicvis.kernels.svm import advance, turn


def conjugate_gradients(multiply, condition, target, *, accuracy, most_steps):
    """Solve linear equations whose matrix is symmetric and positive definite.

    Parameters
    ----------
    multiply : callable
        Returns the product of the matrix and a vector; it may write to the same memory in each call.
    condition : callable or None
        Returns the product of the preconditioner, about the inverse of the matrix, and a vector.
    target : ndarray of shape (n,)
        The right side; overwritten.
    accuracy : float
        What may be left of the right side, as a share of it, in the preconditioner's norm.
    most_steps : int
        Most products with the matrix.

    Returns
    -------
    solution : ndarray of shape (n,), dtype of `target`
        The solution.
    n_steps : int
        How many products were taken.
    """
    to_float = target.dtype.type
    solution, residual = np.zeros_like(target), target
    towards = residual.copy() if condition is None else condition(residual)
    power = first = np.dot(residual, towards)
    n_steps = 0
    while n_steps < most_steps and power > accuracy**2 * first:
        square = advance(solution, residual, towards, multiply(towards), power)
        conditioned = residual if condition is None else condition(residual)
        new_power = to_float(square) if condition is None else np.dot(residual, conditioned)
        turn(towards, conditioned, to_float(new_power / power))
        power = new_power
        n_steps += 1
    return solution, n_steps
