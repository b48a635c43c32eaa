"""First and last steps of the ready-made pipelines: the reader, and the classifier."""

import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from classicvis.images import ImageReader
from classicvis.pipelines._reduction import LeadingComponents
from classicvis.svm import Chi2Map, IntersectionMap, LinearSVMClassifier, RBFSVMClassifier

MAPS = {"intersection": IntersectionMap, "chi2": Chi2Map}
N_COMPONENTS = 500  # for the RBF kernel; 300 lose 0.2 points of accuracy
KERNELS = ("linear", "rbf", *MAPS)
FORESTS = {"extra": ExtraTreesClassifier, "random": RandomForestClassifier}
N_TREES = 300  # 100 and 1,000 change the accuracy by less than another seed does
LEAST_IMAGES_OF_LEAF = 2  # as accurate as 1, and a third to a half smaller
N_ROUNDS = 100  # of boosting, scikit-learn's default; each has one tree for every class
N_BOOSTED_COMPONENTS = 50  # every tree of boosting looks at every feature: thousands would take minutes
CALIBRATIONS = {True: "sigmoid", "sigmoid": "sigmoid", "temperature": "temperature"}


def reader_steps(reader, size, color, aspect, n_jobs):
    """Return a list of the step that reads images, which is empty where neither `reader` nor `size` is given."""
    if reader is None:
        return [] if size is None else [("reader", ImageReader(size, color=color, aspect=aspect, n_jobs=n_jobs))]
    if not isinstance(reader, ImageReader):
        raise ValueError(f"reader is {reader!r}, but must be an ImageReader or None: give ImageReader(size=...).")
    if size is not None:
        raise ValueError(f"reader and size={size!r} are both given: leave out size, and set it in the reader.")
    return [("reader", clone(reader))]


def svm_steps(kernel, C, defaults, probability, random_state, n_jobs):
    """Return the step ``svm``, after ``pca`` (RBF) or ``map`` (intersection, chi2); `defaults` has C by kernel."""
    if kernel not in KERNELS:
        raise ValueError(f"kernel is {kernel!r}, but must be one of {', '.join(map(repr, KERNELS))}.")
    C = defaults[kernel] if C is None else C
    if kernel == "rbf":
        svm = with_probability(RBFSVMClassifier(C, n_jobs=n_jobs), probability)
        return [("pca", LeadingComponents(N_COMPONENTS, random_state=random_state)), ("svm", svm)]
    before = [("map", MAPS[kernel]())] if kernel in MAPS else []
    return [*before, ("svm", make_linear_svm(C, probability, random_state, n_jobs))]


def make_linear_svm(C, probability, random_state, n_jobs):
    """Return a linear support vector machine, calibrated if `probability` says so."""
    return with_probability(LinearSVMClassifier(C, random_state=random_state, n_jobs=n_jobs), probability)


def with_probability(classifier, probability):
    """Return a classifier, inside a CalibratedClassifierCV if `probability` says so."""
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
    """Return the step ``forest``, after ``pca`` for boosting."""
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
