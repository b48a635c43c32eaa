"""scikit-learn's own tests of LinearSVC, with `LinearSVMClassifier` in its place; what they ask of L1 is left out."""

import inspect

import numpy as np
import pytest
import sklearn.svm.tests.test_svm as theirs
from numpy.testing import assert_allclose
from sklearn.datasets import make_blobs
from sklearn.svm import LinearSVC

from classicvis import LinearSVMClassifier

SEED = 42


@pytest.fixture
def in_place_of_linear_svc(monkeypatch):
    monkeypatch.setattr(theirs.svm, "LinearSVC", LinearSVMClassifier)


@pytest.mark.usefixtures("in_place_of_linear_svc")
@pytest.mark.parametrize(
    "name",
    [
        "test_crammer_singer_binary",
        "test_decision_function_shape_two_class",
        "test_liblinear_set_coef",
        "test_linearsvc_crammer_singer",
        "test_linearsvc_fit_sampleweight",
        "test_linearsvc_iris",
        "test_linearsvc_verbose",
    ],
)
def test_their_test_passes(name):
    function = getattr(theirs, name)
    arguments = [SEED] if "global_random_seed" in inspect.signature(function).parameters else []
    function(*arguments)


@pytest.mark.usefixtures("in_place_of_linear_svc")
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_their_arguments_are_taken(loss):
    theirs.test_linearsvc_parameters(loss, "l2", True, SEED)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_their_test_of_sample_weights_passes(loss):
    settings = {"penalty": "l2", "loss": loss, "dual": True}
    theirs.test_linearsvm_liblinear_sample_weight(LinearSVMClassifier, settings, SEED)


@pytest.mark.parametrize("intercept_scaling", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_intercept_scaling_means_what_it_means_there(intercept_scaling, n_classes):
    X, y = make_blobs(200, 4, centers=n_classes, cluster_std=4, random_state=1)
    settings = {"intercept_scaling": intercept_scaling, "C": 0.1, "random_state": 0}
    ours = LinearSVMClassifier(tol=1e-10, **settings).fit(X, y)
    peer = LinearSVC(tol=1e-10, dual=False, max_iter=10_000, **settings).fit(X, y)
    assert_allclose(ours.intercept_, peer.intercept_, atol=1e-4)
    assert_allclose(ours.coef_, peer.coef_, atol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"loss": "hinge"}, {"multi_class": "crammer_singer"}])
def test_intercept_is_the_weight_of_a_scaled_constant(settings):
    X, y = make_blobs(100, 4, centers=3, cluster_std=4, random_state=1)
    given = np.column_stack([X, np.full(len(X), 3.0)])
    ours = LinearSVMClassifier(intercept_scaling=3, random_state=0, tol=1e-8, **settings).fit(X, y)
    twin = LinearSVMClassifier(fit_intercept=False, random_state=0, tol=1e-8, **settings).fit(given, y)
    assert_allclose(ours.decision_function(X), twin.decision_function(given), atol=1e-3)
    assert_allclose(ours.intercept_, 3 * twin.coef_[:, -1], atol=1e-3)


def test_warm_starts_and_streams_go_on_from_scaled_intercepts():
    X, y = make_blobs(300, 4, centers=3, cluster_std=4, random_state=1)
    given = np.column_stack([X, np.full(len(X), 5.0)])
    ours = LinearSVMClassifier(intercept_scaling=5, warm_start=True, random_state=0).fit(X, y)
    n_iter = ours.n_iter_
    assert ours.fit(X, y).n_iter_ < n_iter
    twin = LinearSVMClassifier(fit_intercept=False, random_state=0).fit(given, y)
    for rows in np.array_split(np.arange(len(X)), 3):
        ours.partial_fit(X[rows], y[rows])
        twin.partial_fit(given[rows], y[rows])
    assert_allclose(ours.intercept_, 5 * twin.coef_[:, -1], rtol=0.02)


@pytest.mark.parametrize("multi_class", ["ovr", "crammer_singer"])
def test_verbose_writes_nothing_where_there_is_no_terminal(multi_class, capsys):
    X, y = make_blobs(60, 2, random_state=0)
    LinearSVMClassifier(multi_class=multi_class, verbose=1, random_state=0).fit(X, y)
    assert capsys.readouterr() == ("", "")
