"""The raw results of one method: what figures, plots and tests are made from."""

from dataclasses import dataclass, field

import numpy as np

from classicvis.benchmark._measure import Costs


@dataclass
class MethodRun:
    """The raw results of one method.

    Attributes
    ----------
    name : str
        What the method is called.
    estimator : str
        What it is, as scikit-learn prints it.
    y_pred : ndarray of shape (n_test,), dtype intp, or None
        Predicted classes, as indices into `Comparison.classes`; None after an error.
    scores : ndarray of shape (n_test, n_classes), dtype float32, or None
        Probabilities or decision values, a column a class; None where the method has none.
    score_kind : {"probability", "decision value", None}
        What `scores` holds.
    scorer_values : dict of str to list
        The values of each scorer that was asked for, one a fold; None where it failed.
    costs : Costs or None
        Seconds, bytes; None after an error.
    warnings : list of str
        What the method warned of.
    error : str or None
        What went wrong, in one line.
    traceback : str or None
        The same in full.
    """

    name: str
    estimator: str
    y_pred: np.ndarray | None = None
    scores: np.ndarray | None = None
    score_kind: str | None = None
    scorer_values: dict = field(default_factory=dict)
    costs: Costs | None = None
    warnings: list = field(default_factory=list)
    error: str | None = None
    traceback: str | None = None
