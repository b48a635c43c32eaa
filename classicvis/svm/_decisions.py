"""From decisions to classes."""

import numpy as np


def choose_classes(decisions):
    """Return the number of the class that decisions are for.

    Parameters
    ----------
    decisions : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
        The largest tells the class; of two, a positive one the second.

    Returns
    -------
    codes : ndarray of shape (n_samples,), int
        The numbers.
    """
    return (decisions > 0).astype(np.intp) if decisions.ndim == 1 else decisions.argmax(axis=1)
