"""`LinearSVMClassifier`: a linear support vector machine, trained on all classes at once."""

import warnings
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from classicvis._labels import check_class_weight
from classicvis._sklearn_compat import Interval, StrOptions, check_sample_weight, fit_context, validate_data
from classicvis.svm._crammer_singer import solve_crammer_singer
from classicvis.svm._decisions import choose_classes
from classicvis.svm._problem import Problem
from classicvis.svm._solve import Solution, score_path, solve_one_vs_rest
from classicvis.svm._stream import Stream


class LinearSVMClassifier(ClassifierMixin, BaseEstimator):
    """A linear support vector machine for dense features, many times as fast as :class:`sklearn.svm.LinearSVC`.

    It minimises what :class:`~sklearn.svm.LinearSVC` minimises with the penalty ``'l2'``, and stops by the duality gap,
    which bounds how far the objective can be above its minimum. Samples are read in their own precision and, with
    ``multi_class='ovr'``, not copied; float32 is twice as fast as float64.

    Parameters
    ----------
    C : float or array-like of shape (n_Cs,), default=1.0
        Inverse strength of the regularisation. Of several values, the one with the best mean accuracy over the folds of
        `cv` is taken, the smallest of equally good ones.
    loss : {'squared_hinge', 'hinge'}, default='squared_hinge'
        What a sample within the margin costs. ``multi_class='crammer_singer'`` has a hinge loss of its own.
    penalty : {'l2'}, default='l2'
        LinearSVC has ``'l1'`` too.
    dual : {'auto', True, False}, default='auto'
        No effect, since the primal and the dual problem are solved together; here so that LinearSVC's arguments
        work.
    multi_class : {'ovr', 'crammer_singer'}, default='ovr'
        ``'ovr'`` solves one binary problem for each class against the rest, ``'crammer_singer'`` one problem for all
        classes together, which takes much longer and is seldom better.
    fit_intercept : bool, default=True
        Whether there is an intercept, which is regularised like a weight, as in LinearSVC.
    intercept_scaling : float, default=1.0
        Value of the feature whose weight, times this value, is the intercept: the larger, the less is the intercept
        regularised.
    class_weight : dict or 'balanced', default=None
        Factors of C for classes; ``'balanced'`` means in inverse proportion to their frequencies. With
        ``'ovr'`` and more than two classes, a class's factor holds in the binary problem of that class only, as in
        LinearSVC.
    tol : float, default=1e-4
        The duality gap at which training ends, as a share of the objective of each binary problem.
    max_iter : int, default=1000
        Most iterations: passes of dual descent, then steps of Newton's method.
    warm_start : bool, default=False
        Begin at the weights of the last fit. Only for ``multi_class='ovr'``.
    cv : int, cross-validation generator or iterable, default=None
        The folds in which values of `C` are compared; None means 5 stratified folds.
    buffer_size : int, default=5000
        Samples that `partial_fit` keeps at most.
    random_state : int, RandomState instance or None, default=None
        Puts samples in order. An int makes `fit` repeatable.
    n_jobs : int, default=None
        Number of threads; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores.
    verbose : bool or int, default=False
        Show the duality gap while training, if the output is a terminal.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    coef_ : ndarray of shape (n_classes, n_features), or (1, n_features) for two classes, float64
        Weights of the features.
    intercept_ : ndarray of shape (n_classes,), or (1,) for two classes, float64
        Intercepts.
    n_iter_ : int
        Iterations of the last fit.
    dual_gap_ : float
        The largest duality gap of the binary problems, as a share of the objective, computed in double precision.
    C_ : float
        The value of `C` that was taken.
    scores_ : ndarray of shape (n_folds, n_Cs)
        Accuracy in each fold, if `C` has several values.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    Warns
    -----
    ConvergenceWarning
        The gap is above `tol` after `max_iter` iterations, or rounding lets it get no smaller.

    See Also
    --------
    sklearn.svm.LinearSVC : Takes sparse features, and has an L1 penalty.
    classicvis.make_hog_svm : A pipeline that ends with this classifier.

    Notes
    -----
    With ``'ovr'``, passes of dual coordinate descent over blocks of samples [1]_ come near the minimum, with a part of
    the features where there are thousands, and Newton's method [2]_ with conjugate gradients and a random
    preconditioner [3]_ reaches it. In its first steps it looks along the weights and the mean sample too, whose
    decisions are known; products with X are made for all classes at once. The hinge loss is reached through a sequence
    of smooth losses [4]_. ``'crammer_singer'`` begins with dual descent too [5]_, and ends like the hinge loss.

    Directions of Newton's method are found on samples that are rounded to 8-bit integers where that changes them by a
    tenth at most; objectives and gaps are not. `n_jobs` and the BLAS library change the result within `tol`.

    References
    ----------
    .. [1] C.-J. Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM", ICML 2008.
    .. [2] C.-J. Lin, R. C. Weng and S. S. Keerthi, "Trust Region Newton Method for Logistic Regression", JMLR 2008.
    .. [3] Z. Frangella, J. A. Tropp and M. Udell, "Randomized Nyström Preconditioning", SIAM J. Matrix Analysis 2023.
    .. [4] X. Li, D. Sun and K.-C. Toh, "A Highly Efficient Semismooth Newton Augmented Lagrangian Method for Solving
       Lasso Problems", SIAM J. Optimization 2018.
    .. [5] S. S. Keerthi et al., "A Sequential Dual Method for Large Scale Multi-class Linear SVMs", KDD 2008.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from classicvis import LinearSVMClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> svm = LinearSVMClassifier(C=0.001, random_state=0).fit(X[:1000], y[:1000])
    >>> bool(svm.score(X[1000:], y[1000:]) > 0.9)
    True
    >>> svm.coef_.shape, svm.dual_gap_ <= svm.tol
    ((10, 64), True)
    >>> LinearSVMClassifier(C=[1e-5, 1e-3], random_state=0).fit(X[:1000], y[:1000]).C_
    0.001
    """

    _parameter_constraints = {
        "C": [Interval(Real, 0, None, closed="neither"), "array-like"],
        "loss": [StrOptions({"squared_hinge", "hinge"})],
        "penalty": [StrOptions({"l2"})],
        "dual": ["boolean", StrOptions({"auto"})],
        "multi_class": [StrOptions({"ovr", "crammer_singer"})],
        "fit_intercept": ["boolean"],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "cv": ["cv_object"],
        "buffer_size": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        C=1.0,
        *,
        loss="squared_hinge",
        penalty="l2",
        dual="auto",
        multi_class="ovr",
        fit_intercept=True,
        intercept_scaling=1.0,
        class_weight=None,
        tol=1e-4,
        max_iter=1000,
        warm_start=False,
        cv=None,
        buffer_size=5000,
        random_state=None,
        n_jobs=None,
        verbose=False,
    ):
        self.C = C
        self.loss = loss
        self.penalty = penalty
        self.dual = dual
        self.multi_class = multi_class
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.warm_start = warm_start
        self.cv = cv
        self.buffer_size = buffer_size
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the classifier.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; float32 and float64 arrays in C order, memory-mapped ones too, are not copied.
        y : array-like of shape (n_samples,)
            Labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Factors of C for samples, at least 0.

        Returns
        -------
        self : LinearSVMClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            There are less than two classes, or X, y or a weight cannot be read as numbers as they should.
        """
        previous = self._previous_weights()
        vars(self).pop("_stream", None)
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has 1 class, {self.classes_[0]}, but {type(self).__name__} needs at least 2: "
                "give samples of another class."
            )
        problem = self._make_problem(X, y, codes, sample_weight)
        random = check_random_state(self.random_state)
        with threadpool_limits(1, "blas"), np.errstate(invalid="ignore"):  # as in `Problem.run_in_threads`
            C = self._choose_C(problem, y, random)
            problem = replace(problem, costs=C * problem.costs)
            if self.multi_class == "ovr":
                start = previous if np.shape(previous) == (problem.n_machines, X.shape[1] + 1) else None
                solution = solve_one_vs_rest(problem, start=start, **self._settings(random))
            else:
                solution = solve_crammer_singer(problem, **self._settings(random))
        self.C_ = C
        self._keep(solution)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn from one batch of a stream that need not fit in memory.

        Of all samples so far, those on the margin are kept, `buffer_size` at most. While there are no more of them, the
        result is that of `fit` on the whole stream; later it is near to it. `C` means what it means in `fit`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All classes of the stream; needed in the first call, unless `fit` was called before: then the stream goes on
            from its weights.
        sample_weight : array-like of shape (n_samples,), default=None
            Factors of C for samples, at least 0.

        Returns
        -------
        self : LinearSVMClassifier
            The classifier.

        Raises
        ------
        ValueError
            `classes` is missing in the first call, differs in a later one, or lacks a label of y; the settings are not
            those of a single C, the squared hinge loss, one binary problem a class, and weights of classes that are
            known beforehand.
        """
        is_first = not hasattr(self, "classes_")
        self._check_stream_settings()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C", reset=is_first)
        if is_first:
            if classes is None:
                raise ValueError("classes is None, but the first call of partial_fit needs all classes of the stream.")
            self.classes_ = np.unique(classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"classes is {np.unique(classes).tolist()}, but the first call of partial_fit had "
                f"{self.classes_.tolist()}: give the same classes in every call, or none after the first."
            )
        codes = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        if not np.array_equal(self.classes_[codes], y):
            unknown = y[self.classes_[codes] != y][0]
            raise ValueError(f"y has the label {unknown}, but classes has {self.classes_}: give all of them at first.")
        problem = self._make_problem(X, y, codes, sample_weight)
        self.C_ = float(self.C)
        problem = replace(problem, costs=self.C_ * problem.costs)
        with threadpool_limits(1, "blas"), np.errstate(invalid="ignore"):  # as in `Problem.run_in_threads`
            if not hasattr(self, "_stream"):
                self._stream = Stream(problem, None if is_first else self._weights())
            weights, newton = self._stream.learn(problem, self.buffer_size, self.tol, self.max_iter)
        self._keep(Solution(weights, float((newton.gaps / newton.objectives).max()), newton.n_iter))
        return self

    def decision_function(self, X):
        """Compute how far samples are on the side of each class, in units of the margin.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        decisions : ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
            In the dtype of X.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        with np.errstate(invalid="ignore"):  # as in `Problem.run_in_threads`
            decisions = X @ self.coef_.T.astype(X.dtype) + self.intercept_.astype(X.dtype)
        return decisions[:, 0] if len(self.classes_) == 2 else decisions

    def predict(self, X):
        """Tell the classes of samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The class with the largest decision.
        """
        codes = choose_classes(self.decision_function(X))
        return self.classes_[codes]

    def _check_stream_settings(self):
        """Raise a ValueError where the settings do not allow for `partial_fit`."""
        if not isinstance(self.C, Real) or self.loss != "squared_hinge" or self.multi_class != "ovr":
            raise ValueError(
                f"partial_fit is given C={self.C!r}, loss={self.loss!r} and multi_class={self.multi_class!r}, but "
                "takes a single C, 'squared_hinge' and 'ovr': use fit for the others."
            )
        if self.class_weight == "balanced":
            raise ValueError("class_weight is 'balanced', but partial_fit sees no frequencies: give a dict of factors.")

    def _previous_weights(self):
        """Return the weights of the last fit where training is to begin with them, else None."""
        if not self.warm_start or not hasattr(self, "coef_"):
            return None
        return self._weights()

    def _weights(self):
        """Return what was learnt, as the weights of a `Problem`."""
        return np.column_stack([self.coef_, self.intercept_ / self.intercept_scaling])

    def _make_problem(self, X, y, codes, sample_weight):
        """Return the binary problems, with the costs for a C of 1."""
        n_classes = len(self.classes_)
        costs = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        check_class_weight(self.class_weight)
        weights = compute_class_weight(self.class_weight, classes=self.classes_, y=y, sample_weight=sample_weight)
        is_binary = n_classes == 2 and self.multi_class == "ovr"
        positives = np.array([1]) if is_binary else np.arange(n_classes)
        factors = np.column_stack([np.full(n_classes, 1.0), weights])
        return Problem(
            X=X,
            codes=codes,
            positives=positives,
            costs=costs,
            factors=weights[None] if is_binary else factors,
            bias=self.intercept_scaling if self.fit_intercept else 0.0,
            n_threads=effective_n_jobs(self.n_jobs),
        )

    def _settings(self, random):
        settings = {"tol": self.tol, "max_iter": self.max_iter, "random": random, "verbose": bool(self.verbose)}
        return settings | {"loss": self.loss} if self.multi_class == "ovr" else settings

    def _choose_C(self, problem, y, random):
        """Return C, or of several values the one that does best in cross-validation."""
        if isinstance(self.C, Real):
            return float(self.C)
        Cs = np.asarray(self.C, dtype=np.float64)
        if Cs.ndim != 1 or len(Cs) == 0 or not (Cs > 0).all():
            raise ValueError(f"C is {self.C!r}, but must be a number above 0, or several of them.")
        if self.multi_class != "ovr":
            raise ValueError(
                "C has several values, but with multi_class='crammer_singer' it must have one: use GridSearchCV."
            )
        order = np.argsort(Cs, kind="stable")
        scores = score_path(problem, y, Cs[order], self.cv, self._settings(random))
        self.scores_ = np.empty_like(scores)
        self.scores_[:, order] = scores
        return float(Cs[order][scores.mean(axis=0).argmax()])

    def _keep(self, solution):
        weights = solution.weights
        if len(self.classes_) == 2 and len(weights) == 2:  # one function tells two classes apart
            weights = weights[1:] - weights[:1]
        self.coef_ = weights[:, :-1].astype(np.float64, order="C")
        self.intercept_ = self.intercept_scaling * weights[:, -1].astype(np.float64)
        self.n_iter_ = solution.n_iter
        self.dual_gap_ = solution.gap
        if not self.dual_gap_ <= self.tol:  # nor if it is NaN
            warnings.warn(
                f"The duality gap is {self.dual_gap_:.1e} of the objective after {self.n_iter_} iterations, and tol is "
                f"{self.tol:.1e}: scale the features, or raise max_iter ({self.max_iter}) or tol.",
                ConvergenceWarning,
                stacklevel=3,
            )
