"""The minimum over few directions, against SciPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from classicvis.kernels.svm import minimise_along

rng = np.random.default_rng(0)


def objective_at(lengths, margins, moves, centres, pulls, limits, products, gram):
    """Return the objective, whose loss is a parabola where dual variables are free and straight beyond."""
    slack = 1 - margins - lengths @ moves
    alphas = np.clip(centres + pulls * slack, 0, limits)
    loss = alphas * slack - np.square(alphas - centres) / (2 * pulls)
    return products @ lengths + lengths @ gram @ lengths / 2 + loss.sum()


def draw_problem(n_samples, n_directions, start, is_limited):
    X = rng.normal(size=(n_samples, 12)) + 0.5
    weights, directions = start * rng.normal(size=12), rng.normal(size=(n_directions, 12))
    signs, pulls = rng.choice([-1.0, 1.0], n_samples), rng.random(n_samples) + 0.01
    centres = pulls * rng.random(n_samples) if is_limited else np.zeros(n_samples)
    limits = pulls if is_limited else np.full(n_samples, np.inf)
    products, gram = directions @ weights, directions @ directions.T
    return signs * (X @ weights), signs * (directions @ X.T), centres, pulls, limits, products, gram


@pytest.mark.parametrize("is_limited", [False, True])
@pytest.mark.parametrize("n_directions", [1, 2, 3, 5])
@pytest.mark.parametrize("start", [0, 1, 30])
@pytest.mark.parametrize("n_samples", [1, 80, 513])
def test_the_objective_is_smallest(n_samples, start, n_directions, is_limited):
    problem = draw_problem(n_samples, n_directions, start, is_limited)
    best = minimize(objective_at, np.zeros(n_directions), args=problem, method="BFGS", tol=1e-10)
    lengths = np.full(n_directions, np.nan)
    minimise_along(*problem, lengths)
    gain = objective_at(np.zeros(n_directions), *problem) - best.fun
    assert objective_at(lengths, *problem) <= best.fun + 1e-4 * gain + 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_directions_that_lead_nowhere_do_no_harm(dtype):
    margins, moves, *response, products, gram = draw_problem(300, 1, 1, False)
    many = np.array([[0], [1], [1]])
    alone, lengths = np.empty(1), np.empty(3)
    response = [array.astype(dtype) for array in response]
    minimise_along(margins.astype(dtype), moves.astype(dtype), *response, products, gram, alone)
    moves = np.ascontiguousarray(many * moves).astype(dtype)
    minimise_along(margins.astype(dtype), moves, *response, (many * products).ravel(), many * gram * many.T, lengths)
    assert_allclose(lengths[1:].sum(), alone[0], rtol=1e-3)
