"""Scores of the classes, whatever the classifier offers."""

import numpy as np

RESPONSE_METHODS = ("predict_proba", "decision_function")


def choose_response_method(classifier, response_method):
    """Return the name of the method that scores classes, the first that there is for ``"auto"``.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    response_method : {"auto", "predict_proba", "decision_function"}
        What is asked for.

    Returns
    -------
    name : {"predict_proba", "decision_function"}
        A method of `classifier`.

    Raises
    ------
    ValueError
        There is no such method.
    """
    if response_method not in ("auto", *RESPONSE_METHODS):
        raise ValueError(
            f"response_method is {response_method!r}, but must be 'auto', {' or '.join(map(repr, RESPONSE_METHODS))}."
        )
    wanted = RESPONSE_METHODS if response_method == "auto" else (response_method,)
    for name in wanted:
        if hasattr(classifier, name):
            return name
    raise ValueError(
        f"{type(classifier).__name__} has no {' and no '.join(wanted)}: give a classifier that scores its classes, "
        "such as one inside of a CalibratedClassifierCV."
    )


def score_classes(classifier, X, method):
    """Score classes, one column each.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    X : array-like
        What it takes.
    method : {"predict_proba", "decision_function"}
        How to score.

    Returns
    -------
    scores : ndarray of shape (n, n_classes), float64
        Of two classes with one decision, the first has its negative.

    Raises
    ------
    ValueError
        The scores are not one for each class.
    """
    scores = np.asarray(getattr(classifier, method)(X), dtype=np.float64)
    if scores.ndim == 1:
        scores = np.stack([-scores, scores], axis=1)
    n_classes = len(classifier.classes_)
    if scores.shape[1:] != (n_classes,):
        raise ValueError(
            f"{method} of {type(classifier).__name__} has the shape {scores.shape}, but there are {n_classes} classes: "
            "give a classifier that has one score for each class (SVC: decision_function_shape='ovr')."
        )
    return scores
