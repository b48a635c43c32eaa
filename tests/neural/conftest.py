import pytest
from stripes import make_stripes

from classicvis.neural import CNNClassifier


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
