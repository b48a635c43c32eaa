"""From what each process measured to the raw results of a method: a label and a row of scores an image."""

import numpy as np

from classicvis.benchmark._method_run import MethodRun


def pool_folds(name, estimator, measurements, labels):
    """Put the folds of a method together.

    Parameters
    ----------
    name : str
        What the method is called.
    estimator : estimator
        The method.
    measurements : list of Measurement
        One a fold, in order; fewer after one that failed.
    labels : Labels
        Classes of the comparison.

    Returns
    -------
    run : MethodRun
        With an error if any fold had one.
    """
    run = MethodRun(name, repr(estimator))
    run.warnings = list(dict.fromkeys(text for fold in measurements for text in fold.warnings))
    for number, fold in enumerate(measurements, start=1):
        if fold.error is not None:
            run.error = fold.error if number == 1 else f"Fold {number}: {fold.error}"
            run.traceback = fold.traceback
            return run
    y_pred = np.concatenate([labels.encode(fold.y_pred) for fold in measurements])
    if (y_pred < 0).any():
        run.error = "It predicts labels that y does not have."
        return run
    run.y_pred = y_pred
    run.costs = measurements[0].costs
    run.scorer_values = {
        scorer: [fold.scorer_values[scorer] for fold in measurements] for scorer in measurements[0].scorer_values
    }
    kinds = {fold.score_kind for fold in measurements}
    if len(kinds) == 1 and None not in kinds:
        run.score_kind = kinds.pop()
        run.scores = np.concatenate([_align_scores(fold, labels) for fold in measurements])
    return run


def _align_scores(fold, labels):
    """Return the scores of a fold with a column for each class, whether or not its training images had it."""
    scores = fold.scores
    if scores.ndim == 1:  # decision values of two classes, positive for the second
        scores = np.stack([np.zeros_like(scores), scores], axis=1)
    absent = 0.0 if fold.score_kind == "probability" else -np.inf
    aligned = np.full((len(scores), len(labels.classes)), absent, dtype=np.float32)
    aligned[:, labels.encode(fold.score_classes)] = scores
    return aligned
