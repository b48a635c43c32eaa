"""The plan of successive halving: first many candidates on few rows, last the best ones on all rows."""

import math

import numpy as np

LEAST_ROWS = 300  # of the first rung: with fewer, the order of candidates says little about that on all rows
LEAST_ROWS_PER_CLASS = 20
FACTOR = 4  # approximate growth of the rows from rung to rung
N_FINALISTS = 2  # candidates of the last rung, each of which is fitted on all rows in every split
LEAST_TEST_ROWS = 1000  # if there are as many: scoring is cheap, and the score of few rows is noisy


def plan_rungs(n_rows, n_classes, n_candidates):
    """Plan the rows and the candidates of each rung.

    Parameters
    ----------
    n_rows : int
        All rows.
    n_classes : int
        Number of classes.
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
    """Order rows so that the first n of them, for any n, have the classes in the proportions of all rows.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    rng : RandomState
        Shuffles the rows of a class.

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


def shrink_split(split, order, share):
    """Return the first rows of a split.

    Parameters
    ----------
    split : (ndarray, ndarray)
        Training and test rows.
    order : ndarray of shape (n,), dtype intp
        All rows, in the order in which they are used.
    share : float
        Share of the rows, at most 1. There are at least `LEAST_TEST_ROWS` test rows, or all.

    Returns
    -------
    train, test : ndarray
        Rows, sorted.
    """
    train, test = (order[np.isin(order, rows)] for rows in split)
    n_test = max(round(share * len(test)), LEAST_TEST_ROWS)
    return np.sort(train[: max(1, round(share * len(train)))]), np.sort(test[:n_test])
