"""`Chi2Map`: features whose products are those of the additive chi2 kernel."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.kernel_approximation import AdditiveChi2Sampler
from sklearn.utils.validation import check_is_fitted

from classicvis._sklearn_compat import Interval, fit_context, validate_data
from classicvis.svm._additive import fill_blocks


class Chi2Map(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Map features so that a linear classifier has the chi2 kernel, the sum of 2xy / (x + y) over features.

    :class:`sklearn.kernel_approximation.AdditiveChi2Sampler`, in blocks of rows and in float32, which takes a fraction
    of the memory, and for features of either sign.

    Parameters
    ----------
    sample_steps : {1, 2, 3}, default=2
        Terms of the map; a feature becomes ``2 * sample_steps - 1`` numbers.

    Attributes
    ----------
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    IntersectionMap : The same for the intersection kernel.

    Notes
    -----
    The code of a magnitude gets the feature's sign, so that features of unlike signs count against each other [1]_.

    References
    ----------
    .. [1] A. Vedaldi and A. Zisserman, "Efficient Additive Kernels via Explicit Feature Maps", IEEE PAMI 34 (2012),
       :doi:`10.1109/TPAMI.2011.153`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.svm import Chi2Map
    >>> X = np.random.default_rng(0).random((100, 5))
    >>> mapped = Chi2Map().fit_transform(X)
    >>> mapped.shape
    (100, 15)
    >>> kernel = (2 * X[:, np.newaxis] * X / (X[:, np.newaxis] + X)).sum(axis=2)
    >>> bool(np.abs(mapped @ mapped.T - kernel).max() < 0.11 * kernel.max())  # less with more sample_steps
    True
    """

    _parameter_constraints = {"sample_steps": [Interval(Integral, 1, 3, closed="both")]}

    def __init__(self, sample_steps=2):
        self.sample_steps = sample_steps

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Remember the number of features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.

        Returns
        -------
        self : Chi2Map
            The fitted transformer.
        """
        validate_data(self, X, dtype=[np.float64, np.float32])
        return self

    def transform(self, X):
        """Map features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        mapped : ndarray of shape (n_samples, (2 * sample_steps - 1) * n_features), dtype float32
            The codes: one number of all features, then the next.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        sampler = AdditiveChi2Sampler(sample_steps=self.sample_steps).set_output(transform="default")

        def write(magnitudes, out):
            out[:] = sampler.fit_transform(magnitudes).reshape(out.shape)

        return fill_blocks(X, 2 * self.sample_steps - 1, write)

    @property
    def _n_features_out(self):
        return (2 * self.sample_steps - 1) * self.n_features_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
