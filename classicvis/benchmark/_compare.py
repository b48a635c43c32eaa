"""Comparing classifiers on the same images: what they get right, what they cost, and whether it is chance."""

from collections.abc import Mapping
from datetime import UTC, datetime
from numbers import Integral

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils import check_consistent_length, check_random_state

from classicvis.benchmark._data import as_rows, first_item, holds_paths, take_rows
from classicvis.benchmark._environment import describe_environment
from classicvis.benchmark._labels import check_labels, check_test_labels
from classicvis.benchmark._measure import Job
from classicvis.benchmark._methods import DEFAULT_SIZE, resolve_methods
from classicvis.benchmark._pictures import make_picture
from classicvis.benchmark._pool_folds import pool_folds
from classicvis.benchmark._processes import run_jobs
from classicvis.benchmark._result import Comparison
from classicvis.benchmark._splits import cross_validate, given_test_set, hold_out
from classicvis.images import check_images

N_PICTURES = 12  # of the most confident errors of each method
MOST_FILES_NAMED = 20  # in an error


def compare(
    methods,
    X,
    y,
    *,
    X_test=None,
    y_test=None,
    test_size=0.2,
    cv=None,
    scoring=None,
    class_names=None,
    size=None,
    random_state=None,
    n_jobs=None,
    batch_size=256,
    check_files=True,
    verbose=True,
):
    """Compare classifiers on the same images: accuracy, costs, and whether the best is best beyond chance.

    Every method is fitted in a fresh process, one after the other, and its predictions, its times, its memory
    and the size of its model all come from that one fit. A method that fails, or whose process dies, has its
    error in the result, and the others go on.

    Parameters
    ----------
    methods : dict of str to estimator, list of (str, estimator), list of str, or str
        Any scikit-learn classifiers, pipelines too, by name. An estimator may be the name of a built-in
        method, such as ``"hog-svm"`` or ``"cnn"``: :func:`~classicvis.benchmark.make_method` lists them. Others are
        cloned; their own `random_state` stays theirs.
    X : array-like of shape (n, ...), or list, Series or one-column DataFrame of n paths
        Images, flat rows, or paths of images: whatever the methods take.
    y : array-like of shape (n,)
        Labels, at least two different ones.
    X_test : like X, of n_test rows, default=None
        Images to test on. None takes them from X, as `cv` or `test_size` says.
    y_test : array-like of shape (n_test,), default=None
        Labels of `X_test`.
    test_size : float, default=0.2
        Share of X to test on where neither `X_test` nor `cv` is given, drawn at random, stratified.
    cv : int, splitter or iterable of (train_rows, test_rows), default=None
        Cross-validate: an int is a number of stratified, shuffled folds. The test folds must be a partition.
        Predictions of all folds are pooled; intervals and tests are then approximate. Costs are those of the
        first fold.
    scoring : str, callable, list of str, or dict of str to str or callable, default=None
        Scorers of scikit-learn's kind to report besides; averaged over folds.
    class_names : array-like of shape (n_classes,), default=None
        Names of the classes, in the sorted order of the labels. None shows the labels themselves.
    size : int or tuple of (rows, columns), default=None
        Size to which built-in methods bring the images. None keeps arrays as they are, and stands for 64 × 64
        where X holds paths or images of varying sizes.
    random_state : int, RandomState instance or None, default=None
        Seed of the split and of built-in methods. None draws one, which the result names.
    n_jobs : int, default=None
        How many folds after the first to fit at the same time, as joblib has it: None is 1, -1 all cores.
        The fits whose costs are measured run alone.
    batch_size : int, default=256
        Number of images in a call of `predict`.
    check_files : bool, default=True
        Where X holds paths: whether to read every file before the first fit, so that all the bad ones are
        known at once.
    verbose : bool, default=True
        Whether to show a progress bar (on a terminal).

    Returns
    -------
    comparison : Comparison
        Prints as a table; see `to_frame`, `plot`, `to_html`.

    Raises
    ------
    ValueError
        The labels, the split or the methods cannot be used, or files cannot be read.
    TypeError
        A method is no classifier.

    Notes
    -----
    *Accuracy* comes with the 95 % interval of Wilson's score test [1]_. Whether the best method is better
    than the next is tested with McNemar's exact test [2]_ on the images that one of the two alone has right.

    *Time* is taken after the method's modules are imported and the transformers of a pipeline have seen a few
    images, so that what compiles on a first call ever has compiled; what `fit` itself imports counts. Images
    per second are those of whole passes of `predict` over the test images in batches (the median pass).
    Latency is that of `predict` with one image: the median, and the 95th percentile.

    *Memory* is how far the peak of resident memory of the process rises during `fit`, above what the process
    holds before it, the training images included; worker processes that a method starts are not counted.
    *Size* is that of the fitted method, pickled.

    *Threads.* A method may use as many threads as it takes by itself, its `n_jobs` and BLAS included, unless
    the environment limits them (``OMP_NUM_THREADS``); where folds run side by side, they share the cores.

    X goes to the processes through a temporary folder, an array as a file that is mapped into memory.

    References
    ----------
    .. [1] Wilson: "Probable inference, the law of succession, and statistical inference", Journal of the
       American Statistical Association 22 (1927).
    .. [2] McNemar: "Note on the sampling error of the difference between correlated proportions or
       percentages", Psychometrika 12 (1947).

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.datasets import load_digits
    >>> import classicvis
    >>> X, y = load_digits(return_X_y=True)
    >>> methods = {"neighbours": KNeighborsClassifier(), "most frequent": DummyClassifier()}
    >>> comparison = classicvis.compare(methods, X, y, random_state=0)
    >>> comparison.best
    'neighbours'
    >>> comparison.to_frame()["accuracy"].round(2).tolist()
    [0.98, 0.1]
    """
    X, labels = as_rows(X), check_labels(y, class_names)
    check_consistent_length(X, labels.y)
    seed = _choose_seed(random_state)
    splits, data, y_true = _split(X, labels, X_test, y_test, cv, test_size, seed)
    size = DEFAULT_SIZE if size is None and _needs_size(X) else size
    estimators = resolve_methods(methods, size=size, random_state=seed)
    scorers = _resolve_scorers(scoring)
    if not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(f"batch_size is {batch_size!r}, but must be a whole number from 1 up.")
    if check_files:
        _check_files(data, n_jobs)
    jobs = {
        name: [
            Job(estimator, train, splits.test_data, test, scorers, int(batch_size), measure_costs=fold == 0)
            for fold, (train, test) in enumerate(splits.folds)
        ]
        for name, estimator in estimators.items()
    }
    measurements = run_jobs(jobs, data, n_jobs=n_jobs, verbose=verbose)
    test_images = data[splits.test_data]
    comparison = Comparison(
        runs={name: pool_folds(name, estimators[name], measurements[name], labels) for name in estimators},
        y_true=y_true,
        classes=labels.classes,
        class_names=labels.names,
        test_names=_name_images(test_images, splits.test_rows),
        is_cross_validated=len(splits.folds) > 1,
        settings={
            "images": f"{_describe_images(X)}, {len(labels.classes)} classes",
            "split": splits.description,
            "random_state": str(seed),
            "size of images in built-in methods": "as given" if size is None else str(size),
            "images in a call of predict": str(batch_size),
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        },
        environment=describe_environment(),
    )
    _add_pictures(comparison, test_images, splits.test_rows)
    return comparison


def _choose_seed(random_state):
    """Return a seed that can be named, also where none was given."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def _split(X, labels, X_test, y_test, cv, test_size, seed):
    """Return the splits, the data that the processes need, and the classes of the test images."""
    if (X_test is None) != (y_test is None):
        given, missing = ("y_test", "X_test") if X_test is None else ("X_test", "y_test")
        raise ValueError(f"{given} is given without {missing}: give both, or neither.")
    data = {"X": X, "y": labels.y}
    if X_test is not None:
        if cv is not None:
            raise ValueError("Both X_test and cv are given: leave one of them out.")
        X_test = as_rows(X_test)
        y_test, y_true = check_test_labels(y_test, labels)
        check_consistent_length(X_test, y_test)
        return given_test_set(len(labels.y), len(y_test)), data | {"X_test": X_test, "y_test": y_test}, y_true
    if cv is not None:
        splits = cross_validate(cv, labels.y, seed)
    else:
        splits = hold_out(labels.codes, labels.names, test_size, seed)
    return splits, data, labels.codes[splits.test_rows]


def _needs_size(X):
    """Say whether built-in methods must be told a size: for paths, PIL images, and arrays that vary."""
    if holds_paths(X):
        return True
    is_sequence = isinstance(X, list) or (isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1)
    shapes = {getattr(image, "shape", None) for image in X} if is_sequence else set()
    return len(shapes) > 1 or None in shapes


def _resolve_scorers(scoring):
    if scoring is None:
        return {}
    if isinstance(scoring, str):
        scoring = [scoring]
    elif callable(scoring):
        scoring = {getattr(scoring, "__name__", "scoring"): scoring}
    if not isinstance(scoring, Mapping):
        scoring = {name: name for name in scoring}
    return {name: get_scorer(scorer) for name, scorer in scoring.items()}


def _check_files(data, n_jobs):
    """Raise an error that names all the files that cannot be read."""
    for name in ("X", "X_test"):
        if name not in data or not holds_paths(data[name]):
            continue
        bad = check_images(data[name], n_jobs=n_jobs)
        if bad:
            named = "; ".join(f"{path!r} {reason}" for _, path, reason in bad[:MOST_FILES_NAMED])
            more = f"; and {len(bad) - MOST_FILES_NAMED} more" if len(bad) > MOST_FILES_NAMED else ""
            raise ValueError(
                f"{len(bad)} of {len(data[name])} files in {name} cannot be read: {named}{more}. "
                "Leave them out; classicvis.images.check_images lists them."
            )


def _name_images(X, rows):
    if holds_paths(X):
        return [str(path) for path in np.asarray(take_rows(X, rows), dtype=object).ravel()]
    return [f"image {row}" for row in rows]


def _describe_images(X):
    n_images = len(X)
    if holds_paths(X):
        return f"{n_images:,} files"
    if isinstance(X, np.ndarray) and X.ndim > 1:
        return f"{n_images:,} images, each {' × '.join(map(str, X.shape[1:]))}, {X.dtype}"
    return f"{n_images:,} images"


def _add_pictures(comparison, X, rows):
    """Keep pictures of the most confident errors, so that a report can be made without the images."""
    positions = {
        position for method in comparison.ranking for position, _ in comparison.confident_errors(method, N_PICTURES)
    }
    for position in sorted(positions):
        picture = make_picture(first_item(take_rows(X, slice(rows[position], rows[position] + 1))))
        if picture is not None:
            comparison.pictures[position] = picture
