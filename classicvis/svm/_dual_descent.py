"""Dual coordinate descent over blocks of samples, machines side by side: the quick way to near the minimum."""

import numpy as np

from ..kernels._combinations import add_combinations
from ..kernels._dual_descent import descend_one_vs_rest, pass_over_blocks
from ._problem import n_rows_of_small_product

SHARE = 0.05  # of the memory of X, that products within blocks may take
LEAST = 2**22  # bytes that they may take in any case
LARGEST_BLOCK = 512  # samples
N_PASSES = 4  # more are slower than Newton's method
INNER_PASSES = 2


def cut_into_blocks(problem):
    """Return slices of samples, each spread evenly over all of them, so that their order does not matter."""
    n_samples, n_features = problem.X.shape
    size = min(LARGEST_BLOCK, max(SHARE * n_features, LEAST / (n_samples * problem.X.itemsize), 16))
    size = min(size, n_rows_of_small_product(n_features, problem.n_machines) or size)
    n_blocks = -(-n_samples // int(size))
    return [slice(i, n_samples, n_blocks) for i in range(n_blocks)]


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
    X, dtype = problem.X, problem.X.dtype
    blocks = cut_into_blocks(problem)
    grams = _multiply_blocks(problem, blocks)
    order = np.concatenate([random.permutation(len(blocks)) for _ in range(n_passes)])
    weights = np.zeros((problem.n_machines, X.shape[1] + 1), dtype)
    alphas = np.zeros((problem.n_machines, problem.n_samples), dtype)
    diagonal, bias = dtype.type(0.5 if is_squared else 0), dtype.type(problem.bias)
    has_few_machines = n_rows_of_small_product(X.shape[1], problem.n_machines) > 0
    pass_over = pass_over_blocks if has_few_machines else _pass_over_large_blocks

    def descend_for(machines):
        signs = np.stack([problem.signs_of(c) for c in machines])
        costs = np.stack([problem.costs_of(c) for c in machines])
        part = slice(machines[0], machines[-1] + 1)
        of_machines = signs, costs, diagonal, INNER_PASSES, alphas[part], weights[part]
        pass_over(X, bias, len(blocks), order, grams, *of_machines)

    problem.run_in_threads(descend_for, [range(part.start, part.stop) for part in problem.cut(problem.n_machines)])
    return weights.astype(np.float64), alphas


def _multiply_blocks(problem, blocks):
    """Return the products within blocks, the first of which are the largest."""
    largest = -(-problem.n_samples // len(blocks))
    grams = np.empty((len(blocks), largest, largest), problem.X.dtype)

    def fill(i):
        products = multiply_samples(problem, blocks[i])
        grams[i, : len(products), : len(products)] = products

    problem.run_in_threads(fill, range(len(blocks)))
    return grams


def _pass_over_large_blocks(X, bias, n_blocks, order, grams, signs, costs, diagonal, n_passes, alphas, weights):
    """Do what `pass_over_blocks` does, with products by BLAS."""
    for block in order:
        samples = np.arange(block, len(X), n_blocks)
        part = slice(block, None, n_blocks)
        decisions = np.ascontiguousarray((X[part] @ weights[:, :-1].T).T + bias * weights[:, -1:])
        of_block = (np.ascontiguousarray(array[:, part]) for array in (signs, costs, alphas))
        block_signs, block_costs, block_alphas = of_block
        changes = np.empty_like(decisions)
        descend_one_vs_rest(
            grams[block], decisions, block_signs, block_costs, diagonal, block_alphas, n_passes, changes
        )
        alphas[:, part] = block_alphas
        add_combinations(X, samples, changes, weights)
        weights[:, -1] += bias * changes.sum(axis=1)
