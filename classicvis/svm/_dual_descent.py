"""Dual coordinate descent over blocks of samples, machines side by side: the quick way to near the minimum."""

import numpy as np

from ..kernels._dual_descent import descend_one_vs_rest

SHARE = 0.05  # of the memory of X, that products within blocks may take
LEAST = 2**22  # bytes that they may take in any case
LARGEST_BLOCK = 512  # samples
N_PASSES = 4  # more are slower than Newton's method
INNER_PASSES = 2


def cut_into_blocks(n_samples, n_features, itemsize):
    """Return slices of samples, each spread evenly over all of them, so that their order does not matter."""
    size = max(SHARE * n_features, LEAST / (n_samples * itemsize), 16)
    n_blocks = -(-n_samples // int(min(size, LARGEST_BLOCK)))
    return [slice(i, None, n_blocks) for i in range(n_blocks)]


def multiply_samples(problem, rows):
    """Return the products of samples with one another, with the intercept's share."""
    samples = problem.X[rows]
    return samples @ samples.T + problem.X.dtype.type(problem.bias)


def descend(problem, is_squared, n_passes, random):
    """Make some passes over the samples.

    Parameters
    ----------
    problem : Problem
        The machines.
    is_squared : bool
        Whether the hinge loss is squared.
    n_passes : int
        Passes to make.
    random : RandomState
        Puts the blocks in order.

    Returns
    -------
    weights : ndarray of shape (n_machines, n_features + 1), float64
        Weights, the intercept's last.
    alphas : ndarray of shape (n_machines, n_samples)
        Dual variables.
    """
    X = problem.X
    blocks = cut_into_blocks(*X.shape, X.itemsize)
    products = problem.run_in_threads(lambda rows: multiply_samples(problem, rows), blocks)
    order = np.concatenate([random.permutation(len(blocks)) for _ in range(n_passes)])
    weights = np.zeros((problem.n_machines, X.shape[1] + 1), X.dtype)
    alphas = np.zeros((problem.n_machines, problem.n_samples), X.dtype)
    diagonal, bias = X.dtype.type(0.5 if is_squared else 0), X.dtype.type(problem.bias)

    def pass_over(machines):
        part = slice(machines[0], machines[-1] + 1)
        signs, costs = (
            [np.stack([values_of(c, rows) for c in machines]) for rows in blocks]
            for values_of in (problem.signs_of, problem.costs_of)
        )
        w = weights[part]
        for i in order:
            samples = X[blocks[i]]
            decisions = np.ascontiguousarray((samples @ w[:, :-1].T).T + bias * w[:, -1:])
            block_alphas = np.ascontiguousarray(alphas[part, blocks[i]])
            changes = np.empty_like(decisions)
            descend_one_vs_rest(
                products[i], decisions, signs[i], costs[i], diagonal, block_alphas, INNER_PASSES, changes
            )
            alphas[part, blocks[i]] = block_alphas
            w[:, :-1] += changes @ samples
            w[:, -1] += bias * changes.sum(axis=1)

    problem.run_in_threads(pass_over, [range(part.start, part.stop) for part in problem.cut(problem.n_machines)])
    return weights.astype(np.float64), alphas
