"""Kernels of the linear machines against plain NumPy in float64."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from classicvis.kernels.svm import (
    add_combinations,
    combine_some,
    decide_some,
    multiply_by_hessian,
    pack_samples,
    pass_over_blocks,
)
from classicvis.svm._active_samples import ActiveSamples, FeatureSummary, Packing
from classicvis.svm._dual_descent import _pass_over_large_blocks, thin
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
def test_products_with_a_hessian(shape, dtype, precision):
    X = rng.normal(size=shape).astype(dtype)
    rows = np.flatnonzero(rng.random(len(X)) < 0.7)
    weights = rng.random(len(rows)).astype(precision)
    direction = rng.normal(size=shape[1] + 1).astype(precision)
    product, work = np.empty_like(direction), np.empty((2, len(direction)), precision)
    samples = np.column_stack([X[rows], np.full(len(rows), 2.0)])
    expected = direction + samples.T @ (weights * (samples @ direction))
    nothing = np.empty((0, shape[1]), np.int8), rows[:0], weights[:0], np.ones(shape[1], dtype)
    multiply_by_hessian(X, rows, weights, *nothing, precision(2), direction, work, product)
    assert_allclose(product, expected, rtol=tolerance(precision), atol=tolerance(precision) * len(X))


def make_problem(X, n_threads=1):
    n = len(X)
    return Problem(X, np.zeros(n, int), np.array([1]), np.ones(n), np.ones((1, 2)), 1.0, n_threads)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("n_samples", [1, 2, 3, 4, 5, 50])
def test_features_are_summarised(n_samples, n_threads, dtype):
    X = (rng.normal(size=(n_samples, 7)) * np.logspace(-2, 2, 7)).astype(dtype)
    X[:, 3] = 0
    summary = FeatureSummary(make_problem(X, n_threads))
    scales = np.abs(X).max(axis=0) / 127
    assert_allclose(summary.mean, X.mean(axis=0, dtype=np.float64), rtol=1e-5, atol=1e-6)
    assert_allclose(summary.scales, scales, rtol=1e-6)
    assert_allclose(summary.noise, np.square(scales).sum() / 12 * n_samples / np.square(X).sum(), rtol=1e-5)


@pytest.mark.parametrize("n_rows", [1, 3, 4, 7, 20])
def test_packed_samples_are_rounded_to_the_nearest(n_rows):
    X = (rng.normal(size=(20, 6)) * 10.0 ** np.arange(-3, 3)).astype(np.float32)
    X[:, 2] = 0
    X[7] = -X[7]
    scales, rows = FeatureSummary(make_problem(X)).scales, rng.permutation(20)[:n_rows]
    packed = np.empty((n_rows, 6), np.int8)
    pack_samples(X, rows, scales, packed)
    assert (np.abs(packed * scales.astype(np.float64) - X[rows]) <= 0.501 * scales).all()
    assert (packed[:, 2] == 0).all()


@pytest.mark.parametrize("n_packed", [0, 1, 25, 1000])
def test_packing_hardly_changes_products(n_packed):
    X = (rng.normal(size=(60, 9)) * np.logspace(-3, 3, 9)).astype(np.float32)
    problem = make_problem(X)
    rows, curvatures = np.arange(5, 55), rng.random(50).astype(np.float32)
    packing = Packing(FeatureSummary(problem), n_packed, 1)
    with packing.lend() as buffer:
        active = ActiveSamples(problem, rows, curvatures, packing.scales, buffer)
    samples = np.column_stack([X[rows], np.ones(50)])
    hessian = np.eye(10) + (samples * curvatures[:, np.newaxis]).T @ samples
    for _ in range(3):
        direction = (rng.normal(size=10) / np.append(np.logspace(-3, 3, 9), 1)).astype(np.float32)
        expected = hessian @ direction
        assert_allclose(active.multiply(direction), expected, atol=3e-2 * np.abs(expected).max())


def test_samples_with_outliers_are_not_packed():
    X = rng.normal(size=(2000, 5)).astype(np.float32)
    X[0] = 1000
    packing = Packing(FeatureSummary(make_problem(X)), 100, 1)
    with packing.lend() as buffer:
        assert len(buffer) == 0


@pytest.mark.parametrize(("dtype", "precision"), DTYPES)
@pytest.mark.parametrize("n_rows", [0, 1, 7, 8, 9, 20])
def test_products_with_some_samples(n_rows, dtype, precision):
    X = rng.normal(size=(25, 13)).astype(dtype)
    rows, weights = rng.permutation(25)[:n_rows], rng.normal(size=14).astype(precision)
    decisions = np.empty(n_rows, precision)
    decide_some(X, rows, weights, 0.5, decisions)
    assert_allclose(decisions, X[rows] @ weights[:-1] + 0.5 * weights[-1], atol=tolerance(precision) * 10)
    coefficients, sums = rng.normal(size=n_rows).astype(precision), np.ones(14, precision)
    combine_some(X, rows, coefficients, 0.5, sums)
    samples = np.column_stack([X[rows], np.full(n_rows, 0.5)])
    assert_allclose(sums, samples.T @ coefficients, atol=tolerance(precision) * 10)


@pytest.mark.parametrize(("n_features", "step", "n_kept"), [(40, 1, 40), (64, 2, 32), (100, 3, 32), (4000, 2, 2000)])
def test_thinned_features_keep_products(n_features, step, n_kept):
    X = rng.normal(size=(30, n_features)) + 1
    thinned = thin(X[::3], step)
    assert thinned.shape == (10, n_kept)
    products, expected = thinned @ thinned.T, X[::3] @ X[::3].T
    assert_allclose(np.diag(products).mean(), np.diag(expected).mean(), rtol=3 / np.sqrt(n_kept * 10))


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
