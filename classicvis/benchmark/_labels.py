"""Labels of any type, their classes, and the names that people read."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets


class Labels(NamedTuple):
    """The labels of the images that are fitted on.

    Attributes
    ----------
    y : ndarray of shape (n,)
        The labels as given.
    classes : ndarray of shape (n_classes,)
        The different ones, sorted.
    codes : ndarray of shape (n,), dtype intp
        The labels as indices into `classes`.
    names : list of str
        What to call the classes.
    """

    y: np.ndarray
    classes: np.ndarray
    codes: np.ndarray
    names: list

    def encode(self, labels):
        """Turn labels into indices into `classes`.

        Parameters
        ----------
        labels : ndarray of shape (m,)
            Labels.

        Returns
        -------
        codes : ndarray of shape (m,), dtype intp
            Their indices; -1 for what is no class.
        """
        code_of = {label: code for code, label in enumerate(self.classes.tolist())}
        return np.array([code_of.get(label, -1) for label in labels.tolist()], dtype=np.intp)


def check_labels(y, class_names):
    """Return the labels of the images that are fitted on, or say what is wrong with them.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels of one type.
    class_names : array-like of shape (n_classes,) or None
        Names in the sorted order of the labels; None stands for the labels themselves.

    Returns
    -------
    labels : Labels
        With at least two classes.

    Raises
    ------
    ValueError
        A label is missing, they cannot be sorted, they are all the same, or the names do not fit.
    """
    y = _check_complete(y, "y")
    try:
        classes, codes = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise ValueError("The labels in y are of different types: give all as str, or all as int.") from error
    check_classification_targets(y)
    if len(classes) < 2:
        raise ValueError(f"All labels in y are {classes[0]!r}, but comparing classifiers takes at least two classes.")
    if class_names is None:
        class_names = classes.tolist()
    if len(class_names) != len(classes):
        raise ValueError(
            f"class_names has {len(class_names)} names, but y has {len(classes)} classes: "
            "give one name a class, in the sorted order of the labels."
        )
    return Labels(y, classes, codes.astype(np.intp), [str(name) for name in class_names])


def check_test_labels(y_test, labels):
    """Return test labels and their codes, or say what is wrong with them.

    Parameters
    ----------
    y_test : array-like of shape (n_test,)
        Labels of the same type as `labels.y`.
    labels : Labels
        The labels of the images that are fitted on.

    Returns
    -------
    y_test : ndarray of shape (n_test,)
        The labels.
    codes : ndarray of shape (n_test,), dtype intp
        As indices into `labels.classes`.

    Raises
    ------
    ValueError
        A label is missing, or is none of the classes.
    """
    y_test = _check_complete(y_test, "y_test")
    codes = labels.encode(y_test)
    if (codes < 0).any():
        unknown = y_test[codes < 0].tolist()[0]
        raise ValueError(
            f"y_test has the label {unknown!r}, which y does not have: no method can learn it, leave it out."
        )
    return y_test, codes


def _check_complete(y, name):
    y = column_or_1d(y)
    if len(y) == 0:
        raise ValueError(f"{name} is empty: give at least one image of each class.")
    for row, label in enumerate(y.tolist()):
        if label is None or label != label:
            raise ValueError(f"{name} has no label for image {row}: give every image one.")
    return y
