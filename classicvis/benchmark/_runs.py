"""What is measured of one method: its predictions, its scores and its costs."""

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Costs:
    """What a fit, its predictions and its model cost.

    Attributes
    ----------
    warm_up_seconds : float
        What the transformers took on a few images before the fit; what compiles on a first call compiles here.
    fit_seconds : float
        The fit.
    fit_peak_bytes : int
        Rise of the peak of resident memory during the fit.
    pass_images : int
        Number of test images in a pass.
    pass_seconds : list of float
        Each pass of `predict` over the test images in batches.
    latency_seconds : list of float
        Each call of `predict` with a single image.
    model_bytes : int or None
        Size of the pickled model; None where it cannot be pickled.
    """

    warm_up_seconds: float
    fit_seconds: float
    fit_peak_bytes: int
    pass_images: int
    pass_seconds: list
    latency_seconds: list
    model_bytes: int | None


@dataclass(frozen=True, eq=False)
class MethodRun:
    """The raw results of one method, on one fold or on all of them.

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


def pool_folds(folds):
    """Return the run of a method on all folds, given its run on each.

    Parameters
    ----------
    folds : list of MethodRun
        In order; fewer after one that failed.

    Returns
    -------
    run : MethodRun
        With an error if any fold has one.
    """
    warnings = list(dict.fromkeys(text for fold in folds for text in fold.warnings))
    for number, fold in enumerate(folds, start=1):
        if fold.error is not None:
            error = fold.error if number == 1 else f"Fold {number}: {fold.error}"
            return MethodRun(fold.name, fold.estimator, warnings=warnings, error=error, traceback=fold.traceback)
    first = folds[0]
    kinds = {fold.score_kind for fold in folds}
    has_scores = len(kinds) == 1 and None not in kinds
    return replace(
        first,
        y_pred=np.concatenate([fold.y_pred for fold in folds]),
        scores=np.concatenate([fold.scores for fold in folds]) if has_scores else None,
        score_kind=first.score_kind if has_scores else None,
        scorer_values={name: [fold.scorer_values[name][0] for fold in folds] for name in first.scorer_values},
        warnings=warnings,
    )
