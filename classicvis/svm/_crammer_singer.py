"""The multi-class problem of Crammer and Singer: dual descent over blocks of samples, then Newton's method."""

import numpy as np

from classicvis.kernels.svm import descend_crammer_singer
from classicvis.svm._crammer_singer_newton import CrammerSingerNewton
from classicvis.svm._dual_descent import cut_into_blocks, multiply_samples
from classicvis.svm._solve import Solution, show_progress

PASSES_BETWEEN_CHECKS = 10
INNER_PASSES = 2  # within each block
QUICK = 0.5  # what ten passes should leave of the gap, or Newton's method takes over


def solve_crammer_singer(problem, tol, max_iter, random, verbose=False):
    """Minimise ``Σ |w_c|² / 2 + Σ cost max_c (1 - [c is own] + x · w_c - x · w_own)`` over the weights of all classes.

    Parameters
    ----------
    problem : Problem
        Its binary problems are the classes; a sample's cost is multiplied by the factor of its own class.
    tol : float
        Largest duality gap, as a share of the objective.
    max_iter : int
        Most passes over the samples.
    random : RandomState
        Puts the blocks in order.
    verbose : bool, default=False
        Show the gap on the way.

    Returns
    -------
    solution : Solution
        The weights that were reached.
    """
    costs = problem.costs * problem.factors[problem.codes, 1]
    with show_progress(verbose) as bar:
        descent = DualDescent(problem, costs, random)
        while descent.n_passes < max_iter and descent.gap > tol and descent.is_quick:
            bar.update(descent.descend(max_iter))
            bar.set_postfix(gap=f"{descent.gap:.1e}", refresh=False)
        if descent.gap <= tol or descent.n_passes == max_iter:
            return Solution(descent.weights, descent.gap, descent.n_passes)
        newton = CrammerSingerNewton(problem, costs, descent.weights, descent.alphas)
        n_iter = descent.n_passes + newton.minimise(tol, max_iter - descent.n_passes, bar)
    return Solution(newton.weights, float(newton.gap / newton.objective), n_iter)


class DualDescent:
    """Passes of dual descent over blocks of samples; `is_quick` while they are worth their time."""

    def __init__(self, problem, costs, random):
        X, dtype = problem.X, problem.X.dtype
        self.problem, self.costs, self.random = problem, costs, random
        self.blocks = cut_into_blocks(problem)
        self.products = problem.run_in_threads(lambda rows: multiply_samples(X[rows], problem.bias), self.blocks)
        self.block_costs = [costs[rows].astype(dtype) for rows in self.blocks]
        self.block_codes = [np.ascontiguousarray(problem.codes[rows]) for rows in self.blocks]
        self.block_alphas = [np.zeros((problem.n_machines, len(codes)), dtype) for codes in self.block_codes]
        self.weights = np.zeros((problem.n_machines, X.shape[1] + 1))
        self.n_passes, self.gap, self.is_quick = 0, np.inf, True

    def descend(self, max_iter):
        """Pass over the samples some times, up to `max_iter` in all; return how often."""
        n_passes = min(PASSES_BETWEEN_CHECKS, max_iter - self.n_passes)
        self._pass(n_passes)
        self.n_passes += n_passes
        self.alphas = np.empty((self.problem.n_machines, self.problem.n_samples))
        for rows, part in zip(self.blocks, self.block_alphas, strict=True):
            self.alphas[:, rows] = part
        self.alphas -= self.alphas.mean(axis=0)  # rounding leaves them not quite at a sum of 0
        self.weights = self.problem.combine(self.alphas)
        gap = _find_gap(self.problem, self.weights, self.alphas, self.costs)
        self.is_quick = gap <= QUICK * self.gap
        self.gap = gap
        return n_passes

    def _pass(self, n_passes):
        X, dtype = self.problem.X, self.problem.X.dtype
        single, bias = self.weights.astype(dtype), dtype.type(self.problem.bias)
        for i in np.concatenate([self.random.permutation(len(self.blocks)) for _ in range(n_passes)]):
            samples = X[self.blocks[i]]
            decisions = np.ascontiguousarray((samples @ single[:, :-1].T).T + bias * single[:, -1:])
            changes = np.empty_like(decisions)
            of_block = self.block_codes[i], self.block_costs[i], self.block_alphas[i]
            descend_crammer_singer(self.products[i], decisions, *of_block, INNER_PASSES, changes)
            single[:, :-1] += changes @ samples
            single[:, -1] += bias * changes.sum(axis=1)


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
