"""scikit-learn's own checks of the CNN on images of shape (n, 1, f) and (n, 1, f, 1)."""

import os
import subprocess
import sys
from textwrap import dedent

import pytest
from sklearn_checks import IMAGES_HAVE_SHAPES, SETTINGS, as_images, run_checks

from classicvis.neural import CNNClassifier


class CNNOnGrey(CNNClassifier):
    """Takes the rows of scikit-learn's checks, and gives them on as images of one row, (n, 1, f)."""

    tail = ()

    def fit(self, X, y, sample_weight=None):
        return super().fit(as_images(X, self.tail), y, sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        return super().partial_fit(as_images(X, self.tail), y, classes, sample_weight)

    def _logits(self, X):
        return super()._logits(as_images(X, self.tail))


class CNNOnOneChannel(CNNOnGrey):
    """The same with images of one row and one channel, (n, 1, f, 1)."""

    tail = (1,)


WEIGHTS_ARE_NO_REPETITIONS = (
    "a repeated sample is in several minibatches, a weighted one in a single batch, and batch normalisation "
    "counts it once"
)


@pytest.mark.parametrize("estimator", [CNNOnGrey, CNNOnOneChannel])
def test_cnn_passes_the_checks_on_images(estimator):
    expected = IMAGES_HAVE_SHAPES | {"check_sample_weight_equivalence_on_dense_data": WEIGHTS_ARE_NO_REPETITIONS}
    assert len(run_checks(estimator(**SETTINGS[CNNClassifier]), expected)) > 50


def test_cnn_passes_the_array_api_check_of_scikit_learn():
    code = """
        from sklearn.utils.estimator_checks import estimator_checks_generator
        from classicvis.neural import CNNClassifier
        network = CNNClassifier(widths=(8, 8), max_iter=2, n_threads=1)
        for estimator, check in estimator_checks_generator(network):
            if getattr(check, "func", check).__name__ == "check_array_api_input":
                check(estimator)
                print("passed")
    """
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}  # read when scipy is imported; the check skips without
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "passed\n", done.stderr
