"""`IntersectionMap`: features whose products are those of the intersection kernel."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from classicvis._sklearn_compat import Interval, StrOptions, fit_context, validate_data
from classicvis.svm._additive import fill_blocks

MOST_VALUES = 10_000  # of a feature, that quantiles are taken of


class IntersectionMap(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Map features so that a linear classifier has the intersection kernel, the sum of min(x, y) over features.

    The range of a feature is cut into bins. A value x becomes one number a bin: how much of the bin lies below x, as a
    share, times the square root of the bin's width (the unary code with a fraction in the bin of x, of Maji and Berg
    [1]_). Products of such codes are min(x, y), but for two values in one bin.

    Parameters
    ----------
    n_bins : int, default=4
        Bins of a feature, and the numbers that it becomes; more are closer to the kernel.
    spacing : {'quantile', 'uniform'}, default='quantile'
        Bins with about as many values each, or of equal width.

    Attributes
    ----------
    edges_ : ndarray of shape (n_bins + 1, n_features), dtype float32
        The bins' edges, from 0 to the largest magnitude in `fit`, beyond which values count as that.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    Chi2Map : The same for the chi2 kernel.
    RBFSVMClassifier : A support vector machine with a kernel, without a map.

    Notes
    -----
    In one bin of width w the product lacks w a (1 - b), where a ≤ b are the shares of the bin below the two values:
    at most w / 4. The kernel is therefore underestimated by at most a quarter of the widest bin of each feature, summed
    over features.

    The kernel is one of histograms. Negative features are taken as another kind of content than positive ones: the
    code of a magnitude gets the feature's sign, so that features of unlike signs count against each other [2]_.

    References
    ----------
    .. [1] S. Maji and A. C. Berg, "Max-Margin Additive Classifiers for Detection", ICCV 2009,
       :doi:`10.1109/ICCV.2009.5459203`.
    .. [2] A. Vedaldi and A. Zisserman, "Efficient Additive Kernels via Explicit Feature Maps", IEEE PAMI 34 (2012),
       :doi:`10.1109/TPAMI.2011.153`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.svm import IntersectionMap
    >>> X = np.random.default_rng(0).random((100, 5))
    >>> mapped = IntersectionMap(n_bins=20).fit_transform(X)
    >>> mapped.shape
    (100, 100)
    >>> kernel = np.minimum(X[:, np.newaxis], X).sum(axis=2)
    >>> bool(np.abs(mapped @ mapped.T - kernel).max() < 0.1)
    True
    """

    _parameter_constraints = {
        "n_bins": [Interval(Integral, 1, None, closed="left")],
        "spacing": [StrOptions({"quantile", "uniform"})],
    }

    def __init__(self, n_bins=4, *, spacing="quantile"):
        self.n_bins = n_bins
        self.spacing = spacing

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Find the bins.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.

        Returns
        -------
        self : IntersectionMap
            The fitted transformer.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        shares = np.linspace(0, 1, self.n_bins + 1)
        largest = np.maximum(X.max(axis=0), -X.min(axis=0))
        if self.spacing == "uniform":
            edges = shares[:, np.newaxis] * largest
        else:
            few = np.abs(X[:: -(-len(X) // MOST_VALUES)])
            edges = np.quantile(few, shares, axis=0)
            edges[0], edges[-1] = 0, largest
        self.edges_ = edges.astype(np.float32)
        return self

    def transform(self, X):
        """Map features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        mapped : ndarray of shape (n_samples, n_bins * n_features), dtype float32
            The codes: of all features for the lowest bin, then for the next.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return fill_blocks(X, self.n_bins, self._write)

    def _write(self, magnitudes, out):
        widths = np.diff(self.edges_, axis=0)
        with np.errstate(divide="ignore"):
            factors = np.where(widths > 0, 1 / np.sqrt(widths), np.float32(0))
        for part, (start, width, factor) in enumerate(zip(self.edges_, widths, factors, strict=False)):
            shares = out[:, part]
            np.clip(magnitudes - start, 0, width, out=shares)
            shares *= factor  # share of the bin times sqrt(width)

    @property
    def _n_features_out(self):
        return self.n_bins * self.n_features_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
