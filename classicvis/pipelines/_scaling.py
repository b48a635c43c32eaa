"""`FeatureScaler`: standardised features in rows of length about 1, a few rows at a time."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from classicvis._sklearn_compat import fit_context, validate_data

VALUES_AT_A_TIME = 2**22  # 32 MiB of float64


class FeatureScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardise features, and divide them by the square root of their number.

    ``(X - mean) / (deviation * sqrt(n_features))``: rows have a mean square length of 1, so that one strength of
    regularisation suits any number of features. Differs from :class:`sklearn.preprocessing.StandardScaler` in this
    factor, and in memory: `fit` looks at some rows at a time, where that class needs several times the memory of X.

    Parameters
    ----------
    copy : bool, default=True
        False lets `transform` overwrite X.

    Attributes
    ----------
    mean_ : ndarray of shape (`n_features_in_`,), float64
        Means of the features.
    scale_ : ndarray of shape (`n_features_in_`,), float64
        Divisors: the standard deviations, or 1 for constant features, times the square root of the number of features.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    classicvis.make_patches_svm : Uses it.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.pipelines import FeatureScaler
    >>> X = np.random.default_rng(0).normal(3, 2, size=(50, 20))
    >>> scaled = FeatureScaler().fit_transform(X)
    >>> round(float(np.square(scaled).sum(axis=1).mean()), 6)
    1.0
    """

    _parameter_constraints = {"copy": ["boolean"]}

    def __init__(self, *, copy=True):
        self.copy = copy

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Find means and deviations.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.

        Returns
        -------
        self : FeatureScaler
            The fitted transformer.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        scaler = StandardScaler()
        for rows in gen_batches(len(X), max(1, VALUES_AT_A_TIME // X.shape[1])):
            scaler.partial_fit(X[rows])
        self.mean_ = scaler.mean_
        self.scale_ = scaler.scale_ * np.sqrt(X.shape[1])
        return self

    def transform(self, X):
        """Scale features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        scaled : ndarray of shape (n_samples, n_features)
            In the dtype of X if that is float32, else float64.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32], copy=self.copy, force_writeable=True)
        X -= self.mean_
        X /= self.scale_
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
