"""The multi-class machine of Crammer and Singer, by dual descent over blocks of samples."""

import numpy as np

from ..kernels._crammer_singer import descend_crammer_singer
from ._dual_descent import INNER_PASSES, cut_into_blocks, multiply_samples
from ._solve import Solution

PASSES_BETWEEN_CHECKS = 10


def solve_crammer_singer(problem, tol, max_iter, random):
    """Minimise ``Σ |w_c|² / 2 + Σ cost max_c (1 - [c is own] + x · w_c - x · w_own)`` over the weights of all classes.

    Parameters
    ----------
    problem : Problem
        Its machines are the classes; a sample's cost is multiplied by the factor of its own class.
    tol : float
        Largest duality gap, as a share of the objective.
    max_iter : int
        Most passes over the samples.
    random : RandomState
        Puts the blocks in order.

    Returns
    -------
    solution : Solution
        The weights that were reached.
    """
    X, dtype = problem.X, problem.X.dtype
    codes, costs = problem.codes, problem.costs * problem.factors[problem.codes, 1]
    blocks = cut_into_blocks(*X.shape, X.itemsize)
    products = problem.run_in_threads(lambda rows: multiply_samples(problem, rows), blocks)
    block_costs = [costs[rows].astype(dtype) for rows in blocks]
    block_codes = [np.ascontiguousarray(codes[rows]) for rows in blocks]
    block_alphas = [np.zeros((problem.n_machines, len(part)), dtype) for part in block_codes]
    weights = np.zeros((problem.n_machines, X.shape[1] + 1))
    bias = dtype.type(problem.bias)
    n_iter, gap = 0, np.inf
    while n_iter < max_iter and gap > tol:
        n_passes = min(PASSES_BETWEEN_CHECKS, max_iter - n_iter)
        single = weights.astype(dtype)
        for i in np.concatenate([random.permutation(len(blocks)) for _ in range(n_passes)]):
            samples = X[blocks[i]]
            decisions = np.ascontiguousarray((samples @ single[:, :-1].T).T + bias * single[:, -1:])
            changes = np.empty_like(decisions)
            descend_crammer_singer(
                products[i], decisions, block_codes[i], block_costs[i], block_alphas[i], INNER_PASSES, changes
            )
            single[:, :-1] += changes @ samples
            single[:, -1] += bias * changes.sum(axis=1)
        n_iter += n_passes
        alphas = np.empty((problem.n_machines, problem.n_samples))
        for rows, part in zip(blocks, block_alphas, strict=True):
            alphas[:, rows] = part
        alphas -= alphas.mean(axis=0)  # rounding leaves them not quite at a sum of 0
        weights = problem.combine(alphas)
        gap = _find_gap(problem, weights, alphas, costs)
    return Solution(weights, gap, n_iter)


def _find_gap(problem, weights, alphas, costs):
    """Return the duality gap of weights that are the sums of samples times alphas, as a share of the objective."""
    decisions = problem.decide(weights, np.float64)
    own = problem.codes[None]
    violations = decisions + 1 - np.take_along_axis(decisions, own, axis=0)
    np.put_along_axis(violations, own, 0, axis=0)
    half = np.square(weights).sum() / 2
    objective = half + np.dot(costs, violations.max(axis=0))
    dual = np.take_along_axis(alphas, own, axis=0).sum() - half
    return float((objective - dual) / objective)
