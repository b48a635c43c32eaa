"""A Hessian's leading part from random products: with it, conjugate gradients need few steps."""

import numpy as np

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
