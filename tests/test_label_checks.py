"""What all classifiers check of labels and of the weights of classes."""

import numpy as np
import pytest

from classicvis import LinearSVMClassifier
from classicvis._labels import check_class_weight, encode_labels
from classicvis.svm import RBFSVMClassifier


def test_labels_become_their_positions_among_the_classes():
    codes = encode_labels(np.array(["b", "a", "c"]), np.array(["a", "b", "c"]), "Model")
    assert codes.tolist() == [1, 0, 2]


def test_a_label_that_is_not_a_class_is_an_error():
    with pytest.raises(ValueError, match=r"labels \[0, 9\], but Model has the classes \[1, 2\]"):
        encode_labels(np.array([0, 1, 9]), np.array([1, 2]), "Model")


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf])
def test_weights_of_classes_must_be_finite_and_not_negative(weight):
    with pytest.raises(ValueError, match="gives the class 'cat' the weight"):
        check_class_weight({"dog": 1, "cat": weight})


@pytest.mark.parametrize("class_weight", [None, "balanced", {"dog": 0, "cat": 2.5}])
def test_other_weights_of_classes_pass(class_weight):
    check_class_weight(class_weight)


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf, "much"])
@pytest.mark.parametrize("classifier", [LinearSVMClassifier, RBFSVMClassifier])
def test_support_vector_machines_check_the_weights_of_classes(classifier, weight):
    X, y = np.random.default_rng(0).random((40, 3)), np.arange(40) % 2
    with pytest.raises(ValueError, match="class_weight gives the class 0 the weight"):
        classifier(class_weight={0: weight}).fit(X, y)
