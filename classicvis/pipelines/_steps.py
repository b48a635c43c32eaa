"""What the ready-made pipelines have in common: reading images first, a classifier last."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from ..images import ImageReader
from ..svm import LinearSVMClassifier

FORESTS = {"extra": ExtraTreesClassifier, "random": RandomForestClassifier}


def reader_steps(size, color, aspect, n_jobs):
    """Return a list with the step that reads images and brings them to `size`; an empty one without `size`."""
    return [] if size is None else [("reader", ImageReader(size, color=color, aspect=aspect, n_jobs=n_jobs))]


def make_linear_svm(C, probability, random_state, n_jobs):
    """Return a linear support vector machine, with calibrated probabilities if asked for."""
    return with_probability(LinearSVMClassifier(C, random_state=random_state, n_jobs=n_jobs), probability)


def with_probability(svm, probability):
    """Return a classifier as it is, or inside one that calibrates its decision."""
    return CalibratedClassifierCV(svm, ensemble=False) if probability else svm


def make_forest(kind, n_estimators, random_state, n_jobs):
    """Return a forest, or say which kinds there are."""
    if kind not in FORESTS:
        raise ValueError(f"kind is {kind!r}, but must be 'extra' or 'random'.")
    return FORESTS[kind](n_estimators, random_state=random_state, n_jobs=n_jobs)
