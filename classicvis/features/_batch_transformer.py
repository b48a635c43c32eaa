"""`BatchTransformer`: any transformer of images, batch by batch, into one array in memory or in a file."""

import os
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from classicvis._files import name_beside, remove_leftovers
from classicvis._sklearn_compat import HasMethods, Interval, RealNotInt, fit_context, select_rows


def _names_features(estimator):
    return hasattr(estimator.transformer, "get_feature_names_out")


class BatchTransformer(MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Run a transformer batch by batch, so that memory is bounded by a batch and the result.

    Paths or images go in, one row of features for each comes out, in one array that is allocated once: in memory, or
    in a file of NumPy's own format that is mapped into memory.

    Parameters
    ----------
    transformer : transformer
        What is run: a transformer whose rows do not depend on each other, or a Pipeline of such, for example
        ``make_pipeline(ImageReader(64), HOGTransformer())``. It is cloned and not changed.
    batch_size : int, default=256
        Rows of X in a batch.
    n_jobs : int, default=None
        Batches at a time, in threads; None means 1 unless in a :func:`joblib.parallel_config`, which may also send
        batches to processes or to a cluster; -1 means all cores.
    out : str or os.PathLike, default=None
        File for the result of `transform`, ending in ``.npy``; the file appears when it is complete. None keeps the
        result in memory.
    fit_size : int or float, default=None
        Rows that `fit` learns from, drawn at random: a number, or a share of X. None takes all.
    random_state : int, RandomState instance or None, default=None
        Draws the rows of `fit_size`.
    verbose : bool, default=True
        Show a progress bar in `transform`, where the output is a terminal.

    Attributes
    ----------
    transformer_ : transformer
        The fitted clone.
    n_features_in_ : int
        Values per row of X, if the transformer knows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if the transformer knows.

    See Also
    --------
    classicvis.ImageReader : Reads the images that paths lead to.

    Notes
    -----
    Results are those of the transformer: ours have the same bits for any `batch_size` where a transformer's Notes
    say so, and agree within 1e-5 relative otherwise.

    Examples
    --------
    >>> from classicvis import BatchTransformer, HOGTransformer, load_fashion_sample
    >>> images = load_fashion_sample().X_test
    >>> batches = BatchTransformer(HOGTransformer(pixels_per_cell=(7, 7)), batch_size=100, n_jobs=2)
    >>> batches.fit_transform(images).shape
    (1000, 324)
    """

    _parameter_constraints = {
        "transformer": [HasMethods(["fit", "transform"])],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "out": [str, os.PathLike, None],
        "fit_size": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
            None,
        ],
        "random_state": ["random_state"],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        transformer,
        *,
        batch_size=256,
        n_jobs=None,
        out=None,
        fit_size=None,
        random_state=None,
        verbose=True,
    ):
        self.transformer = transformer
        self.batch_size = batch_size
        self.n_jobs = n_jobs
        self.out = out
        self.fit_size = fit_size
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, **fit_params):
        """Fit the transformer, on all rows or on some drawn at random.

        Parameters
        ----------
        X : sequence of length n
            Paths or images, as the transformer takes them.
        y : array-like of shape (n,), default=None
            Labels, for transformers that learn from them.
        **fit_params : dict
            Passed on to the transformer's `fit`, as they are.

        Returns
        -------
        self : BatchTransformer
            The fitted transformer.
        """
        _require_npy(self.out)
        if self.fit_size is not None:
            n = len(X)
            n_drawn = self.fit_size if isinstance(self.fit_size, Integral) else max(1, round(self.fit_size * n))
            if n_drawn < n:
                rows = np.sort(check_random_state(self.random_state).permutation(n)[:n_drawn])
                X, y = select_rows(X, rows), None if y is None else select_rows(y, rows)
        self.transformer_ = clone(self.transformer).fit(X, y, **fit_params)
        return self

    def transform(self, X):
        """Run the transformer over all batches.

        Parameters
        ----------
        X : sequence of length n
            Paths or images, as the transformer takes them.

        Returns
        -------
        features : ndarray or memmap of shape (n, n_features_out)
            What the transformer gives, in order; a memmap that can be written to with `out`.

        Raises
        ------
        ValueError
            The transformer gives something other than one row of numbers for each row of X.
        """
        check_is_fitted(self)
        _require_npy(self.out)
        if not hasattr(X, "__len__") or len(X) <= self.batch_size:
            return self._collect(X, [self._run(X)])
        from tqdm import tqdm  # only those who need a progress bar wait for it

        starts = range(0, len(X), self.batch_size)
        parts = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")(
            delayed(self._run)(select_rows(X, slice(start, start + self.batch_size))) for start in starts
        )
        with tqdm(total=len(X), desc="Transforming", unit="image", disable=None if self.verbose else True) as bar:
            return self._collect(X, parts, bar)

    @available_if(_names_features)
    def get_feature_names_out(self, input_features=None):
        """Return the transformer's names of the features.

        Parameters
        ----------
        input_features : array-like of str, default=None
            As the transformer takes it.

        Returns
        -------
        names : ndarray of shape (n_features_out,), dtype object
            The names.
        """
        check_is_fitted(self)
        return self.transformer_.get_feature_names_out(input_features)

    @property
    def n_features_in_(self):
        """Values per row of X, if the transformer knows."""
        check_is_fitted(self)
        return self.transformer_.n_features_in_

    @property
    def feature_names_in_(self):
        """Names of the columns of X, if the transformer knows."""
        check_is_fitted(self)
        return self.transformer_.feature_names_in_

    def _run(self, batch):
        part = np.asarray(self.transformer_.transform(batch))
        if part.ndim == 0 or (hasattr(batch, "__len__") and len(part) != len(batch)):
            raise ValueError(
                f"{type(self.transformer).__name__} gave a result of shape {part.shape} for {len(batch)} rows of X, "
                "but must give one row of numbers for each: choose a transformer with dense output."
            )
        return part

    def _collect(self, X, parts, bar=None):
        """Write the parts into one array, which the first part says the shape of."""
        with _Result(self.out) as result:
            for part in parts:
                result.append(part, n_rows=len(part) if bar is None else len(X))
                if bar is not None:
                    bar.update(len(part))
            return result.finish()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = getattr(self.transformer, "__sklearn_tags__", None)
        if inner is not None:
            tags.input_tags = inner().input_tags
            tags.transformer_tags = inner().transformer_tags
            tags.target_tags = inner().target_tags
        return tags


class _Result:
    """An array that is filled from its first row on, in memory or in a file that appears when it is complete."""

    def __init__(self, path):
        self.path = None if path is None else os.path.abspath(os.fspath(path))
        self.beside = None
        self.array = None
        self.n_filled = 0

    def __enter__(self):
        return self

    def append(self, part, n_rows):
        """Write the next rows; the first ones say the shape and the dtype."""
        if self.array is None:
            shape = (n_rows, *part.shape[1:])
            if self.path is None:
                self.array = np.empty(shape, part.dtype)
            else:
                remove_leftovers(self.path)  # of a process that was killed: each is as large as the result
                self.beside = name_beside(self.path)
                self.array = np.lib.format.open_memmap(self.beside, "w+", part.dtype, shape)
        self.array[self.n_filled : self.n_filled + len(part)] = part
        self.n_filled += len(part)

    def finish(self):
        """Return the array; a file gets its name."""
        if self.path is None:
            return self.array
        self.array.flush()
        self.array = None  # Windows renames no file that is mapped
        with open(self.beside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.beside, self.path)
        self.beside = None
        return np.load(self.path, mmap_mode="r+")

    def __exit__(self, *exception):
        self.array = None
        if self.beside is not None and os.path.exists(self.beside):
            os.unlink(self.beside)


def _require_npy(path):
    if path is not None and not os.fspath(path).endswith(".npy"):
        raise ValueError(f"out is {os.fspath(path)!r}, but must be a file name that ends in '.npy'.")
