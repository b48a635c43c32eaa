"""The kernels of the encoders beside plain NumPy in float64: in what rounding may do to them, and at the edges."""

import numpy as np
import pytest
from numba import njit
from numpy.testing import assert_allclose, assert_array_equal
from reference import encodings as twin

from classicvis.kernels.encoding import _mixture_sums as _mixture
from classicvis.kernels.encoding import _nearest_words as _words


@njit
def exponentiate(values):
    _mixture.exponentiate(values)


@njit
def sum_of_squares(values):
    return _words.sum_of_squares(values)


def test_exponential_is_right_to_rounding():
    x = np.linspace(-_mixture.REACH, 0, 200_001, dtype=np.float32)
    values = x.copy()
    exponentiate(values)
    assert_allclose(values, np.exp(x.astype(np.float64)), rtol=1e-6)
    assert values[-1] == 1


@pytest.mark.parametrize("n", [1, 5, 80, 128, 1000])
def test_sums_in_any_order_are_right_to_rounding(n):
    values = np.random.default_rng(n).normal(3, 1, n).astype(np.float32)
    assert_allclose(sum_of_squares(values), (values.astype(np.float64) ** 2).sum(), rtol=1e-6)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 16, 50])
@pytest.mark.parametrize("n_dims", [1, 5, 16])
def test_powers_stand_a_row_for_each_dimension(n, n_dims):
    descriptors = np.random.default_rng(0).normal(size=(n, n_dims)).astype(np.float32)
    powers = np.full((2 * n_dims, n), np.nan, np.float32)
    _mixture.fill_powers(descriptors, powers)
    assert_array_equal(powers, np.concatenate([descriptors**2, descriptors], axis=1).T)


@pytest.mark.parametrize("n_components", [1, 3, 8, 41])
@pytest.mark.parametrize("n", [1, 50])
def test_posteriors_are_those_of_plain_numpy(n, n_components):
    rng = np.random.default_rng(0)
    log_densities = rng.normal(0, 8, (n_components, n)).astype(np.float32)
    constants = rng.normal(size=n_components).astype(np.float32)
    exact = log_densities.astype(np.float64) + constants[:, np.newaxis]
    totals = np.logaddexp.reduce(exact, axis=0)
    dense, log_likelihoods = find_posteriors(log_densities, constants)
    theirs = np.exp(exact - totals)
    assert_allclose(dense, np.where(theirs >= _mixture.SMALLEST, theirs, 0), rtol=1e-4, atol=2e-6)
    assert_allclose(log_likelihoods, totals, rtol=1e-5)


def find_posteriors(scores, constants):
    """The posteriors as a matrix (n_components, n), and the logarithms of the densities."""
    n_components, n = scores.shape
    peaks, totals = np.empty(n, np.float32), np.empty(n, np.float32)
    ends = np.empty(n_components, np.intp)
    rows, posteriors = np.empty(n * n_components + 1, np.int32), np.empty(n * n_components + 1, np.float32)
    _mixture.find_posteriors(scores, constants, peaks, totals, ends, rows, posteriors)
    dense = np.zeros(scores.shape)
    for k, (first, last) in enumerate(zip([0, *ends], ends, strict=False)):
        assert (np.diff(rows[first:last]) > 0).all()
        dense[k, rows[first:last]] = posteriors[first:last]
    return dense, peaks + np.log(totals.astype(np.float64))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 100])
@pytest.mark.parametrize("n_levels", [1, 2])
def test_moments_are_plain_sums(n, n_levels):
    rng = np.random.default_rng(n)
    descriptors = rng.normal(size=(n, 5)).astype(np.float32)
    means = rng.normal(size=(3, 5)).astype(np.float32)
    dense = rng.random((3, n)).astype(np.float32) * (rng.random((3, n)) < 0.7)
    components, rows = np.nonzero(dense)
    ends = np.cumsum((dense > 0).sum(axis=1)).astype(np.intp)
    targets = rng.integers(4, size=(n_levels, n)).astype(np.intp)
    masses, sums = np.zeros((4, 3), np.float32), np.zeros((4, 2, 3, 5), np.float32)
    listed = rows.astype(np.int32), dense[components, rows]
    _mixture.accumulate_moments(descriptors, means, ends, *listed, targets, masses, sums)
    differences = descriptors.astype(np.float64) - means[:, np.newaxis]
    for row in range(4):
        share = dense * (targets == row).sum(axis=0)
        assert_allclose(masses[row], share.sum(axis=1), rtol=1e-5, atol=1e-6)
        assert_allclose(sums[row, 0], (share[:, :, np.newaxis] * differences).sum(axis=1), atol=1e-5)
        assert_allclose(sums[row, 1], (share[:, :, np.newaxis] * differences**2).sum(axis=1), atol=1e-5)


def test_nearest_words_are_decided_by_differences_where_products_are_too_rough():
    rng = np.random.default_rng(0)
    words = (1000 + rng.normal(size=(30, 40)) * 0.05).astype(np.float32)  # a product is off by more than they differ
    descriptors = (1000 + rng.normal(size=(100, 40)) * 0.05).astype(np.float32)
    squares = (words.astype(np.float64) ** 2).sum(axis=1)
    constants = (-squares / 2).astype(np.float32)
    nearest, distances = np.empty(100, np.int32), np.empty(100, np.float32)
    _words.find_nearest(words @ descriptors.T, constants, descriptors, words, squares.max(), nearest, distances)
    expected, squared = twin.nearest_words(descriptors, words)
    assert nearest.tolist() == expected.tolist()
    assert_allclose(distances, squared, rtol=1e-5)


@pytest.mark.parametrize("n_words", [1, 2, 9])
def test_of_equal_words_the_first_is_nearest(n_words):
    words = np.ones((n_words, 3), np.float32)
    descriptors = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    nearest, distances = np.empty(20, np.int32), np.empty(20, np.float32)
    constants = np.full(n_words, -1.5, np.float32)
    _words.find_nearest(words @ descriptors.T, constants, descriptors, words, 3.0, nearest, distances)
    assert not nearest.any()
    assert_allclose(distances, ((descriptors - 1) ** 2).sum(axis=1), rtol=1e-5)
