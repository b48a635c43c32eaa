"""Leading components: the same by either solver."""

import numpy as np
import pytest

from classicvis.pipelines import LeadingComponents


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_solvers_find_the_same_components(dtype, monkeypatch):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(200, 20)) * 0.7 ** np.arange(20)).astype(dtype)
    by_covariance = LeadingComponents(5, random_state=0).fit(X)
    assert by_covariance.pca_.svd_solver == "covariance_eigh"
    monkeypatch.setattr("classicvis.pipelines._reduction.MOST_FEATURES", 10)
    by_sampling = LeadingComponents(5, random_state=0).fit(X)
    assert by_sampling.pca_.svd_solver == "randomized"
    found, expected = by_covariance.transform(X), by_sampling.transform(X)
    assert found.dtype == dtype
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=2e-3)
