"""FeatureScaler gives StandardScaler's numbers but for the length of rows, a few rows at a time."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler

from classicvis.pipelines import FeatureScaler, _scaling


@pytest.fixture
def features():
    X = np.random.default_rng(0).normal(5, np.linspace(0.1, 3, 30), (200, 30))
    X[:, 7] = 2.5
    return X


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("n_rows", [3, 1000])
def test_features_are_standardised(features, dtype, tolerance, n_rows, monkeypatch):
    monkeypatch.setattr(_scaling, "VALUES_AT_A_TIME", n_rows * 30)
    X = features.astype(dtype)
    scaled = FeatureScaler().fit_transform(X)
    assert scaled.dtype == dtype
    expected = StandardScaler().fit_transform(features) / np.sqrt(30)
    assert_allclose(scaled, expected, rtol=0, atol=tolerance)
    assert not scaled[:, 7].any()


def test_rows_have_mean_square_length_one_whatever_their_number_of_features(features):
    for n_features in (1, 5):
        scaled = FeatureScaler().fit_transform(features[:, :n_features])
        assert_allclose(np.square(scaled).sum(axis=1).mean(), 1)


def test_copy_says_whether_the_input_stays(features):
    before = features.copy()
    kept = FeatureScaler().fit(features)
    expected = kept.transform(features)
    assert_array_equal(features, before)
    written = FeatureScaler(copy=False).fit(features).transform(features)
    assert written is features
    assert_array_equal(written, expected)


def test_memory_stays_small_beside_the_features(monkeypatch):
    monkeypatch.setattr(_scaling, "VALUES_AT_A_TIME", 2**14)
    X = np.random.default_rng(0).random((4000, 500), dtype=np.float32)
    tracemalloc.start()
    FeatureScaler(copy=False).fit_transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 4
