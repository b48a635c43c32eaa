"""Newton's method in few directions, and what is certified of machines, against SciPy and plain NumPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from classicvis.svm._certificate import certify
from classicvis.svm._losses import ProximalHinge, SquaredHinge
from classicvis.svm._problem import Problem
from classicvis.svm._subspace_search import SubspaceSearch

rng = np.random.default_rng(0)


def make_loss(is_squared, n_machines, n_samples):
    return SquaredHinge() if is_squared else ProximalHinge(rng.random((n_machines, n_samples)))


@pytest.mark.parametrize("is_squared", [True, False])
@pytest.mark.parametrize("n_directions", [1, 2, 3])
@pytest.mark.parametrize("start", [0, 1, 30])
def test_the_objective_is_smallest(start, n_directions, is_squared):
    X, signs = rng.normal(size=(80, 12)) + 0.5, rng.choice([-1.0, 1.0], 80)
    costs, loss = rng.random(80), make_loss(is_squared, 1, 80)
    weights = start * rng.normal(size=12)
    directions = rng.normal(size=(n_directions, 12))
    margins, moves = signs * (X @ weights), signs * (directions @ X.T)
    search = SubspaceSearch(loss.dual_line(costs, 0), margins, weights, directions, moves)

    def objective(lengths):
        smooth = loss.respond(margins + lengths @ moves, costs, 0).smooth_loss
        return np.square(weights + lengths @ directions).sum() / 2 + smooth

    best = minimize(objective, np.zeros(n_directions), method="BFGS", tol=1e-10)
    assert objective(search.minimise()) <= best.fun * (1 + 1e-6)


@pytest.mark.parametrize("n_copies", [1, 2])
def test_directions_that_lead_nowhere_do_no_harm(n_copies):
    X = rng.normal(size=(40, 6))
    costs, loss, weights = np.ones(40), SquaredHinge(), rng.normal(size=6)
    direction = rng.normal(size=6)
    directions = np.vstack([np.zeros(6), *n_copies * [direction]])
    search = SubspaceSearch(loss.dual_line(costs, 0), X @ weights, weights, directions, directions @ X.T)
    alone = SubspaceSearch(loss.dual_line(costs, 0), X @ weights, weights, directions[1:2], directions[1:2] @ X.T)
    assert_allclose(search.minimise()[1:].sum(), alone.minimise().sum(), rtol=1e-4)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("is_squared", [True, False])
def test_gaps_are_certified(is_squared, n_threads):
    n_samples, n_machines = 60, 20
    X = rng.normal(size=(n_samples, 5)).astype(np.float32)
    codes = np.arange(n_samples) % n_machines
    factors = rng.random((n_machines, 2)) + 0.5
    problem = Problem(X, codes, np.arange(n_machines), rng.random(n_samples), factors, 1.0, n_threads)
    weights = rng.normal(size=(n_machines, 6)).astype(np.float32)
    loss = make_loss(is_squared, n_machines, n_samples)
    samples = np.column_stack([X, np.ones(n_samples)]).astype(np.float64)
    decisions = weights.astype(np.float64) @ samples.T
    signs = np.stack([problem.signs_of(c) for c in range(n_machines)]).astype(np.float64)
    costs = np.stack([problem.costs_of(c) for c in range(n_machines)]).astype(np.float64)
    responses = [loss.respond(signs[c] * decisions[c], costs[c], c) for c in range(n_machines)]
    alphas = np.array([response.alphas for response in responses])
    slack = np.maximum(1 - signs * decisions, 0)
    half = np.square(weights.astype(np.float64)).sum(axis=1) / 2
    objectives = half + (costs * (slack**2 if is_squared else slack)).sum(axis=1)
    reached = (signs * alphas) @ samples
    duals = alphas.sum(axis=1) - np.square(reached).sum(axis=1) / 2
    if is_squared:
        duals -= (np.square(alphas) / (4 * costs)).sum(axis=1)

    certificate = certify(problem, loss, weights, decisions.astype(np.float32), alphas.astype(np.float32))
    assert_allclose(certificate.objectives, objectives, rtol=1e-12)
    assert_allclose(certificate.gaps, objectives - duals, rtol=1e-9)
    assert certify(problem, loss, weights, decisions.astype(np.float32) + 0.1, alphas.astype(np.float32)) is None
