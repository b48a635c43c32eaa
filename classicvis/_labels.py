"""The labels y of images, alike in every room."""

from numbers import Real

import numpy as np
from sklearn.utils.validation import check_consistent_length

from classicvis._sklearn_compat import check_y


def check_labels(y, X, name):
    """Check that y holds one label for each sample.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels of any type that can be sorted. A column, of shape (n, 1), is taken with scikit-learn's warning.
    X : sequence of length n
        The samples.
    name : str
        The estimator's, for messages.

    Returns
    -------
    y : ndarray of shape (n,)
        The labels.

    Raises
    ------
    ValueError
        y is missing, has more than one column, or is of another length.
    """
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None: give one label for each image.")
    shape = getattr(y, "shape", None) or np.asarray(y, dtype=object).shape
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"y has the shape {shape}, but holds one label for each image: give one column, and for one-hot codes "
            "y.argmax(axis=1)."
        )
    y = check_y(y, multi_output=False, y_numeric=False, estimator=name)
    check_consistent_length(X, y)
    return y


def encode_labels(y, classes, name):
    """Return the position of each label among the sorted classes; a label that is not among them is an error."""
    codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    is_unknown = classes[codes] != y
    if is_unknown.any():
        unknown = np.unique(y[is_unknown]).tolist()
        raise ValueError(f"y has the labels {unknown}, but {name} has the classes {classes.tolist()}: give only those.")
    return codes.astype(np.intp, copy=False)


def check_class_weight(class_weight):
    """Check that the weights of classes are finite and not negative; None and "balanced" pass."""
    if not isinstance(class_weight, dict):
        return
    for label, weight in class_weight.items():
        if not (isinstance(weight, Real) and np.isfinite(weight) and weight >= 0):
            raise ValueError(
                f"class_weight gives the class {label!r} the weight {weight!r}, but weights are finite and at least 0: "
                "give such a weight."
            )
