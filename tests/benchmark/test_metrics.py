import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score, recall_score

from classicvis.benchmark._metrics import (
    confidence_in_prediction,
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
