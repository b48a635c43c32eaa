"""`RBFSVMClassifier`: the support vector machine of `SVC` with the RBF kernel, in a fraction of its time."""

import warnings
from contextlib import nullcontext
from itertools import combinations
from numbers import Integral, Real

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from classicvis._labels import check_class_weight
from classicvis._sklearn_compat import Interval, StrOptions, check_sample_weight, fit_context, validate_data
from classicvis.svm._decisions import choose_classes
from classicvis.svm._two_classes import rbf_between, separate, squared_norms

BLOCK_VALUES = 2**24  # of the kernel that are computed at a time in predicting: 64 MB
ROWS = 4096  # that are scaled at a time
MEGABYTE = 2**20


class RBFSVMClassifier(ClassifierMixin, BaseEstimator):
    """Separate classes by support vector machines with the RBF kernel, one against one.

    The problem is that of :class:`sklearn.svm.SVC` with ``kernel="rbf"``, solved to the same tolerance: the optimum,
    hence `C`, `gamma` and the decisions, are the same. It is quicker because the kernel comes from matrix products in
    float32, because each pair of classes is solved on few working sets of thousands of samples [1]_ whose kernel stays
    in memory, where steps along two dual variables [2]_ take microseconds, and because prediction is matrix products.

    Parameters
    ----------
    C : float, default=1.0
        Inverse strength of the regularisation.
    gamma : {'scale'} or float, default='scale'
        The kernel is exp(-gamma distance²); ``"scale"`` means one over the total variance of the features,
        in which sample weights count.
    class_weight : dict or 'balanced', default=None
        Factors of C for classes; ``'balanced'`` means in inverse proportion to their frequencies, in which sample
        weights count.
    tol : float, default=1e-3
        How far the optimality conditions may be from being met, as in ``SVC``.
    max_iter : int, default=10000000
        Most steps for a pair of classes; a warning tells where they did not suffice.
    cache_size : float, default=1000
        Megabytes for the kernel, over all threads. With less than the support vectors of a pair of classes need,
        there are more rounds.
    n_jobs : int, default=None
        Threads, which share the pairs of classes; None means 1 unless in a :func:`joblib.parallel_config`, -1 means
        all cores. With one thread the matrix products still use all cores.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    support_ : ndarray of shape (n_support,)
        Samples that are a support vector of some pair.
    support_vectors_ : ndarray of shape (n_support, n_features), dtype float32
        Their features, less `mean_` and times the square root of `gamma_`, as the kernel takes them.
    dual_coef_ : ndarray of shape (n_support, n_pairs), dtype float32
        What they count for in the decision of each pair of classes, in the order of
        ``itertools.combinations(classes_, 2)``. Positive decisions are for the second class.
    intercept_ : ndarray of shape (n_pairs,)
        Intercepts of the decisions.
    gamma_ : float
        The value of `gamma`.
    mean_ : ndarray of shape (n_features,)
        Mean of the features.
    n_iter_ : ndarray of shape (n_pairs,)
        Steps taken.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    sklearn.svm.SVC : The same with other kernels and sparse features.
    IntersectionMap : Another kernel, by a linear support vector machine.

    Notes
    -----
    Where two classes have equally many votes, the sum of decisions tells, as with ``SVC(break_ties=True)``.

    Decisions agree with those of ``SVC`` within a few times `tol`. They are the same from run to run; with other
    `n_jobs` or threads of BLAS they agree as well as that.

    References
    ----------
    .. [1] E. Osuna, R. Freund and F. Girosi, "An improved training algorithm for support vector machines", NNSP 1997,
       :doi:`10.1109/NNSP.1997.622408`.
    .. [2] R.-E. Fan, P.-H. Chen and C.-J. Lin, "Working Set Selection Using Second Order Information for Training
       Support Vector Machines", JMLR 6 (2005).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from classicvis.svm import RBFSVMClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> svm = RBFSVMClassifier(C=3).fit(X[:1000], y[:1000])
    >>> svm.score(X[1000:], y[1000:]) == SVC(C=3).fit(X[:1000], y[:1000]).score(X[1000:], y[1000:])
    True
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither")],
        "gamma": [StrOptions({"scale"}), Interval(Real, 0, None, closed="neither")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "cache_size": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        C=1.0,
        *,
        gamma="scale",
        class_weight=None,
        tol=1e-3,
        max_iter=10_000_000,
        cache_size=1000,
        n_jobs=None,
    ):
        self.C = C
        self.gamma = gamma
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.cache_size = cache_size
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Find the support vectors.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Factors of C for samples, at least 0; None: 1 each.

        Returns
        -------
        self : RBFSVMClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            There is only one class, or one whose weights are all 0.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds 1 class alone, {self.classes_[0]}: a classifier needs two classes at least.")
        weights = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        self.mean_ = np.average(X, axis=0, weights=None if sample_weight is None else weights).astype(np.float64)
        self.gamma_ = self._find_gamma(X, None if sample_weight is None else weights)
        points = self._scale(X)
        found = self._separate_pairs(points, labels, self._find_bounds(y, labels, sample_weight, weights))
        coefficients = np.zeros((len(points), len(found)), np.float32)
        for column, (members, separation) in zip(coefficients.T, found, strict=True):
            column[members] = separation.coefficients
        self.support_ = np.flatnonzero(coefficients.any(axis=1))
        self.support_vectors_ = points[self.support_]
        self.dual_coef_ = coefficients[self.support_]
        self.intercept_ = np.array([separation.intercept for _, separation in found])
        self.n_iter_ = np.array([separation.n_steps for _, separation in found])
        worst = max(separation.violation for _, separation in found)
        if worst >= self.tol:
            warnings.warn(
                f"{type(self).__name__} stopped after max_iter={self.max_iter} steps of a pair of classes, where the "
                f"optimality conditions are {worst:.2g} from being met: raise max_iter, or scale the features.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _find_gamma(self, X, weights):
        if self.gamma != "scale":
            return float(self.gamma)
        if weights is None:
            variance = X.var(dtype=np.float64)
        else:
            deviations = np.square(X - self.mean_.mean(), dtype=np.float64)
            variance = np.average(deviations.mean(axis=1), weights=weights)
        return float(1 / (variance * X.shape[1])) if variance > 0 else 1.0

    def _find_bounds(self, y, labels, sample_weight, weights):
        """Return the largest dual variable that each sample may have."""
        check_class_weight(self.class_weight)
        factors = compute_class_weight(self.class_weight, classes=self.classes_, y=y, sample_weight=sample_weight)
        bounds = self.C * weights * factors[labels]
        totals = np.bincount(labels, weights=bounds)
        if not (totals > 0).all():
            raise ValueError(
                f"The weights of class {self.classes_[np.argmin(totals)]} are all 0: give samples of each class a "
                "weight above 0, or leave the class out."
            )
        return bounds

    def _scale(self, X):
        """Return what the kernel takes: distances are the same about the mean, and more exact in float32."""
        points = np.empty(X.shape, np.float32)
        for first in range(0, len(X), ROWS):
            points[first : first + ROWS] = (X[first : first + ROWS] - self.mean_) * np.sqrt(self.gamma_)
        return points

    def _separate_pairs(self, points, labels, bounds):
        n_threads = effective_n_jobs(self.n_jobs)

        def run(pair):
            members = np.flatnonzero(((labels == pair[0]) | (labels == pair[1])) & (bounds > 0))
            signs = np.where(labels[members] == pair[1], 1.0, -1.0)
            cache_bytes = self.cache_size * MEGABYTE / n_threads
            settings = {"tol": self.tol, "max_steps": self.max_iter, "cache_bytes": cache_bytes}
            return members, separate(points[members], signs, bounds[members], **settings)

        pairs = combinations(range(len(self.classes_)), 2)
        with nullcontext() if n_threads == 1 else threadpool_limits(1, "blas"):
            return Parallel(n_jobs=self.n_jobs, prefer="threads")(delayed(run)(pair) for pair in pairs)

    def decision_function(self, X):
        """Return how much samples belong to each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        decisions : ndarray of shape (n_samples, n_classes) or (n_samples,)
            Votes of the pairs of classes and, to tell equal numbers of votes apart, less than half a vote for the sum
            of the decisions. With two classes, the decision for the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        decisions = self._decide_pairs(X)
        if len(self.classes_) == 2:
            return decisions[:, 0]
        votes, sums = np.zeros((2, len(X), len(self.classes_)))
        for column, (first, second) in zip(decisions.T, combinations(range(len(self.classes_)), 2), strict=True):
            votes[:, first] += column <= 0
            votes[:, second] += column > 0
            sums[:, first] -= column
            sums[:, second] += column
        return votes + sums / (3 * (np.abs(sums) + 1))

    def _decide_pairs(self, X):
        decisions = np.empty((len(X), len(self.intercept_)))
        squares = squared_norms(self.support_vectors_)
        n_rows = max(1, BLOCK_VALUES // len(self.support_))
        for first in range(0, len(X), n_rows):
            points = self._scale(X[first : first + n_rows])
            values = rbf_between(points, squared_norms(points), self.support_vectors_, squares)
            decisions[first : first + n_rows] = values @ self.dual_coef_
        return decisions + self.intercept_

    def predict(self, X):
        """Return the label of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The labels of the classes with the largest decisions.
        """
        codes = choose_classes(self.decision_function(X))
        return self.classes_[codes]
