"""Dual coordinate descent over blocks of samples, for all binary problems together: a quick start for Newton's method.

The dual of the squared hinge loss is to minimise ``|Σ α s x|² / 2 + Σ α² / (4 c) - Σ α`` over α >= 0, that of the hinge
loss ``|Σ α s x|² / 2 - Σ α`` over 0 <= α <= c. One coordinate is minimised exactly at a time (Hsieh et al., ICML 2008,
algorithm 1). Within a block the products of its samples with one another are known, so that decision values change by
additions alone; between blocks w = Σ α s x is updated by matrix products.
"""

from functools import partial

import numpy as np

from classicvis.kernels.svm import add_combinations, descend_one_vs_rest, pass_over_blocks
from classicvis.svm._problem import n_rows_of_small_product

SHARE = 0.05  # largest share of X's memory for the products within blocks
LEAST = 2**22  # bytes that these products may always have
LARGEST_BLOCK = 256  # samples; the products of larger blocks leave the cache
FEW_PASSES = 3  # over blocks that stay in the cache, and within each of them; more are slower than Newton's method
MANY_PASSES = 1  # over large blocks
INNER_PASSES = 10  # within each
ENOUGH_FEATURES = 2048  # for the start: with more, some are left out
CHUNK = 16  # features that stay together where others are left out


def cut_into_blocks(problem):
    """Return slices of samples, each spread evenly over all of them, so that their order does not matter."""
    n_samples, n_features = problem.X.shape
    size = min(LARGEST_BLOCK, max(SHARE * n_features, LEAST / (n_samples * problem.X.itemsize), 16))
    size = min(size, n_rows_of_small_product(n_features, problem.n_machines) or size)
    n_blocks = -(-n_samples // int(size))
    return [slice(i, n_samples, n_blocks) for i in range(n_blocks)]


def multiply_samples(samples, bias):
    """Return the products of samples with one another, with the intercept's share."""
    return samples @ samples.T + samples.dtype.type(bias)


def descend(problem, is_squared, most_passes, random):
    """Make some passes over the samples.

    Parameters
    ----------
    problem : Problem
        The binary problems.
    is_squared : bool
        Whether the hinge loss is squared.
    most_passes : int
        Most passes to make.
    random : RandomState
        Puts the blocks in order.

    Returns
    -------
    weights : ndarray of shape (n_machines, n_features + 1)
        Weights, the intercept's last.
    alphas : ndarray of shape (n_machines, n_samples)
        Dual variables.
    n_passes : int
        Passes that were made.
    """
    X, dtype = problem.X, problem.X.dtype
    has_few_machines = n_rows_of_small_product(X.shape[1], problem.n_machines) > 0
    if has_few_machines:
        pass_over, most, inner_passes, step = pass_over_blocks, FEW_PASSES, FEW_PASSES, 1
    else:
        step = max(1, X.shape[1] // ENOUGH_FEATURES)
        pass_over, most, inner_passes = partial(_pass_over_large_blocks, step=step), MANY_PASSES, INNER_PASSES
    n_passes = min(most, most_passes)
    blocks = cut_into_blocks(problem)
    grams = _multiply_blocks(problem, blocks, step)
    order = np.concatenate([random.permutation(len(blocks)) for _ in range(n_passes)])
    weights = np.zeros((problem.n_machines, thin(X[:1], step).shape[1] + 1), dtype)
    alphas = np.zeros((problem.n_machines, problem.n_samples), dtype)
    diagonal, bias = dtype.type(0.5 if is_squared else 0), dtype.type(problem.bias)

    def descend_for(part):
        machines = range(part.start, part.stop)
        signs = np.stack([problem.signs_of(c) for c in machines])
        costs = np.stack([problem.costs_of(c) for c in machines])
        of_machines = signs, costs, diagonal, inner_passes, alphas[part], weights[part]
        pass_over(X, bias, len(blocks), order, grams, *of_machines)

    problem.run_in_threads(descend_for, problem.cut(problem.n_machines))
    if step > 1:
        del grams  # and their memory is free
        weights = _weigh(problem, alphas)
    return weights, alphas, n_passes


def thin(samples, step):
    """Return a part of the features, so scaled that products of samples are about the same."""
    if step == 1:
        return samples
    n_samples, n_features = samples.shape
    n_chunks = n_features // CHUNK
    chunks = samples[:, : n_chunks * CHUNK].reshape(n_samples, n_chunks, CHUNK)[:, ::step]
    thinned = chunks.reshape(n_samples, -1)
    thinned *= samples.dtype.type(np.sqrt(n_features / thinned.shape[1]))
    return thinned


def _multiply_blocks(problem, blocks, step):
    """Return the products within blocks, the first of which are the largest."""
    largest = -(-problem.n_samples // len(blocks))
    grams = np.empty((len(blocks), largest, largest), problem.X.dtype)

    def fill(part):
        for gram, rows in zip(grams[part], blocks[part], strict=True):
            products = multiply_samples(thin(problem.X[rows], step), problem.bias)
            gram[: len(products), : len(products)] = products

    problem.run_in_threads(fill, problem.cut(len(blocks)))
    return grams


def _pass_over_large_blocks(X, bias, n_blocks, order, grams, signs, costs, diagonal, n_passes, alphas, weights, step=1):
    """Do what `pass_over_blocks` does, with products by BLAS; `grams` and `weights` belong to thinned features."""
    for block in order:
        part = slice(block, None, n_blocks)
        samples = thin(X[part], step)
        decisions = np.ascontiguousarray((samples @ weights[:, :-1].T).T + bias * weights[:, -1:])
        of_block = (np.ascontiguousarray(array[:, part]) for array in (signs, costs, alphas))
        block_signs, block_costs, block_alphas = of_block
        changes = np.empty_like(decisions)
        descend_one_vs_rest(
            grams[block], decisions, block_signs, block_costs, diagonal, block_alphas, n_passes, changes
        )
        alphas[:, part] = block_alphas
        used = (X, np.arange(len(X))[part]) if step == 1 else (samples, np.arange(len(samples)))
        add_combinations(*used, changes, weights)
        weights[:, -1] += bias * changes.sum(axis=1)


def _weigh(problem, alphas):
    """Return the weights that dual variables make."""
    weights = np.empty((problem.n_machines, problem.X.shape[1] + 1), problem.X.dtype)
    for group in problem.group(range(problem.n_machines), problem.X.dtype):
        signed = np.stack([problem.signs_of(c) * alphas[c] for c in group])
        problem.combine(signed, weights[group.start : group.stop])
    return weights
