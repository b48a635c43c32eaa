"""What the ready-made pipelines have in common: reading images first, a classifier last."""

from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from ..images import ImageReader
from ..svm import Chi2Map, IntersectionMap, LinearSVMClassifier, RBFSVMClassifier
from ._reduction import LeadingComponents

MAPS = {"intersection": IntersectionMap, "chi2": Chi2Map}
N_COMPONENTS = 500  # that the RBF kernel is given
KERNELS = ("linear", "rbf", *MAPS)
FORESTS = {"extra": ExtraTreesClassifier, "random": RandomForestClassifier}


def reader_steps(size, color, aspect, n_jobs):
    """Return a list with the step that reads images and brings them to `size`; an empty one without `size`."""
    return [] if size is None else [("reader", ImageReader(size, color=color, aspect=aspect, n_jobs=n_jobs))]


def svm_steps(kernel, C, defaults, probability, random_state, n_jobs):
    """Return the steps from features to labels: a support vector machine, and what its kernel needs before it.

    Parameters
    ----------
    kernel : str
        One of `KERNELS`.
    C : float or None
        Inverse strength of the regularisation; None means that of `defaults`.
    defaults : dict of str to float
        C for each kernel.
    probability : bool
        Whether to calibrate the decision.
    random_state : int, RandomState instance or None
        Seed.
    n_jobs : int or None
        Threads of the support vector machine.

    Returns
    -------
    steps : list of (str, estimator)
        ``svm``, after ``pca`` (RBF) or ``map`` (intersection and chi2).

    Raises
    ------
    ValueError
        There is no such kernel.
    """
    if kernel not in KERNELS:
        raise ValueError(f"kernel is {kernel!r}, but must be one of {', '.join(map(repr, KERNELS))}.")
    C = defaults[kernel] if C is None else C
    if kernel == "rbf":
        svm = with_probability(RBFSVMClassifier(C, n_jobs=n_jobs), probability)
        return [("pca", LeadingComponents(N_COMPONENTS, random_state=random_state)), ("svm", svm)]
    before = [("map", MAPS[kernel]())] if kernel in MAPS else []
    return [*before, ("svm", make_linear_svm(C, probability, random_state, n_jobs))]


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
