"""Comparing classifiers on the same images: what they get right, what they cost, and whether it is chance."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from numbers import Integral

from sklearn.metrics import get_scorer
from sklearn.utils import check_random_state

from classicvis.benchmark._dataset import make_datasets
from classicvis.benchmark._environment import describe_environment
from classicvis.benchmark._measure import Job
from classicvis.benchmark._methods import DEFAULT_SIZE, resolve_methods
from classicvis.benchmark._pictures import make_pictures
from classicvis.benchmark._processes import RunsInterrupted, run_jobs
from classicvis.benchmark._result import Comparison
from classicvis.benchmark._splits import split_images


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
        Size to which built-in methods bring the images. None keeps arrays as they are, and means 64 × 64
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
        A method is not a classifier.
    ComparisonInterrupted
        On Ctrl-C, a `KeyboardInterrupt`; its attribute `comparison` holds the methods that were finished, if any were.

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
    if X_test is not None and cv is not None:
        raise ValueError("Both X_test and cv are given: leave one of them out.")
    training_set, test_set = make_datasets(X, y, class_names, X_test, y_test)
    seed = _choose_seed(random_state)
    splits = split_images(training_set, test_set, cv=cv, test_size=test_size, seed=seed)
    size = DEFAULT_SIZE if size is None and training_set.needs_size else size
    estimators = resolve_methods(methods, size=size, random_state=seed)
    scorers = _resolve_scorers(scoring)
    if not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(f"batch_size is {batch_size!r}, but must be a whole number from 1 up.")
    data = {"X": training_set.X, "y": training_set.y}
    if test_set is not None:
        data |= {"X_test": test_set.X, "y_test": test_set.y}
    tested = training_set if test_set is None else test_set
    if check_files:
        training_set.check_files("X", n_jobs)
        if test_set is not None:
            test_set.check_files("X_test", n_jobs)
    jobs = {
        name: [
            Job(name, estimator, train, splits.test_data, test, scorers, int(batch_size), measure_costs=fold == 0)
            for fold, (train, test) in enumerate(splits.folds)
        ]
        for name, estimator in estimators.items()
    }

    def make_comparison(runs):
        comparison = Comparison(
            runs=runs,
            y_true=tested.codes[splits.test_rows],
            classes=tested.classes,
            class_names=tested.class_names,
            test_names=tested.names_of(splits.test_rows),
            is_cross_validated=len(splits.folds) > 1,
            settings={
                "images": training_set.describe(),
                "split": splits.description,
                "random_state": str(seed),
                "size of images in built-in methods": "as given" if size is None else str(size),
                "images in a call of predict": str(batch_size),
                "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            },
            environment=describe_environment(),
        )
        return replace(comparison, pictures=make_pictures(comparison, tested, splits.test_rows))

    try:
        return make_comparison(run_jobs(jobs, data, n_jobs=n_jobs, verbose=verbose))
    except RunsInterrupted as interrupt:
        missing = ", ".join(name for name in jobs if name not in interrupt.runs)
        note = f"The comparison was interrupted; these methods have no result: {missing}."
        raise ComparisonInterrupted(replace(make_comparison(interrupt.runs), notes=[note])) from interrupt


class ComparisonInterrupted(KeyboardInterrupt):
    """Ctrl-C has ended `compare`.

    Attributes
    ----------
    comparison : Comparison
        The methods that were finished.
    """

    def __init__(self, comparison):
        super().__init__()
        self.comparison = comparison


def _choose_seed(random_state):
    """Return a seed that can be named, also where none was given."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


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
