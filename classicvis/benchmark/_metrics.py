"""What is derived from predictions: an interval of accuracy, averages over classes, McNemar's test, calibration."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support


class ClassScores(NamedTuple):
    """Averages over classes, each class counting the same.

    Attributes
    ----------
    balanced_accuracy : float
        Mean recall over the classes that have test images.
    precision : float
        Mean precision over the classes that are true or predicted somewhere; 0 for a class never predicted.
    recall : float
        Mean recall over the same classes; 0 for a class without test images.
    f1 : float
        Mean F1 over the same classes.
    """

    balanced_accuracy: float
    precision: float
    recall: float
    f1: float


class McNemar(NamedTuple):
    """Outcome of McNemar's exact test of two classifiers on the same images.

    Attributes
    ----------
    n_only_first : int
        Images that the first classifier alone has right.
    n_only_second : int
        Images that the second classifier alone has right.
    p_value : float
        Chance of a split at least as uneven, were both equally good; two-sided.
    """

    n_only_first: int
    n_only_second: int
    p_value: float


def wilson_interval(n_right, n, level=0.95):
    """Return the interval of Wilson's score test for a share.

    Parameters
    ----------
    n_right : int
        Number of successes.
    n : int
        Number of trials, at least 1.
    level : float, default=0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        The limits, within [0, 1].

    References
    ----------
    .. [1] Wilson: "Probable inference, the law of succession, and statistical inference", Journal of the
       American Statistical Association 22 (1927).
    .. [2] Brown, Cai, DasGupta: "Interval estimation for a binomial proportion", Statistical Science 16
       (2001), which compares it with others.

    Examples
    --------
    >>> from classicvis.benchmark._metrics import wilson_interval
    >>> low, high = wilson_interval(90, 100)
    >>> round(low, 4), round(high, 4)
    (0.8256, 0.9448)
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = n_right / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # Rounding must not leave the share outside, where it is 0 or 1.
    return max(0.0, min(share, (centre - spread) / scale)), min(1.0, max(share, (centre + spread) / scale))


def mcnemar_exact(first_right, second_right):
    """Test whether two classifiers are equally good, from the same images.

    Only images that one of them alone has right count. Were both equally good, each such image would be as
    likely to be the first's as the second's; the p-value is that of the two-sided binomial test.

    Parameters
    ----------
    first_right : ndarray of shape (n,), dtype bool
        Whether the first classifier has each image right.
    second_right : ndarray of shape (n,), dtype bool
        Whether the second one has.

    Returns
    -------
    outcome : McNemar
        The two counts and the p-value.

    References
    ----------
    .. [1] McNemar: "Note on the sampling error of the difference between correlated proportions or
       percentages", Psychometrika 12 (1947).

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.benchmark._metrics import mcnemar_exact
    >>> first = np.array([True] * 8 + [False])
    >>> mcnemar_exact(first, ~first).p_value
    0.0390625
    """
    n_only_first = int(np.count_nonzero(first_right & ~second_right))
    n_only_second = int(np.count_nonzero(second_right & ~first_right))
    n_differing = n_only_first + n_only_second
    p_value = float(binomtest(n_only_first, n_differing).pvalue) if n_differing else 1.0
    return McNemar(n_only_first, n_only_second, p_value)


def score_classes(y_true, y_pred):
    """Return balanced accuracy and macro precision, recall and F1.

    Parameters
    ----------
    y_true : ndarray of shape (n,), dtype int
        True classes.
    y_pred : ndarray of shape (n,), dtype int
        Predicted classes.

    Returns
    -------
    scores : ClassScores
        The four averages, as scikit-learn defines them.
    """
    precision, recall, f1, support = precision_recall_fscore_support(y_true, y_pred, zero_division=0)
    return ClassScores(
        balanced_accuracy=float(recall[support > 0].mean()),
        precision=float(precision.mean()),
        recall=float(recall.mean()),
        f1=float(f1.mean()),
    )


def confidence_in_prediction(scores, y_pred, *, are_probabilities):
    """Return how sure a classifier was of each of its predictions.

    Parameters
    ----------
    scores : ndarray of shape (n, n_classes)
        Probabilities, or decision values.
    y_pred : ndarray of shape (n,), dtype int
        Predicted classes.
    are_probabilities : bool
        What `scores` are.

    Returns
    -------
    confidence : ndarray of shape (n,), dtype float64
        The probability of the predicted class; of decision values, how far it lies above the next class.
    """
    scores = np.array(scores, dtype=np.float64)
    rows = np.arange(len(scores))
    of_predicted = scores[rows, y_pred]
    if are_probabilities:
        return of_predicted
    scores[rows, y_pred] = -np.inf
    return of_predicted - scores.max(axis=1)


def expected_calibration_error(y_true, y_proba, *, n_bins=15, labels=None):
    """Return how far the probabilities of predicted classes are from how often these are right.

    Predictions are sorted into bins of equal width by the probability of the predicted class. In each bin the mean of
    that probability should be the share of predictions that are right; the error is the mean of the differences, each
    bin counting as many times as it has predictions.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    y_proba : array-like of shape (n, n_classes) or (n,)
        Probabilities, as `predict_proba` gives them; those of the second label alone where there are two.
    n_bins : int, default=15
        Number of bins.
    labels : array-like of shape (n_classes,), default=None
        The labels that the columns belong to; None means the sorted labels in `y_true`.

    Returns
    -------
    error : float
        Between 0 and 1; 0 is best.

    Raises
    ------
    ValueError
        There are not as many columns as labels, or not as many rows as in `y_true`.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017,
       equation 3.

    Examples
    --------
    >>> from classicvis.benchmark import expected_calibration_error
    >>> y_proba = [[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.3, 0.7]]
    >>> round(expected_calibration_error(["a", "a", "a", "b", "b"], y_proba), 2)  # (4 · |3/4 - 0.8| + |1 - 0.7|) / 5
    0.1
    """
    y_true, y_proba = np.asarray(y_true), np.asarray(y_proba, dtype=np.float64)
    labels = np.unique(y_true) if labels is None else np.asarray(labels)
    if y_proba.ndim == 1:
        y_proba = np.column_stack([1 - y_proba, y_proba])
    if y_proba.shape != (len(y_true), len(labels)):
        raise ValueError(
            f"y_proba has the shape {y_proba.shape}, but there are {len(y_true)} rows in y_true and {len(labels)} "
            "labels: give a row for each, and as labels what the columns belong to."
        )
    confidence = y_proba.max(axis=1)
    right = labels[y_proba.argmax(axis=1)] == y_true
    bins = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    return float(np.abs(np.bincount(bins, right - confidence)).sum() / len(y_true))


def most_confused(confusion, n_pairs):
    """Return the pairs of classes that are most often taken for each other.

    Parameters
    ----------
    confusion : ndarray of shape (n_classes, n_classes), dtype int
        Number of images by true class (rows) and predicted class (columns).
    n_pairs : int
        How many pairs at most.

    Returns
    -------
    pairs : list of (int, int, int)
        True class, predicted class and number of images, most frequent first; none that never occurs.
    """
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:n_pairs]
    rows, columns = np.unravel_index(order, wrong.shape)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(row, column, int(wrong[row, column])) for row, column in pairs if wrong[row, column]]
