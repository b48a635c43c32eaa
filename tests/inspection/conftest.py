import numpy as np
import pytest
from sklearn.datasets import load_digits

from classicvis import CNNClassifier


@pytest.fixture(scope="session")
def digits():
    """Images of 8 × 8 pixels, as flat rows of float64, with labels in words."""
    X, y = load_digits(n_class=4, return_X_y=True)
    return X[:300], np.array(["null", "one", "two", "three"])[y[:300]]


@pytest.fixture(scope="session")
def network(digits):
    """A fitted network: not to be changed."""
    return CNNClassifier(widths=(6, 6), max_iter=3, n_threads=1, random_state=0).fit(*digits)
