import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image
from sklearn.exceptions import DataConversionWarning

from classicvis.benchmark._dataset import encode_labels, make_test_set, make_training_set


def images(n):
    return np.zeros((n, 4, 4), np.uint8)


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
    dataset = make_training_set(images(len(y)), y, None)
    assert dataset.classes.tolist() == classes
    assert dataset.class_names == [str(label) for label in classes]
    assert dataset.classes[dataset.codes].tolist() == list(y)
    assert np.array_equal(encode_labels(np.asarray(y), dataset.classes), dataset.codes)


@pytest.mark.parametrize("make", [np.c_, pd.DataFrame], ids=["column", "frame"])
def test_a_column_of_labels(make):
    column = np.array([["a"], ["b"], ["a"]]) if make is np.c_ else make({"label": ["a", "b", "a"]})
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        dataset = make_training_set(images(3), column, None)
    assert dataset.codes.tolist() == [0, 1, 0]


def test_labels_of_1000_classes():
    assert len(make_training_set(images(2000), np.arange(2000) % 1000, None).class_names) == 1000


def test_class_names_go_by_the_sorted_labels():
    assert make_training_set(images(3), [7, 3, 7], ["three", "seven"]).class_names == ["three", "seven"]


def test_encode_marks_what_is_no_class():
    assert encode_labels(np.array(["b", "z", "a"]), np.array(["a", "b"])).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    ("y", "names", "message"),
    [
        ([], None, "y is empty"),
        ([1, 1, 1], None, "All labels in y are .*1.*, but comparing classifiers takes at least two"),
        (["a", None, "b"], None, "y has no label for image 1"),
        ([1.0, np.nan, 0.0], None, "y has no label for image 1"),
        (pd.Series(["a", pd.NA, "b"], dtype="string"), None, "y has no label for image 1"),
        ([0.5, 1.5, 2.5], None, "Unknown label type"),
        (np.array(["a", 1], dtype=object), None, "The labels in y are of different types"),
        (None, None, "requires y to be passed, but the target y is None"),
        (np.eye(3), None, re.escape("y.argmax(axis=1)")),
        ([0, 1], ["only one"], "class_names has 1 names, but y has 2 classes"),
    ],
)
def test_labels_that_cannot_be_used(y, names, message):
    with pytest.raises(ValueError, match=message):
        make_training_set(images(0 if y is None else len(y)), y, names)


def test_test_labels_must_be_known():
    training_set = make_training_set(images(2), ["a", "b"], None)
    test_set = make_test_set(images(2), ["b", "b"], training_set)
    assert test_set.y.tolist() == ["b", "b"]
    assert test_set.codes.tolist() == [1, 1]
    with pytest.raises(ValueError, match="y_test has the label 'c', which y does not have"):
        make_test_set(images(2), ["b", "c"], training_set)


PATHS = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
LISTINGS = {
    "list": PATHS,
    "tuple": tuple(PATHS),
    "array": np.array(PATHS),
    "object array": np.array(PATHS, dtype=object),
    "paths": list(map(Path, PATHS)),
    "values": dict(enumerate(PATHS)).values(),
    "series": pd.Series(PATHS, index=[9, 8, 7, 6]),
    "frame": pd.DataFrame({"path": PATHS}, index=[9, 8, 7, 6]),
    "polars series": pl.Series("path", PATHS),
    "polars frame": pl.DataFrame({"path": PATHS}),
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_files_in_every_listing(listing):
    dataset = make_training_set(listing, [0, 1, 0, 1], None)
    assert dataset.names_of([2, 0]) == ["c.jpg", "a.jpg"]
    assert dataset.needs_size
    assert str(dataset.item(3)) == "d.jpg"
    assert dataset.describe() == "4 files, 2 classes"


def test_arrays_are_named_by_their_rows():
    dataset = make_training_set(np.arange(64, dtype=np.uint8).reshape(4, 4, 4), [0, 1, 0, 1], None)
    assert dataset.names_of([2, 0]) == ["image 2", "image 0"]
    assert dataset.describe() == "4 images, each 4 × 4, uint8, 2 classes"
    assert np.array_equal(dataset.item(1), np.arange(16, 32).reshape(4, 4))


def test_images_in_memory_are_no_files():
    content = [Image.new("L", (8, 8))] * 2
    dataset = make_training_set(content, [0, 1], None)
    dataset.check_files("X", None)
    assert dataset.names_of([1]) == ["image 1"]


def test_rows_that_can_be_read_once_are_refused():
    with pytest.raises(ValueError, match=re.escape("give list(X)")):
        make_training_set(iter(PATHS), [0, 1, 0, 1], None)


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (np.zeros((40, 8, 8), dtype=np.uint8), False),
        (np.zeros((40, 64)), False),
        ([np.zeros((8, 8))] * 20 + [np.zeros((9, 9))] * 20, True),
        ([np.zeros((8, 8))] * 40, False),
        ([[0, 1, 2, 3]] * 40, False),
        ([Image.new("L", (8, 8))] * 40, True),
        (pd.DataFrame(np.zeros((40, 64))), False),
        (pd.DataFrame({"path": ["a.png"] * 40}), True),
        (["a.png"] * 40, True),
        (pd.Series(["a.png"] * 40), True),
    ],
    ids=["array", "flat", "varying", "list", "rows", "PIL", "frame", "frame of paths", "paths", "series"],
)
def test_built_in_methods_need_a_size_where_images_may_vary(X, expected):
    assert make_training_set(X, [0, 1] * 20, None).needs_size == expected
