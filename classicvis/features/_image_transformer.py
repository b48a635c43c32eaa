"""`ImageTransformer`: the base of what turns images of one shape into one row of features each."""

from abc import abstractmethod
from contextlib import nullcontext
from numbers import Integral

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from classicvis._sklearn_compat import Interval, fit_context
from classicvis.features._batches import fill_in_batches
from classicvis.features._parameters import output_dtype
from classicvis.pixels import read_images, record


class ImageTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Base of transformers of images of one shape whose rows do not depend on each other.

    A subclass says what it learns of the images (`_learn`) and how the features of some of them are computed
    (`_describer`). It has the parameters `image_shape`, `batch_size` and `n_jobs`, and perhaps `value_range`.
    """

    _parameter_constraints = {
        "image_shape": [tuple, list, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }
    _any_integer = False  # whether integers may lie outside of 0 to 255
    _depends_on_scale = False  # whether features change when all values are multiplied by a number
    _uses_blas = False  # whether threads of our own take the place of those of BLAS
    _follows_float64 = True  # whether float64 images have float64 features

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the shape of the images, and what else the features need.

        Parameters
        ----------
        X : array-like of shape (n, n_rows, n_columns), (n, n_rows, n_columns, n_channels) or (n, n_features)
            Images; or a list of images of one shape.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            X cannot be read as images, or a parameter is out of its range.
        """
        self._fit(X)
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Fit and transform, reading X only once.

        Parameters
        ----------
        X : array-like
            Images, as in `fit`.
        y : None
            Ignored.

        Returns
        -------
        features : ndarray of shape (n, n_features_out)
            As in `transform`.
        """
        return self._features(self._fit(X))

    def transform(self, X):
        """Compute the features.

        Parameters
        ----------
        X : array-like
            Images of the shape seen in `fit`.

        Returns
        -------
        features : ndarray of shape (n, n_features_out)
            One row an image; the class says which dtype it has, and in which order the features come.

        Raises
        ------
        ValueError
            X differs in shape from `fit`, or cannot be read as images.
        """
        check_is_fitted(self)
        return self._features(self._read(X, like=self))

    def _read(self, X, like=None):
        return read_images(
            X,
            image_shape=self.image_shape,
            value_range=getattr(self, "value_range", None if self._depends_on_scale else "dtype"),
            any_integer=self._any_integer,
            like=like,
        )

    def _fit(self, X):
        batch = self._read(X)
        record(self, batch)
        self._n_features_out = self._learn(batch)
        return batch

    def _features(self, batch):
        describe = self._describer(batch)
        dtype = output_dtype(batch.dtype) if self._follows_float64 else np.dtype(np.float32)
        features = np.empty((len(batch), self._n_features_out), dtype)
        one_thread_of_blas = self._uses_blas and effective_n_jobs(self.n_jobs) != 1
        with threadpool_limits(1, "blas") if one_thread_of_blas else nullcontext():
            fill_in_batches(describe, batch.pixels, features, batch_size=self.batch_size, n_jobs=self.n_jobs)
        return features

    @abstractmethod
    def _learn(self, batch):
        """Learn from an `ImageBatch`, and return the number of features of an image."""

    @abstractmethod
    def _describer(self, batch):
        """Return the function of pixels and rows, ``describe(pixels, out)``, that writes the features of a batch."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"] if self._follows_float64 else []
        return tags
