"""What an explanation needs of a fitted classifier: its last step, the codes of its classes, a score for each class."""

import numpy as np
from sklearn.pipeline import Pipeline

RESPONSE_METHODS = ("predict_proba", "decision_function")  # "auto" takes the first that the classifier has


def unwrap_search(estimator):
    """Return the best estimator of a fitted search, such as GridSearchCV; any other estimator as it is."""
    return getattr(estimator, "best_estimator_", estimator)


def last_step(estimator):
    """Return the last step of a Pipeline, or of a search's best Pipeline; any other estimator as it is."""
    estimator = unwrap_search(estimator)
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator


def plain_repr(value):
    """Return the text of a value for messages, as Python's numbers and text have it: 0.5, not np.float64(0.5)."""
    with np.printoptions(legacy="1.25"):
        return repr(value)


def encode_target(classes, target, n_samples):
    """Return the index in `classes` of the target of each sample; `target` is one label, or one for each sample."""
    targets = np.asarray(target)
    if targets.ndim == 0:
        targets = np.broadcast_to(targets, n_samples)
    if targets.shape != (n_samples,):
        raise ValueError(
            f"target has the shape {targets.shape}, but must be one label, or a label for each of the {n_samples} "
            "samples of X."
        )
    is_target = targets[:, np.newaxis] == classes
    known = is_target.any(axis=1)
    if not known.all():
        raise ValueError(
            f"target is {plain_repr(targets[np.argmin(known)])}, but must be one of the classes: "
            f"{', '.join(map(plain_repr, classes))}."
        )
    return is_target.argmax(axis=1)


def choose_response_method(classifier, response_method):
    """Return the name of the method that scores classes: `response_method`, or the first available for "auto"."""
    if response_method not in ("auto", *RESPONSE_METHODS):
        allowed = " or ".join(map(repr, RESPONSE_METHODS))
        raise ValueError(f"response_method is {plain_repr(response_method)}, but must be 'auto', {allowed}.")
    wanted = RESPONSE_METHODS if response_method == "auto" else (response_method,)
    for name in wanted:
        if hasattr(classifier, name):
            return name
    raise ValueError(
        f"{type(classifier).__name__} has no {' and no '.join(wanted)}: give a classifier that scores its classes, "
        "such as one in a CalibratedClassifierCV."
    )


def response_values(classifier, X, method):
    """Return the scores of X by `predict_proba` or `decision_function`, float64 of shape (n, n_classes).

    A binary decision function ``d`` becomes the columns ``(-d, d)``.
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
