"""How successive halving spends its work: few rows for many settings first, all rows for the best ones last."""

import math

import numpy as np

LEAST_ROWS = 300
LEAST_ROWS_PER_CLASS = 20
FACTOR = 4  # about how many times as many rows each rung has
N_FINALISTS = 2
LEAST_TEST_ROWS = 1000  # if there are as many: no classifier is trained on them, and few leave much to chance


def plan_rungs(n_rows, n_classes, n_candidates):
    """Say how many rows each rung has, and how many candidates.

    Parameters
    ----------
    n_rows : int
        Rows that there are.
    n_classes : int
        Classes among them.
    n_candidates : int
        Candidates in the first rung.

    Returns
    -------
    rungs : list of (int, int)
        Rows and candidates, from the first rung to the last, which has all rows.

    Examples
    --------
    >>> from classicvis.pipelines._halving import plan_rungs
    >>> plan_rungs(n_rows=60_000, n_classes=10, n_candidates=64)
    [(300, 64), (1128, 27), (4243, 11), (15955, 5), (60000, 2)]
    """
    least = max(LEAST_ROWS, LEAST_ROWS_PER_CLASS * n_classes)
    n_steps = 0
    if n_candidates > N_FINALISTS and n_rows > least:
        n_steps = round(math.log(n_rows / least, FACTOR))
    if not n_steps:
        return [(n_rows, n_candidates)]
    growth = (n_rows / least) ** (1 / n_steps)
    drop = (N_FINALISTS / n_candidates) ** (1 / n_steps)
    return [(round(least * growth**i), max(N_FINALISTS, round(n_candidates * drop**i))) for i in range(n_steps)] + [
        (n_rows, N_FINALISTS)
    ]


def order_by_class(y, rng):
    """Order rows so that the first of them, however many, have the classes in the proportions of all.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    rng : RandomState
        Where the order within a class comes from.

    Returns
    -------
    order : ndarray of shape (n,), dtype intp
        All rows.
    """
    shuffled = rng.permutation(len(y))
    labels = np.unique(y[shuffled], return_inverse=True)[1]
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    place = np.empty(len(y))
    place[by_class] = (np.arange(len(y)) - np.repeat(np.cumsum(counts) - counts, counts)) / np.repeat(counts, counts)
    return shuffled[np.argsort(place, kind="stable")]


def take_rows(split, order, share):
    """Return the rows of a split that come first.

    Parameters
    ----------
    split : (ndarray, ndarray)
        Training and test rows.
    order : ndarray of shape (n,), dtype intp
        All rows, in the order in which they come in.
    share : float
        How much of the split, at most 1; of test rows as many more as make them enough.

    Returns
    -------
    train, test : ndarray
        Rows, sorted.
    """
    train, test = (order[np.isin(order, rows)] for rows in split)
    n_test = max(round(share * len(test)), LEAST_TEST_ROWS)
    return np.sort(train[: max(1, round(share * len(train)))]), np.sort(test[:n_test])
