"""`LinearSVMClassifier.partial_fit`: learning from a stream."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from classicvis import LinearSVMClassifier


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def learn(svm, X, y, size=200, sample_weight=None):
    for start in range(0, len(X), size):
        part = slice(start, start + size)
        svm.partial_fit(X[part], y[part], np.unique(y), None if sample_weight is None else sample_weight[part])
    return svm


@pytest.mark.parametrize("n_classes", [2, 10])
def test_a_large_buffer_gives_what_fit_gives(digits, n_classes):
    X, y = digits
    y = y % n_classes
    whole = LinearSVMClassifier(0.1, tol=1e-8, random_state=0).fit(X, y)
    stream = learn(LinearSVMClassifier(0.1, tol=1e-8), X, y)
    # a sample that was forgotten may be on the margin again later: the two need not agree to the last digit
    assert_allclose(stream.coef_, whole.coef_, atol=0.1 * np.abs(whole.coef_).max())


def test_a_small_buffer_comes_near(digits):
    X, y = digits
    rng = np.random.default_rng(0).permutation(len(X))
    train, test = rng[:1200], rng[1200:]
    whole = LinearSVMClassifier(0.1, random_state=0).fit(X[train], y[train])
    stream = learn(LinearSVMClassifier(0.1, buffer_size=100), X[train], y[train], 100)
    assert len(stream._stream.samples) <= 100
    assert stream.score(X[test], y[test]) > whole.score(X[test], y[test]) - 0.03


def test_weights_of_samples_count(digits):
    X, y = digits
    kept = np.arange(len(X)) % 2 == 0
    weighted = learn(LinearSVMClassifier(0.1, tol=1e-8), X, y, sample_weight=kept.astype(float))
    without = learn(LinearSVMClassifier(0.1, tol=1e-8), X[kept], y[kept], 100)
    assert_allclose(weighted.coef_, without.coef_, atol=1e-3)


def test_stream_goes_on_after_pickling(digits):
    X, y = digits
    svm = learn(LinearSVMClassifier(), X[:400], y[:400])
    again = pickle.loads(pickle.dumps(svm))
    for each in (svm, again):
        each.partial_fit(X[400:800], y[400:800])
    assert_array_equal(svm.coef_, again.coef_)


def test_fit_begins_anew(digits):
    X, y = digits
    svm = learn(LinearSVMClassifier(random_state=0), X, y).fit(X[:300], y[:300])
    assert_array_equal(svm.coef_, LinearSVMClassifier(random_state=0).fit(X[:300], y[:300]).coef_)


def test_a_stream_goes_on_from_fit(digits):
    X, y = digits
    svm = LinearSVMClassifier(0.1, random_state=0).fit(X[:900], y[:900])
    before = svm.score(X[900:], y[900:])
    assert svm.partial_fit(X[900:], y[900:]).score(X, y) > before


def test_what_a_stream_cannot_do_is_told(digits):
    X, y = digits
    with pytest.raises(ValueError, match="first call of partial_fit needs all classes"):
        LinearSVMClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="y has the label 5, but classes has"):
        LinearSVMClassifier().partial_fit(X, y, classes=[0, 1, 2, 3, 4, 9])
    with pytest.raises(ValueError, match="single C, 'squared_hinge' and 'ovr'"):
        LinearSVMClassifier(loss="hinge").partial_fit(X, y, np.unique(y))
    with pytest.raises(ValueError, match="give a dict of factors"):
        LinearSVMClassifier(class_weight="balanced").partial_fit(X, y, np.unique(y))


def test_other_classes_in_a_later_batch_are_an_error():
    X, y = np.random.default_rng(0).random((40, 3)), np.arange(40) % 2
    svm = LinearSVMClassifier().partial_fit(X, y, classes=[0, 1])
    svm.partial_fit(X, y, classes=[1, 0]).partial_fit(X, y)
    with pytest.raises(ValueError, match=r"classes is \[0, 1, 2\], but the first call of partial_fit had \[0, 1\]"):
        svm.partial_fit(X, y, classes=[0, 1, 2])
