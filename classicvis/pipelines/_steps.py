"""What the ready-made pipelines have in common: reading images first, a classifier last."""

import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from classicvis.images import ImageReader
from classicvis.pipelines._reduction import LeadingComponents
from classicvis.svm import Chi2Map, IntersectionMap, LinearSVMClassifier, RBFSVMClassifier

MAPS = {"intersection": IntersectionMap, "chi2": Chi2Map}
N_COMPONENTS = 500  # that the RBF kernel is given
KERNELS = ("linear", "rbf", *MAPS)
FORESTS = {"extra": ExtraTreesClassifier, "random": RandomForestClassifier}
N_TREES = 300
LEAST_IMAGES_OF_LEAF = 2  # as accurate as 1, and a third to a half smaller
N_ROUNDS = 100  # of boosting, each a tree for every class
N_BOOSTED_COMPONENTS = 50  # boosting looks at every feature in every tree, so that thousands would take minutes
CALIBRATIONS = {True: "sigmoid", "sigmoid": "sigmoid", "temperature": "temperature"}


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
    probability : bool or str
        Whether, and how, to calibrate the decision.
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


def with_probability(classifier, probability):
    """Return a classifier as it is, or inside one that calibrates its decision."""
    if not probability:
        return classifier
    if probability not in CALIBRATIONS:
        raise ValueError(f"probability is {probability!r}, but must be False, True, 'sigmoid' or 'temperature'.")
    if probability == "temperature" and tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8):
        raise ValueError(
            f"probability='temperature' needs scikit-learn 1.8, but {sklearn.__version__} is installed: "
            "upgrade it, or set probability='sigmoid'."
        )
    return CalibratedClassifierCV(classifier, method=CALIBRATIONS[probability], ensemble=False)


def forest_steps(kind, n_estimators, probability, random_state, n_jobs, *, max_features="sqrt"):
    """Return the steps from features to classes by a forest, or say which kinds there are."""
    if kind == "boosting":
        n_rounds = N_ROUNDS if n_estimators is None else n_estimators
        forest = HistGradientBoostingClassifier(max_iter=n_rounds, random_state=random_state)
        steps = [("pca", LeadingComponents(N_BOOSTED_COMPONENTS, random_state=random_state))]
    elif kind in FORESTS:
        n_trees = N_TREES if n_estimators is None else n_estimators
        settings = {"min_samples_leaf": LEAST_IMAGES_OF_LEAF, "max_features": max_features}
        forest = FORESTS[kind](n_trees, random_state=random_state, n_jobs=n_jobs, **settings)
        steps = []
    else:
        raise ValueError(f"kind is {kind!r}, but must be 'extra', 'random' or 'boosting'.")
    return [*steps, ("forest", with_probability(forest, probability))]
