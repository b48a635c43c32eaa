"""`tune`: the best settings of a pipeline, by successive halving with features that are extracted once."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv
from sklearn.utils import check_random_state, indexable

from classicvis._labels import check_labels
from classicvis._optional import import_optional
from classicvis.pipelines._halving import order_by_class
from classicvis.pipelines._search import Search, with_settings
from classicvis.pipelines._tuning_grid import tuning_grid
from classicvis.pixels import list_items


@dataclass(frozen=True, repr=False)
class Tuning:
    """What `tune` returns: the fitted estimator, and the scores of all settings.

    Attributes
    ----------
    best_estimator_ : estimator
        The pipeline with the best settings, fitted on all rows.
    best_params_ : dict
        The best settings.
    best_score_ : float
        Their mean score in cross-validation, on the largest number of rows.
    cv_results_ : dict of str to ndarray
        One row for each candidate on each number of rows, as in
        :class:`~sklearn.model_selection.HalvingGridSearchCV`: ``iter``, ``n_resources`` (rows), ``params``,
        ``param_*``, ``mean_test_score``, ``std_test_score``, ``rank_test_score`` and ``mean_fit_time``, the time of
        the last step alone.
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
            One row for each candidate on each number of rows.
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

    Successive halving [1]_: all settings are tried on few images; the best of them on about four times as many, and so
    on; the last two on all images, in full cross-validation. Features are extracted once for all settings of later
    steps, so that another ``C`` costs no more than training the classifier.

    Parameters
    ----------
    pipeline : estimator
        A pipeline of transformers and a classifier, such as the ``make_*`` functions return, or any other
        scikit-learn estimator. It is not changed.
    X : sequence of length n
        Input of the pipeline: images, paths, rows of numbers.
    y : array-like of shape (n,)
        Labels.
    budget : float, default=None
        Seconds for the whole call. If they do not suffice, fewer settings are tried, or on fewer rows; the final fit on
        all rows is always made. With a budget, the result depends on the speed of the computer. None tries all.
    param_grid : dict or list of dict, default=None
        Values by the name of the parameter: lists, or distributions with a method ``rvs``. None takes
        :func:`~classicvis.pipelines.tuning_grid` of the pipeline.
    n_candidates : int, default=100
        Largest number of settings to try. They are drawn at random from distributions and from larger grids; a smaller
        grid is tried as a whole.
    scoring : str or callable, default=None
        Score to maximise, as in :class:`~sklearn.model_selection.GridSearchCV`; None means the pipeline's `score`.
    cv : int, splitter or iterable, default=3
        How rows are split, as in :class:`~sklearn.model_selection.GridSearchCV`. Only the first split is used until
        the last settings are tried on all rows.
    groups : array-like of shape (n,), default=None
        Groups of rows, for splitters such as :class:`~sklearn.model_selection.GroupKFold`.
    memory : str, os.PathLike or joblib.Memory, default=None
        Folder that stores features, by the content of the images and the settings of the transformers: another search
        on the same images extracts only new ones. The output of an :class:`~classicvis.ImageReader` is not stored.
    random_state : int, RandomState instance or None, default=None
        Seed for drawing rows and settings.
    n_jobs : int, default=None
        Number of classifiers that are trained at the same time.
    verbose : bool, default=True
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    tuning : Tuning
        Has ``best_estimator_``, ``best_params_``, ``best_score_`` and ``cv_results_``, like a scikit-learn search.

    Raises
    ------
    ValueError
        There is nothing to try, `budget` or `n_candidates` is not positive, or `y` does not have one label for each
        row of `X`.

    See Also
    --------
    classicvis.pipelines.tuning_grid : The default grid.
    classicvis.compare : Compares methods, which may be tuned.

    Notes
    -----
    In the search, transformers are fitted on the training rows, and then transform all rows. A pipeline does the same,
    except for the few transformers whose ``fit_transform`` differs from ``fit`` and ``transform``, such as
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
    X = _list_rows(X)
    y = check_labels(y, X, "tune") if is_classifier(pipeline) else np.asarray(y)
    X, y, groups = indexable(X, y, groups)
    rng = check_random_state(random_state)
    candidates = _draw_candidates(pipeline, param_grid, n_candidates, rng)
    splits = list(check_cv(cv, y, classifier=is_classifier(pipeline)).split(X, y, groups))
    search = Search(pipeline, X, y, splits, check_scoring(pipeline, scoring), budget, memory, n_jobs)
    search.run(candidates, order_by_class(y, rng), verbose)
    best, *_ = ranking = search.ranking()
    fitted = with_settings(pipeline, best["params"]).fit(X, y)
    return Tuning(fitted, best["params"], float(best["mean_test_score"]), _tabulate(search.rows, ranking))


def _list_rows(X):
    """Return X, a listing of images as a list; X may be a table of anything too."""
    items = None if hasattr(X, "columns") else list_items(X)
    return X if items is None else items


def _require_positive(name, value, kind, allowed):
    if value is not None and not (isinstance(value, kind) and value > 0):
        raise ValueError(f"{name} is {value!r}, but must be {allowed}.")


def _draw_candidates(pipeline, grid, n_candidates, rng):
    """Return settings in random order: all of a small grid, else `n_candidates`."""
    grid = tuning_grid(pipeline) if grid is None else grid
    parts = [grid] if isinstance(grid, dict) else grid
    if not any(parts):
        raise ValueError("There is nothing to try: give param_grid, a dict of values by the name of the parameter.")
    if not any(hasattr(values, "rvs") for part in parts for values in part.values()):
        n_candidates = min(n_candidates, len(ParameterGrid(grid)))
    return [dict(sorted(params.items())) for params in ParameterSampler(grid, n_candidates, random_state=rng)]


def _tabulate(rows, ranking):
    """Turn rows into columns, with one column for each parameter."""
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
