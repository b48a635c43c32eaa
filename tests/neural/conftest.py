import numpy as np
import pytest

from classicvis.neural import CNNClassifier


def make_stripes(n_images=240, size=12, seed=0):
    """Return noisy grey images with stripes along rows (class 0) or columns (class 1), as uint8."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_images) % 2
    X = rng.integers(0, 60, size=(n_images, size, size)).astype(np.uint8)
    X[y == 0, ::2] += 100
    X[y == 1, :, ::2] += 100
    return X, y


@pytest.fixture(scope="session")
def stripes():
    return make_stripes()


@pytest.fixture
def tiny():
    """A classifier that learns the stripes in half a second."""
    return CNNClassifier(widths=(4, 4), max_iter=4, n_threads=1, random_state=0)


@pytest.fixture(scope="session")
def fitted(stripes):
    """A fitted classifier: not to be changed."""
    return CNNClassifier(widths=(4, 4), max_iter=4, n_threads=1, random_state=0).fit(*stripes)
