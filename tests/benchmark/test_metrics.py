import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, make_scorer, precision_score, recall_score

from classicvis.benchmark._metrics import (
    confidence_in_prediction,
    expected_calibration_error,
    mcnemar_exact,
    most_confused,
    score_classes,
    wilson_interval,
)

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts=COUNTS, level=st.floats(0.5, 0.999))
def test_wilson_interval_agrees_with_scipy(counts, level):
    n_right, n = counts
    expected = binomtest(n_right, n).proportion_ci(level, method="wilson")
    assert wilson_interval(n_right, n, level) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(counts=COUNTS)
def test_wilson_interval_holds_the_share_and_stays_within_0_and_1(counts):
    n_right, n = counts
    low, high = wilson_interval(n_right, n)
    assert 0 <= low <= n_right / n + 1e-12
    assert n_right / n - 1e-12 <= high <= 1


def test_wilson_interval_of_a_published_example():
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20, method 3
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@given(n_first=st.integers(0, 60), n_second=st.integers(0, 60), n_both=st.integers(0, 20))
def test_mcnemar_is_the_binomial_tail(n_first, n_second, n_both):
    first = np.array([True] * n_first + [False] * n_second + [True] * n_both, dtype=bool)
    second = np.array([False] * n_first + [True] * n_second + [True] * n_both, dtype=bool)
    outcome = mcnemar_exact(first, second)
    n, smaller = n_first + n_second, min(n_first, n_second)
    tail = 2 * sum(math.comb(n, k) for k in range(smaller + 1)) / 2**n
    assert outcome.p_value == pytest.approx(min(1.0, tail))
    assert (outcome.n_only_first, outcome.n_only_second) == (n_first, n_second)
    assert mcnemar_exact(second, first).p_value == outcome.p_value


def test_mcnemar_of_equal_answers_is_1():
    right = np.array([True, False, True])
    assert mcnemar_exact(right, right).p_value == 1.0


LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50)


@given(pairs=LABELS)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
def test_score_classes_agrees_with_scikit_learn(pairs):
    y_true, y_pred = np.array(pairs).T
    scores = score_classes(y_true, y_pred)
    options = {"average": "macro", "zero_division": 0}
    assert scores.balanced_accuracy == pytest.approx(balanced_accuracy_score(y_true, y_pred))
    assert scores.precision == pytest.approx(precision_score(y_true, y_pred, **options))
    assert scores.recall == pytest.approx(recall_score(y_true, y_pred, **options))
    assert scores.f1 == pytest.approx(f1_score(y_true, y_pred, **options))


def test_confidence_of_probabilities_is_that_of_the_predicted_class():
    scores = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]], dtype=np.float32)
    confidence = confidence_in_prediction(scores, np.array([1, 2]), are_probabilities=True)
    assert confidence == pytest.approx([0.5, 0.3])


def test_confidence_of_decision_values_is_the_margin():
    scores = np.array([[-1.0, 2.0, 0.5], [-3.0, -1.0, -np.inf]])
    confidence = confidence_in_prediction(scores, np.array([1, 0]), are_probabilities=False)
    assert confidence == pytest.approx([1.5, -2.0])
    assert scores[0, 1] == 2.0, "the scores are left alone"


def test_most_confused_leaves_out_the_right_and_the_empty():
    confusion = np.array([[50, 0, 3], [7, 40, 0], [3, 0, 60]])
    assert most_confused(confusion, 10) == [(1, 0, 7), (0, 2, 3), (2, 0, 3)]
    assert most_confused(confusion, 1) == [(1, 0, 7)]
    assert most_confused(np.diag([1, 2, 3]), 5) == []


def brute_calibration_error(y_true, y_proba, n_bins):
    error = 0.0
    for lowest in range(n_bins):
        inside = [
            (probabilities.max(), probabilities.argmax() == label)
            for label, probabilities in zip(y_true, y_proba, strict=True)
            if lowest / n_bins < probabilities.max() <= (lowest + 1) / n_bins
        ]
        if inside:
            confidence, right = np.array(inside, float).T
            error += len(inside) / len(y_true) * abs(confidence.mean() - right.mean())
    return error


@pytest.mark.parametrize("n_bins", [1, 7, 15])
@pytest.mark.parametrize("n_classes", [2, 5])
def test_calibration_error_agrees_with_its_definition(n_bins, n_classes):
    rng = np.random.default_rng(0)
    y_proba = rng.dirichlet(np.ones(n_classes) / 3, 200)
    y_true = np.arange(200) % n_classes
    expected = brute_calibration_error(y_true, y_proba, n_bins)
    assert expected_calibration_error(y_true, y_proba, n_bins=n_bins) == pytest.approx(expected, abs=1e-12)


def test_calibration_error_of_who_knows_and_of_who_is_sure_and_wrong():
    y_true = np.array([0, 1, 1, 0])
    assert expected_calibration_error(y_true, np.eye(2)[y_true]) == 0
    assert expected_calibration_error(y_true, np.eye(2)[1 - y_true]) == 1
    assert expected_calibration_error(y_true, np.full((4, 2), 0.5)) == 0


def test_calibration_error_knows_labels_and_second_columns():
    y_proba = np.array([0.1, 0.8, 0.7])
    expected = expected_calibration_error([0, 1, 0], np.column_stack([1 - y_proba, y_proba]))
    assert expected_calibration_error(["n", "y", "n"], y_proba) == expected
    three = np.column_stack([1 - y_proba, y_proba, 0 * y_proba])
    assert expected_calibration_error(["n", "y", "n"], three, labels=["n", "y", "z"]) == pytest.approx(expected)
    with pytest.raises(ValueError, match="shape \\(3, 3\\), but there are 3 rows in y_true and 2 labels"):
        expected_calibration_error(["n", "y", "n"], three)


def test_calibration_error_is_a_scorer():
    rng = np.random.default_rng(0)
    for n_classes in (2, 3):
        y = np.arange(90) % n_classes
        X = rng.normal(size=(90, 2)) + y[:, None]
        scorer = make_scorer(expected_calibration_error, response_method="predict_proba", greater_is_better=False)
        model = LogisticRegression().fit(X, y)
        assert scorer(model, X, y) == pytest.approx(-expected_calibration_error(y, model.predict_proba(X)))
