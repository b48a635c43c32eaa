"""The classes of a fit or of a stream."""

import numpy as np


def classes_of_stream(classes, known):
    """Return the classes of a stream, sorted.

    Parameters
    ----------
    classes : array-like or None
        What a call of `partial_fit` names.
    known : ndarray or None
        Those of earlier calls, if there were any.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        All of them.

    Raises
    ------
    ValueError
        They are missing or fewer than two in the first call, or others than before.
    """
    if known is None:
        if classes is None:
            raise ValueError("classes is None, but the first call of partial_fit needs all classes of the stream.")
        known = np.unique(classes)
        if len(known) < 2:
            raise ValueError(f"classes is {known.tolist()}, but must hold two classes at least.")
    elif classes is not None and not np.array_equal(np.unique(classes), known):
        raise ValueError(
            f"classes is {np.unique(classes).tolist()}, but was {known.tolist()} before: give the same ones, or none."
        )
    return known


def require_two_classes(classes, targets):
    """Raise a ValueError where all targets, indices of classes, are the same."""
    if len(np.unique(targets)) < 2:
        raise ValueError(
            f"y holds 1 class with a weight above 0, {classes[targets[0]]!r}: give images of two classes at least."
        )
