"""Steps along two dual variables: they reach the optimum of the plain twin."""

import numpy as np
import pytest
from reference.svm import dual_objective, rbf_kernel, solve_dual
from sklearn.datasets import make_classification

from classicvis.kernels.svm import minimise_dual


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("C", [0.1, 1.0, 30.0])
def test_steps_reach_the_optimum_of_the_plain_twin(seed, C):
    X, y = make_classification(120, 8, n_informative=5, flip_y=0.05, random_state=seed)
    signs = np.where(y == 1, 1.0, -1.0)
    gram = rbf_kernel(X, X, 0.1)
    alphas, scores = np.zeros(len(signs)), signs.copy()
    bounds, work = np.full(len(signs), C), np.empty((3, len(signs)))
    n_steps = minimise_dual(gram.astype(np.float32), signs, bounds, alphas, scores, work, 1e-4, 100_000)
    expected, _ = solve_dual(gram, signs, C, 1e-4)
    assert 0 < n_steps < 100_000
    assert abs(alphas @ signs) < 1e-9 * C * len(signs)
    assert (alphas >= 0).all()
    assert (alphas <= C).all()
    np.testing.assert_allclose(dual_objective(gram, signs, alphas), dual_objective(gram, signs, expected), rtol=1e-5)
    np.testing.assert_allclose(scores, signs - gram @ (signs * alphas), atol=1e-5 * max(1, C))
