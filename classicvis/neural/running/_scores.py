"""Telling probabilities from logits in a network's output, and turning both into logits."""

import numpy as np

KINDS = ("logits", "probabilities")
TOLERANCE = 1e-3  # of the sum of probabilities, and of their bounds
SMALLEST = np.finfo(np.float64).tiny


def tell_kind(values):
    """Tell from a network's output for images of noise whether it holds probabilities.

    Parameters
    ----------
    values : ndarray of shape (n, k)
        Its output.

    Returns
    -------
    kind : {"logits", "probabilities"} or None
        None where it cannot be told: a single column, or numbers between 0 and 1 that do not sum to 1.
    """
    are_between = (values >= -TOLERANCE).all() and (values <= 1 + TOLERANCE).all()
    if values.shape[1] > 1 and are_between and np.allclose(values.sum(axis=1), 1, rtol=0, atol=TOLERANCE):
        return "probabilities"
    return None if are_between else "logits"


def as_logits(values, kind):
    """Turn outputs into logits.

    Parameters
    ----------
    values : ndarray of shape (n, k)
        One column a class, or a single one for the second of two.
    kind : {"logits", "probabilities"}
        What they are.

    Returns
    -------
    logits : ndarray of shape (n, k) or (n, 2), dtype float64
        Their softmax gives the probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.special import softmax
    >>> from classicvis.neural.running._scores import as_logits
    >>> softmax(as_logits(np.array([[0.25], [1.0]]), "probabilities"), axis=1).round(6)
    array([[0.75, 0.25],
           [0.  , 1.  ]])
    """
    values = values.astype(np.float64)
    if kind == "logits":
        return values if values.shape[1] > 1 else np.hstack([np.zeros_like(values), values])
    if values.shape[1] == 1:
        values = np.hstack([1 - values, values])
    return np.log(np.maximum(values, SMALLEST))
