"""`FeatureBlocks`: several features side by side, of which each member of an ensemble takes its own."""

import math

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import FeatureUnion


class FeatureBlocks(FeatureUnion, auto_wrap_output_keys=None):
    """A FeatureUnion that puts out a structured array: ``blocks[name]`` has the features of one transformer.

    Rows can be drawn from it as from any array, so that it goes through cross-validation. A transformer
    ``"passthrough"`` puts out X itself, as an array.
    """

    def __init__(self, transformer_list):
        super().__init__(transformer_list)

    def fit_transform(self, X, y=None):
        """Fit all transformers in place, and have each transform X once."""
        return _join(self.transformer_list, lambda transformer: transformer.fit_transform(X, y), X)

    def transform(self, X):
        """Have all transformers transform X."""
        return _join(self.transformer_list, lambda transformer: transformer.transform(X), X)

    def set_output(self, *, transform=None):
        """Change nothing: blocks are one array, whatever the output of other steps."""
        return self


class Block(TransformerMixin, BaseEstimator):
    """The features of one transformer out of those that `FeatureBlocks` puts out."""

    def __init__(self, name):
        self.name = name

    def fit(self, X, y=None):
        """Learn how many features there are."""
        self.n_features_in_ = math.prod(X[self.name].shape[1:])
        return self

    def transform(self, X):
        """Return the features."""
        return X[self.name]


def _join(transformers, run, X):
    parts = {name: np.asarray(X if step == "passthrough" else run(step)) for name, step in transformers}
    blocks = np.empty(len(X), [(name, part.dtype, part.shape[1:]) for name, part in parts.items()])
    for name, part in parts.items():
        blocks[name] = part
    return blocks
