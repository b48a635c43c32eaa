"""Choosing C by cross-validation: folds leave samples out by their costs, and each C begins where the last ended."""

from dataclasses import replace

import numpy as np
from sklearn.model_selection import check_cv

from classicvis.svm._decisions import choose_classes
from classicvis.svm._solve import solve_one_vs_rest


def score_path(problem, y, Cs, cv, settings):
    """Return the accuracy of each C on the samples that each fold leaves out.

    Parameters
    ----------
    problem : Problem
        The binary problems, with the costs for a C of 1.
    y : ndarray of shape (n_samples,)
        Labels.
    Cs : ndarray of shape (n_Cs,)
        From weak to strong, so that a solution is a good start for the next.
    cv : int, cross-validation generator or iterable
        The folds.
    settings : dict
        Other arguments of `solve_one_vs_rest`.

    Returns
    -------
    scores : ndarray of shape (n_folds, n_Cs)
        Shares of samples that were told right.
    """
    scores = []
    for train, test in check_cv(cv, y, classifier=True).split(np.zeros(len(y)), y):
        kept = np.zeros(len(y))
        kept[train] = 1
        held_out = replace(problem, X=problem.X[test], codes=problem.codes[test], costs=problem.costs[test])
        start, of_fold = None, []
        for C in Cs:
            solution = solve_one_vs_rest(replace(problem, costs=C * kept * problem.costs), start=start, **settings)
            start = solution.weights
            decisions = held_out.decide(start, problem.X.dtype)
            predicted = choose_classes(decisions[0] if len(decisions) == 1 else decisions.T)
            of_fold.append(np.mean(predicted == held_out.codes))
        scores.append(of_fold)
    return np.array(scores)
