import pickle

import numpy as np
import pytest
from sklearn.base import clone

from classicvis.neural import CNNClassifier


@pytest.fixture
def stripes():
    """240 noisy images with stripes along rows or along columns."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, size=240)
    X = rng.integers(0, 60, size=(240, 12, 12)).astype(np.uint8)
    X[y == 0, ::2] += 100
    X[y == 1, :, ::2] += 100
    return X, y


def test_cnn_learns_and_survives_pickling(stripes):
    X, y = stripes
    network = CNNClassifier(widths=(4, 4), max_iter=4, n_threads=1, random_state=0).fit(X[:160], y[:160])
    assert network.score(X[160:], y[160:]) > 0.95
    copy = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(copy.predict_proba(X), network.predict_proba(X))


def test_cnn_gives_the_same_bytes_for_the_same_seed(stripes):
    X, y = stripes
    network = CNNClassifier(widths=(4, 4), max_iter=2, n_threads=1, random_state=3)
    assert network.fit(X, y).onnx_model_ == clone(network).fit(X, y).onnx_model_
    assert (
        network.set_params(random_state=4).fit(X, y).onnx_model_
        != clone(network).set_params(random_state=3).fit(X, y).onnx_model_
    )
