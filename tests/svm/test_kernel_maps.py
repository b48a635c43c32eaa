"""The maps of the intersection and the chi2 kernel: products are the kernel's values, within a stated error."""

import numpy as np
import pytest
from reference.svm import chi2_kernel, intersection_kernel
from sklearn.kernel_approximation import AdditiveChi2Sampler

from classicvis.svm import Chi2Map, IntersectionMap


def features(seed, n=60, d=7, signed=False, dtype=np.float64):
    rng = np.random.default_rng(seed)
    X = rng.gamma(0.7, size=(n, d)) * rng.random(d) * 3
    X[rng.random(X.shape) < 0.2] = 0
    return (X * rng.choice([-1, 1], X.shape) if signed else X).astype(dtype)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("spacing", ["quantile", "uniform"])
@pytest.mark.parametrize("n_bins", [1, 2, 5, 40])
def test_products_are_minima_but_for_a_quarter_of_the_bins(n_bins, spacing, signed):
    X = features(n_bins, signed=signed)
    mapper = IntersectionMap(n_bins, spacing=spacing).fit(X)
    mapped = mapper.transform(X).astype(float)
    error = intersection_kernel(X, X) - mapped @ mapped.T
    bound = np.diff(mapper.edges_, axis=0).max(axis=0).sum() / 4
    assert np.abs(error).max() <= bound + 1e-5
    if not signed:
        assert error.min() > -1e-5  # it is never overestimated


def test_error_vanishes_with_the_bins():
    X = features(0)
    errors = []
    for n_bins in (5, 50, 500):
        mapped = IntersectionMap(n_bins, spacing="uniform").fit_transform(X).astype(float)
        errors.append(np.abs(mapped @ mapped.T - intersection_kernel(X, X)).max())
    assert errors[0] > 5 * errors[1] > 25 * errors[2]


def test_values_on_the_edges_are_exact():
    X = np.arange(6.0)[:, np.newaxis] * np.ones(3)
    mapped = IntersectionMap(5, spacing="uniform").fit_transform(X)
    np.testing.assert_allclose(mapped @ mapped.T, intersection_kernel(X, X), rtol=1e-5)


def test_values_beyond_those_of_fit_count_as_the_largest():
    mapper = IntersectionMap(3).fit([[0.0, 1], [2, 3], [1, 1]])
    np.testing.assert_array_equal(mapper.transform([[9.0, 9]]), mapper.transform([[2.0, 3]]))


def test_quantiles_come_closer_where_values_are_uneven():
    X = features(3, n=200) ** 2
    exact = intersection_kernel(X, X)
    errors = {}
    for spacing in ("quantile", "uniform"):
        mapped = IntersectionMap(5, spacing=spacing).fit_transform(X)
        errors[spacing] = np.abs(mapped @ mapped.T - exact).mean()
    assert errors["quantile"] < errors["uniform"]


@pytest.mark.parametrize(("sample_steps", "error"), [(1, 0.25), (2, 0.12), (3, 0.06)])
@pytest.mark.parametrize("signed", [False, True])
def test_products_are_the_chi2_kernel(sample_steps, error, signed):
    X = features(1, signed=signed)
    mapped = Chi2Map(sample_steps).fit_transform(X)
    assert np.abs(mapped @ mapped.T - chi2_kernel(X, X)).max() < error * chi2_kernel(np.abs(X), np.abs(X)).max()


def test_chi2_map_is_that_of_scikit_learn(monkeypatch):
    monkeypatch.setattr("classicvis.svm._additive.BLOCK", 7)
    X = features(2)
    np.testing.assert_allclose(Chi2Map().fit_transform(X), AdditiveChi2Sampler().fit_transform(X), atol=1e-5)


@pytest.mark.parametrize("mapper", [IntersectionMap(3), Chi2Map()])
def test_maps_do_not_depend_on_the_blocks(mapper, monkeypatch):
    X = features(4, signed=True, dtype=np.float32)
    whole = mapper.fit_transform(X)
    assert whole.dtype == np.float32
    monkeypatch.setattr("classicvis.svm._additive.BLOCK", 11)
    np.testing.assert_array_equal(mapper.transform(X), whole)
    np.testing.assert_array_equal(mapper.transform(X[5:6]), whole[5:6])
