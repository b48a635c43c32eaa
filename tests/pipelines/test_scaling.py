"""FeatureScaler: the values of StandardScaler but for the length of rows, a few rows at a time."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler

from classicvis.pipelines import FeatureScaler


@pytest.fixture
def features():
    X = np.random.default_rng(0).normal(5, np.linspace(0.1, 3, 30), (200, 30))
    X[:, 7] = 2.5
    return X


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-11), ("float32", 1e-5)])
@pytest.mark.parametrize("n_copies", [1, 1000])  # 6 million values are looked at in two parts
def test_features_are_standardised(features, dtype, tolerance, n_copies):
    X = np.repeat(features, n_copies, axis=0).astype(dtype)
    scaled = FeatureScaler().fit_transform(X)
    assert scaled.dtype == dtype
    scaled = scaled[::n_copies]
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


def test_memory_does_not_grow_with_the_number_of_rows():
    peaks = []
    for n_rows in (10_000, 40_000):  # 5 and 20 million values
        X = np.ones((n_rows, 500), np.float32)
        tracemalloc.start()
        FeatureScaler(copy=False).fit_transform(X)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
