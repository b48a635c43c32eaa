import numpy as np
import pandas as pd
import pytest

from classicvis.benchmark._labels import check_labels, check_test_labels


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["cat", "dog", "cat"], ["cat", "dog"]),
        (np.array([3, -1, 3]), [-1, 3]),
        (np.array([True, False, True]), [False, True]),
        (pd.Series(["b", "a"], index=[5, 6]), ["a", "b"]),
        (np.array(["x", "y"], dtype=object), ["x", "y"]),
        (np.array([1.0, 0.0]), [0.0, 1.0]),
    ],
    ids=["list", "int", "bool", "series", "object", "float"],
)
def test_labels_of_every_type(y, classes):
    labels = check_labels(y, None)
    assert labels.classes.tolist() == classes
    assert labels.names == [str(label) for label in classes]
    assert labels.classes[labels.codes].tolist() == list(y)
    assert np.array_equal(labels.encode(np.asarray(y)), labels.codes)


def test_labels_of_1000_classes():
    labels = check_labels(np.arange(2000) % 1000, None)
    assert len(labels.names) == 1000


def test_class_names_go_by_the_sorted_labels():
    assert check_labels([7, 3, 7], ["three", "seven"]).names == ["three", "seven"]


def test_encode_marks_what_is_no_class():
    labels = check_labels(["a", "b"], None)
    assert labels.encode(np.array(["b", "z", "a"])).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("y", "names", "message"),
    [
        ([], None, "y is empty"),
        ([1, 1, 1], None, "All labels in y are .*1.*, but comparing classifiers takes at least two"),
        (["a", None, "b"], None, "y has no label for image 1"),
        ([1.0, np.nan, 0.0], None, "y has no label for image 1"),
        ([0.5, 1.5, 2.5], None, "Unknown label type"),
        (np.array(["a", 1], dtype=object), None, "The labels in y are of different types"),
        ([0, 1], ["only one"], "class_names has 1 names, but y has 2 classes"),
    ],
)
def test_labels_that_cannot_be_used(y, names, message):
    with pytest.raises(ValueError, match=message):
        check_labels(y, names)


def test_test_labels_must_be_known():
    labels = check_labels(["a", "b"], None)
    y_test, codes = check_test_labels(["b", "b"], labels)
    assert y_test.tolist() == ["b", "b"]
    assert codes.tolist() == [1, 1]
    with pytest.raises(ValueError, match="y_test has the label 'c', which y does not have"):
        check_test_labels(["b", "c"], labels)
