"""Kernels of the linear machines against plain NumPy in float64."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from classicvis.kernels._combinations import add_combinations
from classicvis.kernels._dual_descent import pass_over_blocks
from classicvis.kernels._hessian import add_hessian_product, pack_samples
from classicvis.svm._active_samples import PATIENCE, ActiveSamples, Packing
from classicvis.svm._dual_descent import _pass_over_large_blocks
from classicvis.svm._problem import Problem

DTYPES = [(np.float32, np.float32), (np.float32, np.float64), (np.float64, np.float64)]
rng = np.random.default_rng(0)


def tolerance(dtype):
    return 1e-5 if dtype == np.float32 else 1e-12


@pytest.mark.parametrize(("dtype", "precision"), DTYPES)
@pytest.mark.parametrize("density", [0, 0.1, 1])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 7, 5), (4, 1100, 20), (2, 30, 1100)])
def test_combinations_are_matrix_products(shape, density, dtype, precision):
    n_machines, n_samples, n_features = shape
    X = rng.normal(size=(n_samples, n_features)).astype(dtype)
    samples = rng.permutation(n_samples)[: max(1, n_samples - 3)]
    coefficients = rng.normal(size=(n_machines, len(samples))) * (rng.random((n_machines, len(samples))) < density)
    sums = rng.normal(size=(n_machines, n_features + 1))
    expected = sums.copy()
    expected[:, :-1] += coefficients @ X[samples]
    add_combinations(X, samples, coefficients.astype(precision), sums)
    assert_allclose(sums, expected, atol=tolerance(precision) * np.sqrt(n_samples))


@pytest.mark.parametrize(("dtype", "precision"), DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (8, 3), (13, 40), (100, 17)])
def test_hessian_products_are_added(shape, dtype, precision):
    X = rng.normal(size=shape).astype(dtype)
    rows = np.flatnonzero(rng.random(len(X)) < 0.7)
    weights = rng.random(len(rows)).astype(precision)
    direction = rng.normal(size=shape[1] + 1).astype(precision)
    product = rng.normal(size=shape[1] + 1).astype(precision)
    samples = np.column_stack([X[rows], np.full(len(rows), 2.0)])
    expected = product + samples.T @ (weights * (samples @ direction))
    add_hessian_product(X, rows, weights, precision(2), direction, product)
    assert_allclose(product, expected, rtol=tolerance(precision), atol=tolerance(precision) * len(X))


def test_packed_samples_are_rounded_to_the_nearest():
    X = (rng.normal(size=(20, 6)) * 10.0 ** np.arange(-3, 3)).astype(np.float32)
    X[:, 2] = 0
    scales, rows = Packing(X, 0, 1).scales, np.array([3, 19, 0])
    packed = np.empty((3, 6), np.int16)
    pack_samples(X, rows, scales, packed)
    assert_allclose(packed * scales.astype(np.float64), X[rows], rtol=0, atol=0.51 * scales.max())
    assert (np.abs(packed * scales - X[rows]) <= 0.51 * scales).all()
    assert (packed[:, 2] == 0).all()


@pytest.mark.parametrize("n_packed", [0, 1, 25, 1000])
def test_packing_hardly_changes_products(n_packed):
    X = (rng.normal(size=(60, 9)) * np.logspace(-3, 3, 9)).astype(np.float32)
    problem = Problem(X, np.zeros(60, int), np.array([1]), np.ones(60), np.ones((1, 2)), 1.0, 1)
    rows, curvatures = np.arange(5, 55), rng.random(50).astype(np.float32)
    packing = Packing(X, n_packed, 1)
    with packing.lend() as buffer:
        active = ActiveSamples(problem, rows, curvatures, packing, buffer)
    samples = np.column_stack([X[rows], np.ones(50)])
    hessian = np.eye(10) + (samples * curvatures[:, np.newaxis]).T @ samples
    for i in range(PATIENCE + 3):
        direction = (rng.normal(size=10) / np.append(np.logspace(-3, 3, 9), 1)).astype(np.float32)
        expected = hessian @ direction
        assert_allclose(active.multiply(direction), expected, atol=1e-3 * np.abs(expected).max())
        assert active.n_packed == (min(n_packed, 50) if i >= PATIENCE else 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_squared", [True, False])
@pytest.mark.parametrize("n_machines", [1, 2, 5])
@pytest.mark.parametrize("n_blocks", [1, 3, 40])
def test_few_and_many_machines_descend_alike(n_blocks, n_machines, is_squared, dtype):
    X = rng.normal(size=(50, 12)).astype(dtype)
    X[:10] += 2
    bias = dtype(1)
    largest = -(-len(X) // n_blocks)
    grams = np.zeros((n_blocks, largest, largest), dtype)
    for i in range(n_blocks):
        block = X[i::n_blocks]
        grams[i, : len(block), : len(block)] = block @ block.T + bias
    order = np.concatenate([rng.permutation(n_blocks) for _ in range(4)])
    signs = np.where(np.arange(50) % (n_machines + 1) == np.arange(n_machines)[:, np.newaxis], 1, -1).astype(dtype)
    costs = rng.uniform(0, 2, (n_machines, 50)).astype(dtype)
    costs[:, ::7] = 0
    results = []
    for function in (pass_over_blocks, _pass_over_large_blocks):
        alphas, weights = np.zeros((n_machines, 50), dtype), np.zeros((n_machines, 13), dtype)
        diagonal = dtype(0.5 if is_squared else 0)
        function(X, bias, n_blocks, order, grams, signs, costs, diagonal, 2, alphas, weights)
        results.append((alphas, weights))
    (alphas, weights), (other_alphas, other_weights) = results
    samples = np.column_stack([X, np.ones(50)])
    assert_allclose(weights, (signs * alphas) @ samples, atol=tolerance(dtype) * 100)
    assert_allclose(alphas, other_alphas, atol=tolerance(dtype) * 100)
    assert_allclose(weights, other_weights, atol=tolerance(dtype) * 100)
    assert_array_equal(alphas[costs == 0], 0)
    assert (alphas >= 0).all()
