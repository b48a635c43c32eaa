"""Running scikit-learn's checks of an estimator, on rows as they come and on the same rows as images."""

from contextlib import nullcontext
from unittest import SkipTest

import numpy as np
import pytest
from onnx_models import make_network_of_any_size
from scipy.sparse import issparse
from sklearn.utils import estimator_checks

from classicvis import (
    VLAD,
    BagOfVisualWords,
    BatchTransformer,
    CNNClassifier,
    ColorHistogramTransformer,
    FisherVector,
    HOGTransformer,
    ImageReader,
    KMeansPatchTransformer,
    LinearSVMClassifier,
    LocalFeatureTransformer,
    ONNXClassifier,
    ONNXTransformer,
    SIFTTransformer,
)


def rows_of_pixels(image):
    """Return the rows of an image as its descriptors, cut or filled up to two pixels."""
    return np.resize(image, (len(image), 2))


NETWORK_FROM_ELSEWHERE = {"mean": 127.5, "std": 127.5, "value_range": (-1000, 1000), "n_threads": 1}
LABELS_OF_CHECKS = list(range(-20, 20))  # whole numbers, in most of the checks
# What an estimator needs to be quick, or to be fed the numbers of the checks, most of which are no pixel values.
SETTINGS = {
    BagOfVisualWords: {"n_words": 3},
    VLAD: {"n_words": 2},
    FisherVector: {"n_components": 2},
    BatchTransformer: {"transformer": HOGTransformer(), "batch_size": 7, "verbose": False},
    CNNClassifier: {"widths": (8, 8), "max_iter": 15, "batch_size": 64, "n_threads": 1},
    ColorHistogramTransformer: {"value_range": (-1000, 1000)},
    ImageReader: {"value_range": (-1000, 1000)},
    LocalFeatureTransformer: {"extractor": rows_of_pixels, "encoder": VLAD(1, random_state=0)},
    ONNXClassifier: {
        "model": make_network_of_any_size(len(LABELS_OF_CHECKS)),
        "labels": LABELS_OF_CHECKS,
        **NETWORK_FROM_ELSEWHERE,
    },
    ONNXTransformer: {"model": make_network_of_any_size(), **NETWORK_FROM_ELSEWHERE},
    SIFTTransformer: {"encoder": VLAD(1, random_state=0), "value_range": (-1000, 1000)},
    LinearSVMClassifier: {"tol": 1e-12},  # some compare results of fits that begin differently
    KMeansPatchTransformer: {"n_components": 1, "max_iter": 2},  # some checks give a single patch
}
IMAGES_HAVE_SHAPES = {
    "check_n_features_in_after_fitting": "the check wants a message on the number of features; for images it is on "
    "their shapes"
}

CLASSES_ARE_THE_NETWORKS = dict.fromkeys(
    (
        "check_classifiers_one_label",
        "check_classifiers_classes",
        "check_classifiers_train",
        "check_decision_proba_consistency",  # wants two classes: tests/neural/test_onnx_classifier.py
    ),
    "the classes are those of the network, not those of y",
)


def as_images(X, tail=()):
    """Return a table of the checks as images of one row, (n, 1, f, *tail), and all else as it is."""
    if issparse(X):
        return X
    rows = np.asarray(X)
    is_table = rows.ndim == 2 and rows.size > 0 and rows.dtype.kind in "biuf"
    return rows.reshape(len(rows), 1, -1, *tail) if is_table else X


def run_checks(estimator, expected_failures):
    """Run all checks but the one that needs an environment of its own; return the names of those that ran."""
    ran = set()
    for instance, check in estimator_checks.estimator_checks_generator(estimator):
        name = getattr(check, "func", check).__name__
        if name == "check_array_api_input":
            continue
        with pytest.raises((AssertionError, ValueError)) if name in expected_failures else nullcontext():
            try:
                check(instance)
            except SkipTest as skip:
                raise AssertionError(f"{name} was skipped: {skip}") from skip
        ran.add(name)
    assert ran >= set(expected_failures)
    return ran


class OnGrey:
    """Put before a transformer, takes the rows of the checks, and gives them on as images of one row, (n, 1, f)."""

    tail = ()

    def fit(self, X, y=None):
        return super().fit(as_images(X, self.tail), y)

    def fit_transform(self, X, y=None):
        return super().fit_transform(as_images(X, self.tail), y)

    def transform(self, X):
        return super().transform(as_images(X, self.tail))


class OnOneChannel(OnGrey):
    """The same with images of one row and one channel, (n, 1, f, 1)."""

    tail = (1,)
