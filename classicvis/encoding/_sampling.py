"""Drawing descriptors to learn from, spread evenly over the sets that they come from."""

import numpy as np
from sklearn.utils import check_random_state


def sample_sizes(sizes, n_descriptors, random_state=None):
    """Say how many descriptors to draw from each set, as evenly as can be.

    Every set gives the same number, and a smaller one all it has; what is left over goes to sets drawn at random.

    Parameters
    ----------
    sizes : array-like of shape (n_sets,)
        Number of descriptors of each set.
    n_descriptors : int
        Most descriptors in total.
    random_state : int, RandomState instance or None, default=None
        Which sets give one more.

    Returns
    -------
    sizes : ndarray of shape (n_sets,), dtype intp
        How many to draw from each; in total `n_descriptors`, or as many as there are.

    Examples
    --------
    >>> from classicvis.encoding import sample_sizes
    >>> sample_sizes([100, 5, 100], 25)
    array([10,  5, 10])
    """
    sizes = np.asarray(sizes, np.intp)
    if sizes.sum() <= n_descriptors:
        return sizes.copy()
    ordered = np.sort(sizes)
    n_larger = np.arange(len(sizes), 0, -1)
    totals = np.cumsum(ordered) - ordered + ordered * n_larger  # if no set gave more than the i-th smallest has
    i = np.searchsorted(totals, n_descriptors, side="right")
    level = (n_descriptors - ordered[:i].sum()) // n_larger[i]
    drawn = np.minimum(sizes, level)
    larger = np.flatnonzero(sizes > level)
    extra = check_random_state(random_state).permutation(larger)[: n_descriptors - drawn.sum()]
    drawn[extra] += 1
    return drawn


def sample_rows(sizes, n_descriptors, random_state):
    """Draw descriptors for `sample_sizes`, without replacement.

    Parameters
    ----------
    sizes : ndarray of shape (n_sets,)
        Number of descriptors of each set.
    n_descriptors : int
        Most descriptors in total.
    random_state : RandomState
        The source of chance.

    Returns
    -------
    rows : list of ndarrays of shape (k_i,)
        What is drawn from each set, in order.
    """
    drawn = sample_sizes(sizes, n_descriptors, random_state)
    return [
        np.arange(size) if k == size else np.sort(random_state.permutation(size)[:k])
        for size, k in zip(sizes, drawn, strict=True)
    ]
