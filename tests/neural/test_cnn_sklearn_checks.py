"""scikit-learn's own checks, on rows as they come and on the same rows as images."""

import os
import subprocess
import sys
from contextlib import nullcontext
from textwrap import dedent

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn.utils.estimator_checks import estimator_checks_generator

from classicvis.neural import CNNClassifier

SMALL = {"widths": (8, 8), "max_iter": 15, "batch_size": 64, "n_threads": 1}


class CNNOnGrey(CNNClassifier):
    """Takes the rows of scikit-learn's checks, and gives them on as images of one row, (n, 1, f)."""

    tail = ()

    def fit(self, X, y, sample_weight=None):
        return super().fit(self._as_images(X), y, sample_weight)

    def _logits(self, X):
        return super()._logits(self._as_images(X))

    def _as_images(self, X):
        if issparse(X):
            return X
        rows = np.asarray(X)
        is_table = rows.ndim == 2 and rows.size > 0 and rows.dtype.kind in "biuf"
        return rows.reshape(len(rows), 1, -1, *self.tail) if is_table else X


class CNNOnOneChannel(CNNOnGrey):
    """The same with images of one row and one channel, (n, 1, f, 1)."""

    tail = (1,)


WEIGHTS_ARE_NO_REPETITIONS = (
    "a repeated sample is in several minibatches, a weighted one in a single batch, and batch normalisation "
    "counts it once"
)
IMAGES_HAVE_SHAPES = "the check wants a message on the number of features; for images it is on their shapes"
EXPECTED_FAILURES = {
    CNNClassifier: {"check_sample_weight_equivalence_on_dense_data": WEIGHTS_ARE_NO_REPETITIONS},
    CNNOnGrey: {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS_ARE_NO_REPETITIONS,
        "check_n_features_in_after_fitting": IMAGES_HAVE_SHAPES,
    },
    CNNOnOneChannel: {
        "check_sample_weight_equivalence_on_dense_data": WEIGHTS_ARE_NO_REPETITIONS,
        "check_n_features_in_after_fitting": IMAGES_HAVE_SHAPES,
    },
}


def name_of(check):
    return getattr(check, "func", check).__name__


@pytest.mark.parametrize("estimator_class", EXPECTED_FAILURES)
def test_cnn_passes_the_checks_of_scikit_learn(estimator_class):
    expected_failures = EXPECTED_FAILURES[estimator_class]
    ran = set()
    for estimator, check in estimator_checks_generator(estimator_class(**SMALL)):
        name = name_of(check)
        if name == "check_array_api_input":  # below
            continue
        with pytest.raises(AssertionError) if name in expected_failures else nullcontext():
            check(estimator)
        ran.add(name)
    assert len(ran) > 50
    assert ran >= set(expected_failures)


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
