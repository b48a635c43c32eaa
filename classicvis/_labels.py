"""The labels y of images, alike in every room."""

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
