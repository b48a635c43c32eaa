"""The images and labels of a comparison, checked once: what they are, their classes, and what to call them."""

import os
from dataclasses import dataclass

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from classicvis import _labels
from classicvis.benchmark._data import take_rows
from classicvis.images import check_images
from classicvis.pixels import is_encoded, is_path, list_items

MOST_FILES_NAMED = 20  # in an error: what fits on a screen


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels.

    Attributes
    ----------
    X : ndarray, list, Series or DataFrame of shape (n, ...)
        Images, flat rows or files, from which rows can be taken.
    y : ndarray of shape (n,)
        The labels as given.
    codes : ndarray of shape (n,), dtype intp
        The labels as indices into `classes`.
    classes : ndarray of shape (n_classes,)
        The different labels, sorted.
    class_names : list of str
        What to call the classes.
    items : list or None
        The items of `X` where it lists images or files; None where it is a table or an array of numbers.
    """

    X: object
    y: np.ndarray
    codes: np.ndarray
    classes: np.ndarray
    class_names: list
    items: list | None

    def __len__(self):
        return len(self.y)

    def item(self, row):
        """Return one image, flat row or file."""
        return np.asarray(take_rows(self.X, slice(row, row + 1)))[0] if self.items is None else self.items[row]

    def names_of(self, rows):
        """Return what to call images: their paths, or their rows."""
        if self.items is None:
            return [f"image {row}" for row in rows]
        items = ((row, self.items[row]) for row in rows)
        return [os.fsdecode(item) if is_path(item) else f"image {row}" for row, item in items]

    @property
    def needs_size(self):
        """Whether built-in methods need a size: for files, PIL images, and arrays that differ in shape."""
        shapes = {None if is_encoded(item) else getattr(item, "shape", None) for item in self.items or ()}
        return len(shapes) > 1 or None in shapes

    def describe(self):
        """Return the number of images and what they are, in words."""
        n_classes = f"{len(self.classes)} classes"
        if self.items is not None and is_encoded(self.items[0]):
            return f"{len(self):,} files, {n_classes}"
        if isinstance(self.X, np.ndarray) and self.X.ndim > 1:
            shape = " × ".join(map(str, self.X.shape[1:]))
            return f"{len(self):,} images, each {shape}, {self.X.dtype}, {n_classes}"
        return f"{len(self):,} images, {n_classes}"

    def check_files(self, name, n_jobs):
        """Raise an error that names all the files that cannot be read."""
        paths = [item for item in self.items or () if is_path(item)]
        bad = check_images(paths, n_jobs=n_jobs) if paths else []
        if bad:
            named = "; ".join(f"{path!r} {reason}" for _, path, reason in bad[:MOST_FILES_NAMED])
            more = f"; and {len(bad) - MOST_FILES_NAMED} more" if len(bad) > MOST_FILES_NAMED else ""
            raise ValueError(
                f"{len(bad)} of {len(paths)} files in {name} cannot be read: {named}{more}. "
                "Leave them out; classicvis.images.check_images lists them."
            )


def make_datasets(X, y, class_names, X_test, y_test):
    """Return the images to fit on, and those to test on or None; see `make_training_set` and `make_test_set`."""
    if (X_test is None) != (y_test is None):
        given, missing = ("y_test", "X_test") if X_test is None else ("X_test", "y_test")
        raise ValueError(f"{given} is given without {missing}: give both, or neither.")
    training_set = make_training_set(X, y, class_names)
    return training_set, None if X_test is None else make_test_set(X_test, y_test, training_set)


def make_training_set(X, y, class_names):
    """Return the images to fit on, or say what is wrong with them.

    Parameters
    ----------
    X : array-like of shape (n, ...), or a listing of images or files
        As `compare` takes it.
    y : array-like of shape (n,)
        Labels of one type, of at least two classes.
    class_names : array-like of shape (n_classes,) or None
        Names in the sorted order of the labels; None means the labels themselves.

    Returns
    -------
    dataset : Dataset
        The images.

    Raises
    ------
    ValueError
        X cannot be read; a label is missing, the labels cannot be sorted or are all the same; the names do not fit.
    """
    X, items = _check_rows(X)
    y = _check_labels(y, X, "y")
    try:
        classes, codes = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise ValueError("The labels in y are of different types: give all as str, or all as int.") from error
    check_classification_targets(y)
    if len(classes) < 2:
        raise ValueError(f"All labels in y are {classes[0]!r}, but comparing classifiers takes at least two classes.")
    names = [str(name) for name in (classes.tolist() if class_names is None else class_names)]
    if len(names) != len(classes):
        raise ValueError(
            f"class_names has {len(names)} names, but y has {len(classes)} classes: "
            "give one name a class, in the sorted order of the labels."
        )
    return Dataset(X, y, codes.astype(np.intp), classes, names, items)


def make_test_set(X_test, y_test, training_set):
    """Return the images to test on, of the classes of a training set, or say what is wrong with them.

    Parameters
    ----------
    X_test : array-like of shape (n_test, ...), or a listing of images or files
        As `compare` takes it.
    y_test : array-like of shape (n_test,)
        Labels of the same type as those of the training set.
    training_set : Dataset
        The images to fit on.

    Returns
    -------
    dataset : Dataset
        The images.

    Raises
    ------
    ValueError
        X_test cannot be read, a label is missing, or is not one of the classes.
    """
    X_test, items = _check_rows(X_test)
    y_test = _check_labels(y_test, X_test, "y_test")
    codes = encode_labels(y_test, training_set.classes)
    if (codes < 0).any():
        unknown = y_test[codes < 0].tolist()[0]
        raise ValueError(
            f"y_test has the label {unknown!r}, which y does not have: no method can learn it, leave it out."
        )
    return Dataset(X_test, y_test, codes, training_set.classes, training_set.class_names, items)


def encode_labels(labels, classes):
    """Return labels as indices into classes; -1 for a label that is not a class."""
    code_of = {label: code for code, label in enumerate(classes.tolist())}
    return np.array([code_of.get(label, -1) for label in labels.tolist()], dtype=np.intp)


def _check_rows(X):
    """Return X as something that rows can be taken from, and its items where it lists images or files."""
    items = list_items(X)
    if isinstance(X, np.ndarray) or hasattr(X, "to_numpy"):
        return X, items
    if items is None or any(isinstance(item, list | tuple) for item in items):
        return np.asarray(X), None
    return items, items


def _check_labels(y, X, name):
    labels = [] if y is None else np.ravel(np.asarray(y, dtype=object)).tolist()
    if y is not None and not labels:
        raise ValueError(f"{name} is empty: give at least one image of each class.")
    for row, label in enumerate(labels):
        if _is_missing(label):
            raise ValueError(f"{name} has no label for image {row}: give every image one.")
    return _labels.check_labels(y, X, "compare")


def _is_missing(label):
    try:
        return label is None or bool(label != label)
    except TypeError:  # pandas.NA has no truth value
        return True
