"""`KeptFeatures`: features of a search, extracted once for all settings of the steps after them."""

import os

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_memory

from classicvis._sklearn_compat import select_rows
from classicvis.images import ImageReader


def split_steps(estimator):
    """Return the transformers of a pipeline, as (name, step), and its last step; other estimators have only that."""
    if not isinstance(estimator, Pipeline):
        return [], estimator
    *transformers, (_, predictor) = estimator.steps
    return [(name, step) for name, step in transformers if step not in (None, "passthrough")], predictor


class KeptFeatures:
    """Features for each split of a cross-validation, with a cache of one entry for each transformer.

    A transformer's output is kept until the settings of this transformer, or of one before it, change. Ask for
    candidates in an order in which settings of later steps change first: each output is then computed once.
    Transformers are fitted on the training rows of each split. Those with the same fitted state in several splits
    transform the rows once; HOG is one, as it learns only the shape of images.

    Parameters
    ----------
    X : sequence of length n
        Input of the first transformer.
    y : ndarray of shape (n,)
        Labels.
    splits : list of (ndarray, ndarray)
        Training and test rows.
    memory : str, os.PathLike, joblib.Memory or None
        Where features are stored for later searches.
    """

    def __init__(self, X, y, splits, memory):
        self.X = X
        self.y = y
        self.splits = splits
        memory = check_memory(os.fspath(memory) if isinstance(memory, os.PathLike) else memory)
        self._fit = memory.cache(_fit)
        self._transform = memory.cache(_transform)
        self._kept = []  # for each transformer: its key, and its output for each split

    def compute(self, transformers, keys):
        """Return, for each split, the features of all rows, from transformers fitted on the split's training rows.

        `transformers` are not fitted. The key of each identifies its settings and those of all transformers before it.
        """
        outputs = [self.X] * len(self.splits)
        for depth, (transformer, key) in enumerate(zip(transformers, keys, strict=True)):
            if depth >= len(self._kept) or self._kept[depth][0] != key:
                del self._kept[depth:]  # first, so that old and new features are not in memory together
                self._kept.append((key, self._run(transformer, outputs)))
            outputs = self._kept[depth][1]
        return outputs

    def _run(self, transformer, inputs):
        # `memory` identifies inputs by their content, and the content of a path does not change with its file.
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
    """Return a hash of settings or of an estimator; for what cannot be pickled, an object that equals no other."""
    try:
        return joblib.hash(thing)
    except Exception:  # noqa: BLE001 (pickling may raise anything)
        return object()


def _fit(transformer, X, y):
    return clone(transformer).fit(X, y)


def _transform(fitted, X):
    return fitted.transform(X)
