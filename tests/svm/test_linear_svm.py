"""What `LinearSVMClassifier` promises beside the optimum."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classicvis import LinearSVMClassifier
from classicvis.svm import _problem


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def test_threads_change_results_by_rounding_alone(digits):
    X, y = digits
    one, two = (LinearSVMClassifier(tol=1e-8, random_state=0, n_jobs=n).fit(X, y) for n in (1, 2))
    assert_allclose(one.coef_, two.coef_, atol=1e-4)


def test_fit_is_repeatable(digits):
    X, y = digits
    first, second = (LinearSVMClassifier(random_state=3).fit(X, y) for _ in range(2))
    assert_array_equal(first.coef_, second.coef_)


def test_samples_are_neither_copied_nor_changed(digits, monkeypatch, tmp_path):
    X, y = digits
    seen = []
    make = _problem.Problem.decide
    monkeypatch.setattr(_problem.Problem, "decide", lambda self, *args: seen.append(self.X) or make(self, *args))
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    from_map = LinearSVMClassifier(random_state=0).fit(mapped, y)
    assert all(np.shares_memory(given, mapped) for given in seen)
    assert_array_equal(from_map.coef_, LinearSVMClassifier(random_state=0).fit(X, y).coef_)


def test_labels_may_be_strings(digits):
    X, y = digits
    names = np.array(["even", "odd"])[y % 2]
    svm = LinearSVMClassifier(random_state=0).fit(X, names)
    assert svm.coef_.shape == (1, 64)
    assert svm.decision_function(X).shape == (len(X),)
    assert svm.score(X, names) > 0.85


def test_order_of_samples_does_not_matter(digits):
    X, y = digits
    order = np.argsort(y, kind="stable")
    by_chance, by_class = (LinearSVMClassifier(tol=1e-8, random_state=0).fit(X[i], y[i]) for i in (slice(None), order))
    assert_allclose(by_chance.coef_, by_class.coef_, atol=1e-4)


def test_warm_start_begins_at_the_last_weights(digits):
    X, y = digits
    svm = LinearSVMClassifier(tol=1e-3, warm_start=True, random_state=0).fit(X, y)
    first = svm.n_iter_
    svm.fit(X, y)
    assert svm.n_iter_ < first
    svm.fit(X[:, :30], y % 2)  # of another shape: begins anew
    assert svm.coef_.shape == (1, 30)


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_warm_start_leads_to_the_same_minimum(digits, loss):
    X, y = digits
    warm = LinearSVMClassifier(0.01, loss=loss, tol=1e-6, warm_start=True, random_state=0).fit(X, y)
    warm.set_params(C=0.5).fit(X, y)
    cold = LinearSVMClassifier(0.5, loss=loss, tol=1e-6, random_state=0).fit(X, y)
    assert_allclose(warm.coef_, cold.coef_, atol=0.02 * np.abs(cold.coef_).max())


def test_warning_tells_the_gap(digits):
    X, y = digits
    with pytest.warns(ConvergenceWarning, match=r"gap is \d\.\de.* after 5 iterations, and tol is 1.0e-12"):
        LinearSVMClassifier(tol=1e-12, max_iter=5, random_state=0).fit(X, y)


def test_several_C_are_compared_as_cross_validation_does(digits):
    X, y = digits
    Cs, folds = [1.0, 1e-4, 0.01], StratifiedKFold(4)
    svm = LinearSVMClassifier(Cs, cv=folds, tol=1e-6, random_state=0).fit(X, y)
    expected = np.array([cross_val_score(LinearSVMClassifier(C, tol=1e-6, random_state=0), X, y, cv=folds) for C in Cs])
    assert_allclose(svm.scores_, expected.T, atol=0.003)
    best = expected.mean(axis=1).argmax()
    assert Cs[best] == svm.C_
    alone = LinearSVMClassifier(svm.C_, tol=1e-6, random_state=0).fit(X, y)
    assert_allclose(svm.coef_, alone.coef_, atol=1e-2)


def test_several_C_tell_two_classes():
    X, y = make_classification(200, 10, random_state=0)
    svm = LinearSVMClassifier(np.logspace(-4, 1, 4), cv=3, random_state=0).fit(X, y)
    assert svm.scores_.shape == (3, 4)
    assert svm.scores_.min() > 0.7


def test_sample_weight_zero_leaves_out(digits):
    X, y = digits
    kept = np.arange(len(X)) % 3 > 0
    weighted = LinearSVMClassifier(tol=1e-9, random_state=0).fit(X, y, kept.astype(float))
    without = LinearSVMClassifier(tol=1e-9, random_state=0).fit(X[kept], y[kept])
    assert_allclose(weighted.coef_, without.coef_, atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"C": 0.0}, "'C' parameter"),
        ({"C": [0.1, -1.0]}, "must be a number above 0"),
        ({"C": []}, "must be a number above 0"),
        ({"C": [0.1, 1.0], "multi_class": "crammer_singer"}, "GridSearchCV"),
        ({"loss": "log"}, "'loss' parameter"),
        ({"tol": 0}, "'tol' parameter"),
        ({"max_iter": 0}, "'max_iter' parameter"),
    ],
)
def test_bad_settings_are_told(digits, settings, message):
    X, y = digits
    with pytest.raises(ValueError, match=message):
        LinearSVMClassifier(**settings).fit(X[:50], y[:50])


def test_bad_labels_and_weights_are_told(digits):
    X, y = digits
    with pytest.raises(ValueError, match="y has 1 class, 7, but LinearSVMClassifier needs at least 2"):
        LinearSVMClassifier().fit(X[:5], np.full(5, 7))
    with pytest.raises(ValueError, match="at least one non-zero number"):
        LinearSVMClassifier().fit(X, y, np.zeros(len(X)))
    with pytest.raises(ValueError, match="egative values in"):
        LinearSVMClassifier().fit(X, y, -np.ones(len(X)))


def test_scikit_learn_searches_calibrates_and_pickles(digits):
    X, y = digits
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LinearSVMClassifier(random_state=0)),
        {"linearsvmclassifier__C": [1e-4, 0.01]},
        cv=2,
    ).fit(X, y)
    assert search.best_score_ > 0.9
    calibrated = CalibratedClassifierCV(LinearSVMClassifier(0.01, random_state=0), ensemble=False).fit(X, y)
    assert calibrated.predict_proba(X).shape == (len(X), 10)
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert_array_equal(again.predict(X), search.predict(X))


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_constant_features_are_no_trouble(value):
    X, y = np.full((6, 3), value), np.array([0, 1, 0, 1, 0, 0])
    svm = LinearSVMClassifier(random_state=0).fit(X, y)
    assert np.isfinite(svm.coef_).all()
    assert svm.predict(X).tolist() == [0] * 6


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_flags_that_blas_raises_by_the_way_are_no_warnings(digits, monkeypatch, n_jobs):
    X, y = digits
    combine = _problem.Problem.combine

    def raise_flag(self, *arguments):
        self.run_in_threads(lambda _: np.array([np.inf]) - np.inf, range(2))
        return combine(self, *arguments)

    monkeypatch.setattr(_problem.Problem, "combine", raise_flag)
    assert LinearSVMClassifier(random_state=0, n_jobs=n_jobs).fit(X, y).score(X, y) > 0.9
