"""From a problem to weights: near the minimum by dual descent, to the minimum by Newton's method."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import check_cv

from classicvis.svm._certificate import certify
from classicvis.svm._decisions import choose_classes
from classicvis.svm._dual_descent import descend
from classicvis.svm._losses import ProximalHinge, SquaredHinge
from classicvis.svm._newton import Newton


def score_path(problem, y, Cs, cv, settings):
    """Return the accuracy of each C on the samples that each fold leaves out.

    Parameters
    ----------
    problem : Problem
        The binary problems, with the costs for a C of 1.
    y : ndarray of shape (n_samples,)
        Labels.
    Cs : ndarray of shape (n_Cs,)
        From weak to strong, so that a solution is a good start for the next.
    cv : int, cross-validation generator or iterable
        The folds.
    settings : dict
        Other arguments of `solve_one_vs_rest`.

    Returns
    -------
    scores : ndarray of shape (n_folds, n_Cs)
        Shares of samples that were told right.
    """
    scores = []
    for train, test in check_cv(cv, y, classifier=True).split(np.zeros(len(y)), y):
        kept = np.zeros(len(y))
        kept[train] = 1
        held_out = replace(problem, X=problem.X[test], codes=problem.codes[test], costs=problem.costs[test])
        start, of_fold = None, []
        for C in Cs:
            solution = solve_one_vs_rest(replace(problem, costs=C * kept * problem.costs), start=start, **settings)
            start = solution.weights
            decisions = held_out.decide(start, problem.X.dtype)
            predicted = choose_classes(decisions[0] if len(decisions) == 1 else decisions.T)
            of_fold.append(np.mean(predicted == held_out.codes))
        scores.append(of_fold)
    return np.array(scores)


SAFETY = 0.9  # of the tolerance, where products are in single precision


class Solution(NamedTuple):
    """Weights, and what is known of them."""

    weights: np.ndarray  # (n_machines, n_features + 1), the intercept's last
    gap: float  # the largest duality gap, as a share of the objective, computed in double precision
    n_iter: int


def solve_one_vs_rest(problem, loss, start, tol, max_iter, random, verbose=False):
    """Minimise the objectives of the binary problems of a `Problem`.

    Parameters
    ----------
    problem : Problem
        The binary problems.
    loss : {'squared_hinge', 'hinge'}
        The loss.
    start : ndarray of shape (n_machines, n_features + 1) or None
        Weights to begin with.
    tol : float
        Largest duality gap, as a share of the objective.
    max_iter : int
        Most iterations.
    random : RandomState
        Puts samples in order.
    verbose : bool, default=False
        Show the gap on the way.

    Returns
    -------
    solution : Solution
        The weights that were reached.
    """
    is_squared = loss == "squared_hinge"
    n_iter = 0
    if start is None:
        weights, alphas, n_iter = descend(problem, is_squared, max_iter, random)
    else:
        weights = start.copy()
        alphas = None if is_squared else _alphas_at(problem, weights)
    with show_progress(verbose) as bar:
        for dtype in dict.fromkeys([problem.X.dtype, np.dtype(np.float64)]):
            loss = SquaredHinge() if is_squared else ProximalHinge(alphas.astype(dtype))
            weights, alphas, gap, n_steps = _minimise(problem, loss, weights, dtype, tol, max_iter - n_iter, bar)
            n_iter += n_steps
            if gap <= tol:
                break
    del alphas  # their memory is free
    return Solution(weights, gap, n_iter)


def _minimise(problem, loss, weights, dtype, tol, max_iter, bar):
    """Move weights to the minimum; return them, the dual variables, the largest gap and the number of steps."""
    newton = Newton(problem, loss, weights, dtype)
    n_steps = newton.minimise(tol * (SAFETY if dtype == np.float32 else 1), max_iter, bar)
    weights, decisions, alphas = newton.weights, newton.decisions, newton.alphas
    objectives, gaps = newton.objectives, newton.gaps
    del newton  # and most memory is free
    if dtype == np.float32:
        certificate = certify(problem, loss, weights, decisions, alphas)
        if certificate is None:
            return weights, alphas, np.inf, n_steps
        objectives, gaps = certificate
    return weights, alphas, float((gaps / objectives).max()), n_steps


def show_progress(verbose):
    """Return a bar that counts iterations, whose postfix is to be the gap; none where the output is no terminal."""
    from tqdm import tqdm

    return tqdm(desc="Training", unit="iteration", disable=None if verbose else True)


def _alphas_at(problem, weights):
    """Return dual variables that go with weights: the costs of samples within the margin."""
    decisions = problem.decide(weights, problem.X.dtype)
    for c in range(problem.n_machines):
        is_within = problem.signs_of(c) * decisions[c] < 1
        decisions[c] = np.where(is_within, problem.costs_of(c), 0)
    return decisions
