"""Features that are kept while only what stands behind them changes, so that a search extracts them once."""

import os

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_memory

from classicvis._sklearn_compat import select_rows
from classicvis.images import ImageReader


def split_steps(estimator):
    """Return the steps of a pipeline that make features, and what stands behind them.

    Parameters
    ----------
    estimator : estimator
        A pipeline, or anything else, which has no such steps.

    Returns
    -------
    transformers : list of (str, transformer)
        The steps by name, without those that do nothing.
    predictor : estimator
        The last step, or the estimator itself.
    """
    if not isinstance(estimator, Pipeline):
        return [], estimator
    *transformers, (_, predictor) = estimator.steps
    return [(name, step) for name, step in transformers if step not in (None, "passthrough")], predictor


class KeptFeatures:
    """The features of some rows, for each split of a cross-validation.

    Transformers are fitted on the training rows of each split. What a transformer gave is kept until it, or one before
    it, gets other settings: whoever asks for candidates in an order in which later steps change first has each
    computed once. Transformers that learn the same from two splits, as HOG does, which learns a shape, are asked for
    the features of all rows only once.

    Parameters
    ----------
    X : sequence of length n
        What the first transformer takes.
    y : ndarray of shape (n,)
        Labels.
    splits : list of (ndarray, ndarray)
        Training and test rows.
    memory : str, os.PathLike, joblib.Memory or None
        Where features outlast this object.
    """

    def __init__(self, X, y, splits, memory):
        self.X = X
        self.y = y
        self.splits = splits
        memory = check_memory(os.fspath(memory) if isinstance(memory, os.PathLike) else memory)
        self._fit = memory.cache(_fit)
        self._transform = memory.cache(_transform)
        self._kept = []  # of each step: its key, and its output for each split

    def compute(self, transformers, keys):
        """Return the features of all rows, as the transformers make them.

        Parameters
        ----------
        transformers : list of transformer
            Not fitted.
        keys : list of str
            For each transformer, what tells its settings and those of all before it from others.

        Returns
        -------
        features : list of ndarray
            For each split, the features of all rows, by transformers fitted on its training rows.
        """
        outputs = [self.X] * len(self.splits)
        for depth, (transformer, key) in enumerate(zip(transformers, keys, strict=True)):
            if depth >= len(self._kept) or self._kept[depth][0] != key:
                del self._kept[depth:]  # before there is more
                self._kept.append((key, self._run(transformer, outputs)))
            outputs = self._kept[depth][1]
        return outputs

    def _run(self, transformer, inputs):
        # A file may change while its path does not, so that what is read is not kept for good.
        is_reader = isinstance(transformer, ImageReader)
        fit, transform = (_fit, _transform) if is_reader else (self._fit, self._transform)
        outputs, computed = [], {}
        for X, (train, _) in zip(inputs, self.splits, strict=True):
            fitted = fit(transformer, select_rows(X, train), self.y[train])
            state = id(X), hash_of(fitted)
            if state not in computed:
                computed[state] = transform(fitted, X)
            outputs.append(computed[state])
        return outputs


def hash_of(thing):
    """Return what is equal for things that consist of the same.

    Parameters
    ----------
    thing : object
        Settings, or an estimator.

    Returns
    -------
    hash : str or object
        A hash; for what cannot be pickled, such as a lambda, an object that equals no other.
    """
    try:
        return joblib.hash(thing)
    except Exception:  # noqa: BLE001 (pickle lets through whatever an object raises)
        return object()


def _fit(transformer, X, y):
    return clone(transformer).fit(X, y)


def _transform(fitted, X):
    return fitted.transform(X)
