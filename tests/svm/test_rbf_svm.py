"""The RBF support vector machine: the optimum of scikit-learn's, however the work was cut up."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference.svm import rbf_kernel
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

from classicvis.svm import RBFSVMClassifier
from classicvis.svm._two_classes import separate

UNBOUNDED = {"max_steps": 10**6, "cache_bytes": 1e9}


def two_classes(seed, n=120, weights=None, flip_y=0.05):
    X, y = make_classification(n, 8, n_informative=5, weights=weights, flip_y=flip_y, random_state=seed)
    return X, np.where(y == 1, 1.0, -1.0)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("n_rows", [2, 7, 40, 10_000])
def test_solution_does_not_depend_on_the_memory(seed, n_rows):
    X, signs = two_classes(seed, 300)
    points = (X * 0.3).astype(np.float32)
    gram = rbf_kernel(points.astype(float), points.astype(float), 1)
    found = separate(points, signs, np.full(len(points), 5.0), tol=1e-3, max_steps=10**6, cache_bytes=8 * 300 * n_rows)
    whole = separate(points, signs, np.full(len(points), 5.0), tol=1e-3, **UNBOUNDED)
    decisions = [gram @ result.coefficients + result.intercept for result in (found, whole)]
    assert_allclose(*decisions, atol=0.01)
    assert found.violation < 1e-3


@pytest.mark.parametrize("settings", [{"C": 0.5}, {"C": 10, "gamma": 0.05}, {"C": 1000, "gamma": 0.001}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_digits_are_decided_as_by_scikit_learn(settings, dtype):
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(dtype)
    ours = RBFSVMClassifier(**settings).fit(X[:900], y[:900])
    theirs = SVC(**settings, decision_function_shape="ovo").fit(X[:900].astype(float), y[:900])
    of_pairs = theirs.decision_function(X[900:])  # positive for the first class of a pair
    assert_allclose(-ours._decide_pairs(X[900:]), of_pairs, atol=5e-3)
    theirs.set_params(decision_function_shape="ovr", break_ties=True)
    assert np.mean(ours.predict(X[900:]) == theirs.predict(X[900:])) > 0.997  # a vote may hang on the tolerance
    assert_allclose(np.median(ours.decision_function(X) - theirs.decision_function(X)), 0, atol=1e-3)
    assert ours.gamma_ == pytest.approx(theirs._gamma, rel=1e-5)
    assert abs(len(ours.support_) - len(theirs.support_)) <= 0.02 * len(theirs.support_) + 2


@pytest.mark.parametrize("weights", [None, [0.97, 0.03], [0.03, 0.97]])
def test_two_classes_are_decided_as_by_scikit_learn(weights):
    X, signs = two_classes(0, 400, weights)
    y = np.where(signs > 0, "yes", "no")
    ours, theirs = RBFSVMClassifier(C=3, tol=1e-4).fit(X, y), SVC(C=3, tol=1e-4).fit(X, y)
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-3)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_equal_samples_of_two_classes_do_no_harm():
    X, signs = two_classes(1, 60)
    X, signs = np.concatenate([X, X, X]), np.concatenate([signs, -signs, signs])
    ours, theirs = RBFSVMClassifier(C=2).fit(X, signs), SVC(C=2).fit(X, signs)
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=5e-3)


def test_samples_far_from_the_origin_are_told_apart():
    X, signs = two_classes(2, 100)
    assert_allclose(
        RBFSVMClassifier().fit(X + 1e6, signs).decision_function(X + 1e6),
        RBFSVMClassifier().fit(X, signs).decision_function(X),
        atol=5e-3,
    )


def test_threads_agree_and_runs_are_equal():
    X, y = load_digits(return_X_y=True)
    one, again, two = (RBFSVMClassifier(n_jobs=n_jobs).fit(X[:500], y[:500]) for n_jobs in (1, 1, 2))
    np.testing.assert_array_equal(one.dual_coef_, again.dual_coef_)
    assert_allclose(one.decision_function(X), two.decision_function(X), atol=0.01)


def test_blocks_of_samples_are_decided_alike(monkeypatch):
    X, y = load_digits(return_X_y=True)
    svm = RBFSVMClassifier().fit(X[:300], y[:300])
    whole = svm.decision_function(X)
    monkeypatch.setattr("classicvis.svm._rbf_svm.BLOCK_VALUES", 1000)
    assert_allclose(svm.decision_function(X), whole, atol=1e-4)


def test_too_few_steps_warn_of_what_is_left():
    X, signs = two_classes(0)
    with pytest.warns(ConvergenceWarning, match="stopped after max_iter=3 steps of a pair of classes"):
        RBFSVMClassifier(max_iter=3).fit(X, signs)


def test_a_single_class_raises():
    with pytest.raises(ValueError, match="y holds 1 class alone, 0: a classifier needs two classes at least"):
        RBFSVMClassifier().fit(np.eye(4), np.zeros(4, int))


def test_constant_features_are_fitted():
    svm = RBFSVMClassifier().fit(np.ones((6, 3)), [0, 1, 1, 0, 1, 1])
    assert svm.gamma_ == 1
    assert np.isfinite(svm.decision_function(np.ones((2, 3)))).all()


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 0.2, 2: 5}])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_weights_mean_what_they_mean_in_svc(class_weight, is_weighted):
    X, y = make_classification(300, 6, n_informative=5, n_redundant=0, n_classes=3, weights=[0.7, 0.2], random_state=0)
    sample_weight = np.random.default_rng(0).integers(0, 4, len(X)) if is_weighted else None
    settings = {"C": 2, "gamma": 0.1, "tol": 1e-5}
    ours = RBFSVMClassifier(class_weight=class_weight, **settings).fit(X, y, sample_weight)
    if class_weight == "balanced":  # SVC does not count samples by their weights
        frequencies = np.bincount(y, weights=sample_weight)
        class_weight = dict(enumerate(frequencies.sum() / (3 * frequencies)))
    theirs = SVC(decision_function_shape="ovo", class_weight=class_weight, **settings).fit(X, y, sample_weight)
    assert_allclose(-ours._decide_pairs(X), theirs.decision_function(X), atol=1e-3)


def test_weights_mean_repetition():
    X, y = make_classification(120, 5, random_state=0)
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    weighted = RBFSVMClassifier(tol=1e-5).fit(X, y, weights)
    repeated = RBFSVMClassifier(tol=1e-5).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert_allclose(weighted.gamma_, repeated.gamma_)
    assert_allclose(weighted.decision_function(X), repeated.decision_function(X), atol=1e-3)


def test_a_class_without_weight_is_told():
    X, y = make_classification(20, 5, random_state=0)
    with pytest.raises(ValueError, match="The weights of class 1 are all 0"):
        RBFSVMClassifier().fit(X, y, 1 - y)
