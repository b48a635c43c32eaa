"""Leading components: those of a singular value decomposition, by either solver."""

import numpy as np
import pytest

from classicvis.pipelines import LeadingComponents


@pytest.mark.parametrize(("n_samples", "solver"), [(200, "covariance_eigh"), (60, "randomized")])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_components_are_the_leading_singular_vectors(dtype, n_samples, solver):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(n_samples, 20)) * 0.7 ** np.arange(20)).astype(dtype)
    transformer = LeadingComponents(5, random_state=0).fit(X)
    assert transformer.pca_.svd_solver == solver  # by the number of samples for each feature
    found = transformer.transform(X)
    assert found.dtype == dtype
    left, values, _ = np.linalg.svd(X - X.mean(axis=0, dtype=np.float64), full_matrices=False)
    np.testing.assert_allclose(np.abs(found), np.abs(left[:, :5] * values[:5]), atol=2e-3)
