"""Conjugate gradients, for the directions of Newton's method."""

import numpy as np

from classicvis.kernels.svm import advance, turn

MOST_SAMPLES = 8000  # that stand for all
RANK = 200


class Preconditioner:
    """An approximation of ``I + Σ weight x x'``, kept as its leading eigenvectors (Frangella, Tropp and Udell, 2023).

    Parameters
    ----------
    problem : Problem
        Its samples.
    weights : ndarray of shape (n_samples,)
        A weight for each sample; most should not be 0.
    """

    def __init__(self, problem, weights):
        rows = np.flatnonzero(weights)
        total = weights.sum()
        rows = rows[:: max(1, len(rows) // MOST_SAMPLES)]
        weights = weights[rows] * (total / weights[rows].sum())
        n_features = problem.X.shape[1] + 1
        rank = min(RANK, n_features // 4, -(-problem.n_samples // 128))
        probes = np.random.default_rng(0).standard_normal((n_features, rank))  # any will do: only speed depends on them
        probes, _ = np.linalg.qr(probes)
        products = _multiply(problem, rows, weights, probes)
        shift = np.sqrt(n_features) * 1e-6 * np.linalg.norm(products)
        products += shift * probes
        lower = np.linalg.cholesky(_symmetric(probes.T @ products))
        factor = np.linalg.solve(lower, products.T).T
        squares, rotation = np.linalg.eigh(factor.T @ factor)
        squares = np.maximum(squares, np.finfo(float).tiny)
        values = np.maximum(squares - shift, 0)
        self.vectors = (factor @ (rotation / np.sqrt(squares))).astype(problem.X.dtype)
        self.gains = ((values[0] + 1) / (values + 1) - 1).astype(problem.X.dtype)

    def apply(self, direction):
        """Return the product of the inverse and a vector, up to a factor."""
        return direction + self.vectors @ (self.gains * (self.vectors.T @ direction))


def _multiply(problem, rows, weights, probes):
    single = probes.astype(problem.X.dtype)

    def add_up(part):
        products = np.zeros(probes.shape)
        for start in range(part.start, part.stop, 256):
            some = slice(start, min(start + 256, part.stop))
            samples = problem.X[rows[some]]
            sums = (samples @ single[:-1] + problem.bias * single[-1]) * weights[some, None].astype(single.dtype)
            products[:-1] += samples.T @ sums
            products[-1] += problem.bias * sums.sum(axis=0)
        return products

    return sum(problem.run_in_threads(add_up, problem.cut(len(rows))))


def _symmetric(matrix):
    return (matrix + matrix.T) / 2


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
