"""What is certified of linear machines, against plain NumPy in double precision."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from classicvis.svm._certificate import certify
from classicvis.svm._losses import ProximalHinge, SquaredHinge
from classicvis.svm._problem import Problem

rng = np.random.default_rng(0)


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("is_squared", [True, False])
def test_gaps_are_certified(is_squared, n_threads):
    n_samples, n_machines = 60, 20
    X = rng.normal(size=(n_samples, 5)).astype(np.float32)
    codes = np.arange(n_samples) % n_machines
    factors = rng.random((n_machines, 2)) + 0.5
    problem = Problem(X, codes, np.arange(n_machines), rng.random(n_samples), factors, 1.0, n_threads)
    weights = rng.normal(size=(n_machines, 6)).astype(np.float32)
    loss = SquaredHinge() if is_squared else ProximalHinge(rng.random((n_machines, n_samples)))
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
