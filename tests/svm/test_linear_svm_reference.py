"""The optimum of `LinearSVMClassifier`: against a general solver, scikit-learn's liblinear, and its own duality gap."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.linear_svm import crammer_singer_objective, minimise_squared_hinge, objective, relative_gap
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from classicvis import LinearSVMClassifier
from classicvis.svm import _dual_descent, _newton
from classicvis.svm._crammer_singer_newton import project_onto_simplices


def make_problem(kind):
    """Return X and y of a kind of problem that solvers may find hard."""
    rng = np.random.default_rng(3)
    if kind == "tiny":  # fewer samples than features
        X = rng.normal(size=(12, 40))
        return X, np.arange(12) % 3
    n_classes = 2 if kind == "binary" else 4
    X, y = make_classification(200, 20, n_informative=8, n_redundant=6, n_classes=n_classes, flip_y=0.1, random_state=3)
    if kind == "unscaled":
        X = X * 10.0 ** rng.uniform(-3, 3, 20)
    if kind == "ill-conditioned":
        X = X @ np.linalg.qr(rng.normal(size=(20, 20)))[0] @ np.diag(np.logspace(0, -4, 20))
    if kind == "duplicates":
        rows = rng.integers(60, size=200)
        X, y = X[rows], y[rows]
    if kind == "imbalanced":
        kept = (y == 0) | (rng.random(200) < 0.1)
        X, y = X[kept], y[kept]
    if kind == "shifted":
        X = X + 100
    return X, y


KINDS = ["random", "binary", "tiny", "unscaled", "ill-conditioned", "duplicates", "imbalanced", "shifted"]


def weights_of(svm):
    return np.column_stack([svm.coef_, svm.intercept_])


def signs_for(svm, y):
    positives = svm.classes_[1:] if len(svm.classes_) == 2 else svm.classes_
    return [np.where(y == label, 1.0, -1.0) for label in positives]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("C", [0.01, 1, 30])
@pytest.mark.parametrize("kind", KINDS)
def test_squared_hinge_reaches_the_minimum(kind, C, dtype):
    X, y = make_problem(kind)
    X = X.astype(dtype)
    svm = LinearSVMClassifier(C, tol=1e-5, random_state=0).fit(X, y)
    assert svm.dual_gap_ <= 1e-5
    costs = np.full(len(X), float(C))
    for weights, signs in zip(weights_of(svm), signs_for(svm, y), strict=True):
        assert relative_gap(weights, X, signs, costs) <= 1.01e-5
        if kind != "unscaled":  # which L-BFGS takes too long for
            least = objective(minimise_squared_hinge(X, signs, costs), X, signs, costs)
            assert objective(weights, X, signs, costs) <= least * (1 + 1e-5)


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
@pytest.mark.parametrize("kind", ["random", "binary", "tiny", "duplicates", "imbalanced"])
def test_predictions_are_those_of_liblinear(kind, loss):
    X, y = make_problem(kind)
    svm = LinearSVMClassifier(0.5, loss=loss, tol=1e-6, random_state=0).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = LinearSVC(C=0.5, loss=loss, dual=True, tol=1e-8, max_iter=100_000, random_state=0).fit(X, y)
    for ours, other, signs in zip(weights_of(svm), weights_of(theirs), signs_for(svm, y), strict=True):
        costs = np.full(len(X), 0.5)
        assert objective(ours, X, signs, costs, loss) <= objective(other, X, signs, costs, loss) * (1 + 2e-6)
    decisions = theirs.decision_function(X)
    ordered = np.sort(decisions.reshape(len(X), -1), axis=1)
    margin = np.abs(decisions) if decisions.ndim == 1 else ordered[:, -1] - ordered[:, -2]
    sure = margin > 0.01
    assert (svm.predict(X) == theirs.predict(X))[sure].all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_hinge_closes_the_duality_gap(kind, dtype):
    X, y = make_problem(kind)
    svm = LinearSVMClassifier(0.1, loss="hinge", tol=1e-4, random_state=0).fit(X.astype(dtype), y)
    assert 0 <= svm.dual_gap_ <= 1e-4


@pytest.mark.parametrize("kind", ["random", "binary", "tiny", "duplicates", "ill-conditioned"])
def test_crammer_singer_reaches_the_objective_of_liblinear(kind):
    X, y = make_problem(kind)
    svm = LinearSVMClassifier(0.1, multi_class="crammer_singer", tol=1e-6, random_state=0).fit(X, y)
    assert 0 <= svm.dual_gap_ <= 1e-6
    theirs = LinearSVC(C=0.1, multi_class="crammer_singer", tol=1e-8, max_iter=100_000, random_state=0).fit(X, y)
    assert_allclose(svm.decision_function(X), theirs.decision_function(X), atol=0.05)
    if len(svm.classes_) > 2:
        codes, costs = np.searchsorted(svm.classes_, y), np.full(len(X), 0.1)
        ours, least = (crammer_singer_objective(weights_of(m), X, codes, costs) for m in (svm, theirs))
        assert ours <= least * (1 + 1.01e-6)


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 3.0, 2: 0.5}])
@pytest.mark.parametrize("multi_class", ["ovr", "crammer_singer"])
@pytest.mark.parametrize("kind", ["random", "binary"])
def test_weights_of_classes_and_samples_are_those_of_liblinear(kind, multi_class, class_weight):
    X, y = make_problem(kind)
    if kind == "binary" and isinstance(class_weight, dict):
        class_weight = {0: 3.0}
    sample_weight = np.random.default_rng(0).uniform(0.1, 3, len(X))
    settings = {"C": 0.2, "class_weight": class_weight, "multi_class": multi_class, "random_state": 0}
    tol, atol = (1e-9, 2e-4) if multi_class == "ovr" else (1e-3, 0.05)  # the latter is slow to the last digits
    svm = LinearSVMClassifier(tol=tol, max_iter=5000, **settings).fit(X, y, sample_weight)
    theirs = LinearSVC(tol=1e-8, max_iter=1_000_000, **settings).fit(X, y, sample_weight)
    assert_allclose(svm.coef_, theirs.coef_, atol=atol)
    assert_allclose(svm.intercept_, theirs.intercept_, atol=atol)


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_no_intercept_is_zero_and_optimal(loss):
    X, y = make_problem("random")
    settings = {"C": 0.3, "loss": loss, "fit_intercept": False, "random_state": 0}
    svm = LinearSVMClassifier(tol=1e-8, **settings).fit(X, y)
    theirs = LinearSVC(tol=1e-10, dual=True, max_iter=1_000_000, **settings).fit(X, y)
    assert (svm.intercept_ == 0).all()
    assert_allclose(svm.coef_, theirs.coef_, atol=1e-3)


@pytest.mark.parametrize("shape", [(700, 60), (60, 700), (400, 400)])
@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_all_ways_to_a_direction_lead_to_the_same_minimum(monkeypatch, shape, loss):
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape) * np.logspace(0, -2, shape[1])
    y = (X[:, 0] + 0.3 * rng.normal(size=len(X)) > 0).astype(int)
    monkeypatch.setattr(_newton, "LITTLE_WORK", np.inf)
    direct = LinearSVMClassifier(10, loss=loss, tol=1e-8, random_state=0).fit(X, y)
    monkeypatch.setattr(_newton, "LITTLE_WORK", 0)
    monkeypatch.setattr(_newton, "EQUATIONS_A_STEP", 0)
    monkeypatch.setattr(_newton, "PLAIN_STEPS", 2)
    by_steps = LinearSVMClassifier(10, loss=loss, tol=1e-8, random_state=0).fit(X, y)
    assert_allclose(by_steps.coef_, direct.coef_, atol=3e-4 * np.abs(direct.coef_).max())


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_of_any_size_come_near_the_minimum(monkeypatch, size):
    X, y = make_problem("random")
    monkeypatch.setattr(_dual_descent, "LARGEST_BLOCK", size)
    svm = LinearSVMClassifier(tol=1e-5, random_state=0).fit(X, y)
    assert svm.dual_gap_ <= 1e-5


@pytest.mark.parametrize("C", [0.01, 1, 100])
def test_crammer_singer_converges_on_unscaled_samples(C):
    X, y = load_iris(return_X_y=True)
    svm = LinearSVMClassifier(C, multi_class="crammer_singer", tol=1e-7, random_state=0).fit(X, y)
    weights = weights_of(svm)
    assert svm.dual_gap_ <= 1e-7
    theirs = LinearSVC(C=C, multi_class="crammer_singer", tol=1e-9, max_iter=1_000_000, random_state=0).fit(X, y)
    ours, least = (crammer_singer_objective(w, X, y, np.full(len(y), float(C))) for w in (weights, weights_of(theirs)))
    assert_allclose(ours, least, rtol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_projections_onto_simplices_are_the_nearest_points(n_classes):
    random = np.random.default_rng(n_classes)
    points, totals = random.normal(size=(n_classes, 50)), random.uniform(0, 3, 50)
    totals[:5] = 0
    projections = project_onto_simplices(points, totals)
    assert (projections >= 0).all()
    assert_allclose(projections.sum(axis=0), totals, atol=1e-12)
    others = totals * random.dirichlet(np.ones(n_classes), (1000, 50)).transpose(0, 2, 1)
    nearest = np.square(others - points).sum(axis=1).min(axis=0)
    assert (np.square(projections - points).sum(axis=0) <= nearest + 1e-12).all()


@pytest.mark.parametrize("C", [0.1, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_crammer_singer_closes_the_duality_gap(kind, C):
    X, y = make_problem(kind)
    svm = LinearSVMClassifier(C, multi_class="crammer_singer", tol=1e-5, random_state=0).fit(X, y)
    assert 0 <= svm.dual_gap_ <= 1e-5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("C", "most"), [(1, 60), (100, 150)])
def test_unscaled_samples_that_can_be_separated_take_few_steps(C, most, dtype):
    X, y = load_digits(return_X_y=True)
    assert LinearSVMClassifier(C, random_state=0).fit(X.astype(dtype), y).n_iter_ <= most


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_of_very_different_scales_take_few_steps(dtype):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 400)) * np.logspace(-2, 2, 400)
    y = X[:, :200] @ rng.normal(size=200) + 50 * rng.normal(size=1500) > 0
    assert LinearSVMClassifier(1, random_state=0).fit(X.astype(dtype), y).n_iter_ <= 25


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_thousands_of_features_of_many_classes_reach_the_minimum(n_jobs, dtype):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 5000)).astype(dtype) / 50, np.arange(120) % 20
    svm = LinearSVMClassifier(C=10, tol=1e-5, n_jobs=n_jobs, random_state=0).fit(X, y)
    theirs = LinearSVC(C=10, tol=1e-6, random_state=0, max_iter=100_000).fit(X, y)
    assert svm.dual_gap_ <= 1e-5
    assert_allclose(svm.coef_, theirs.coef_, atol=3e-3 * np.abs(theirs.coef_).max())
