"""`tune`: finding a pipeline's settings by successive halving over features that are extracted once."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv
from sklearn.utils import check_random_state, indexable

from classicvis._optional import import_optional
from classicvis.pipelines._halving import order_by_class
from classicvis.pipelines._search import Search, with_settings
from classicvis.pipelines._settings import tuning_grid


@dataclass(frozen=True, repr=False)
class Tuning:
    """What `tune` returns: the fitted estimator, and how all settings did.

    Attributes
    ----------
    best_estimator_ : estimator
        The pipeline with the best settings, fitted on all rows.
    best_params_ : dict
        The best settings.
    best_score_ : float
        Their mean score in cross-validation, on the most rows that they were tried on.
    cv_results_ : dict of str to ndarray
        A row for each settings on each number of rows, as :class:`~sklearn.model_selection.HalvingGridSearchCV` has
        it: ``iter``, ``n_resources`` (rows), ``params``, ``param_*``, ``mean_test_score``, ``std_test_score``,
        ``rank_test_score`` and ``mean_fit_time``, which is that of the last step alone.
    """

    best_estimator_: object
    best_params_: dict
    best_score_: float
    cv_results_: dict

    def to_frame(self):
        """Return `cv_results_` as a table, the best settings first.

        Returns
        -------
        frame : pandas.DataFrame
            A row for each settings on each number of rows.
        """
        pandas = import_optional("pandas", extra="compare", purpose="A table of settings")
        return pandas.DataFrame(self.cv_results_).sort_values("rank_test_score", kind="stable", ignore_index=True)

    def __repr__(self):
        n_fits = len(self.cv_results_["params"])
        return f"Tuning(best_score_={self.best_score_:.4f}, best_params_={self.best_params_}, {n_fits} rows)"


def tune(
    pipeline,
    X,
    y,
    *,
    budget=None,
    param_grid=None,
    n_candidates=100,
    scoring=None,
    cv=3,
    groups=None,
    memory=None,
    random_state=None,
    n_jobs=None,
    verbose=True,
):
    """Find the best settings of a pipeline, and fit it with them.

    All settings are tried on few images first. Those that do best are tried on about four times as many, and so on; the
    last two on all, in full cross-validation. Features are extracted once for all settings of the steps behind them, so
    that another ``C`` costs no more than training the classifier.

    Parameters
    ----------
    pipeline : estimator
        A pipeline of transformers and a classifier, such as the ``make_*`` functions return, or any other
        scikit-learn estimator. It is not changed.
    X : sequence of length n
        What the pipeline takes: images, paths, rows of numbers.
    y : array-like of shape (n,)
        Labels.
    budget : float, default=None
        Seconds. When they run short, fewer settings are tried, or on fewer rows; the final fit on all rows is foreseen,
        and always made. None tries all. What is found then depends on the machine's speed.
    param_grid : dict or list of dict, default=None
        Values by the name of the parameter: lists, or distributions with a method ``rvs``. None takes
        :func:`~classicvis.pipelines.tuning_grid` of the pipeline.
    n_candidates : int, default=100
        Most settings to try. A grid that has no more is tried as a whole; of a larger one, or of distributions, as many
        are drawn.
    scoring : str or callable, default=None
        What makes settings good, as scikit-learn has it; None is the accuracy of a classifier.
    cv : int, splitter or iterable, default=3
        How rows are split, as scikit-learn has it. All splits count on all rows, and the first one before.
    groups : array-like of shape (n,), default=None
        Which rows belong together, for splitters such as :class:`~sklearn.model_selection.GroupKFold`.
    memory : str, os.PathLike or joblib.Memory, default=None
        Folder in which features outlast the call, by the content of the images and the settings of the transformers:
        another search on the same images extracts only what is new. What an
        :class:`~classicvis.ImageReader` reads is not kept.
    random_state : int, RandomState instance or None, default=None
        Seed of which rows and settings are drawn.
    n_jobs : int, default=None
        How many classifiers are trained at the same time.
    verbose : bool, default=True
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    tuning : Tuning
        ``best_estimator_``, ``best_params_``, ``best_score_`` and ``cv_results_``, as of a scikit-learn search.

    Raises
    ------
    ValueError
        There is nothing to try, or `budget` or `n_candidates` is not positive.

    See Also
    --------
    classicvis.pipelines.tuning_grid : What is tried by default.
    classicvis.compare : Compares methods, of which each may be tuned first.

    Notes
    -----
    During the search transformers are fitted on the training rows and then transform all, which is what a pipeline does
    but for the few transformers whose ``fit_transform`` differs from ``fit`` and ``transform``, such as
    :class:`~sklearn.preprocessing.TargetEncoder`.

    References
    ----------
    .. [1] K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
       AISTATS 2016.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_svm, tune
    >>> sample = load_fashion_sample()
    >>> grid = {"hog__coarse__pixels_per_cell": [1 / 4, 1 / 2], "svm__C": [0.001, 0.01, 0.1]}
    >>> pipeline = make_hog_svm(random_state=0)
    >>> tuning = tune(pipeline, sample.X_train[:600], sample.y_train[:600], param_grid=grid, random_state=0)
    >>> tuning.best_params_
    {'hog__coarse__pixels_per_cell': 0.25, 'svm__C': 0.01}
    >>> bool(tuning.best_estimator_.score(sample.X_test, sample.y_test) > 0.75)
    True
    """
    _require_positive("budget", budget, Real, "a number of seconds above 0, or None")
    _require_positive("n_candidates", n_candidates, Integral, "a whole number above 0")
    X, y, groups = indexable(X, np.asarray(y), groups)
    rng = check_random_state(random_state)
    candidates = _draw_candidates(pipeline, param_grid, n_candidates, rng)
    splits = list(check_cv(cv, y, classifier=is_classifier(pipeline)).split(X, y, groups))
    search = Search(pipeline, X, y, splits, check_scoring(pipeline, scoring), budget, memory, n_jobs)
    search.run(candidates, order_by_class(y, rng), verbose)
    best, *_ = ranking = search.ranking()
    fitted = with_settings(pipeline, best["params"]).fit(X, y)
    return Tuning(fitted, best["params"], float(best["mean_test_score"]), _tabulate(search.rows, ranking))


def _require_positive(name, value, kind, allowed):
    if value is not None and not (isinstance(value, kind) and value > 0):
        raise ValueError(f"{name} is {value!r}, but must be {allowed}.")


def _draw_candidates(pipeline, grid, n_candidates, rng):
    """Return settings in random order: all of a small grid, else as many as are asked for."""
    grid = tuning_grid(pipeline) if grid is None else grid
    parts = [grid] if isinstance(grid, dict) else grid
    if not any(parts):
        raise ValueError("There is nothing to try: give param_grid, a dict of values by the name of the parameter.")
    if not any(hasattr(values, "rvs") for part in parts for values in part.values()):
        n_candidates = min(n_candidates, len(ParameterGrid(grid)))
    return [dict(sorted(params.items())) for params in ParameterSampler(grid, n_candidates, random_state=rng)]


def _tabulate(rows, ranking):
    """Return the rows as columns, with a column for each parameter."""
    table = {name: np.array([row[name] for row in rows]) for name in rows[0] if name != "params"}
    table["params"] = np.array([row["params"] for row in rows], dtype=object)
    for name in dict.fromkeys(name for row in rows for name in row["params"]):
        column = np.empty(len(rows), dtype=object)
        for i, row in enumerate(rows):
            column[i] = row["params"].get(name)
        table[f"param_{name}"] = column
    places = {id(row): place for place, row in enumerate(ranking, 1)}
    table["rank_test_score"] = np.array([places[id(row)] for row in rows])
    return table
