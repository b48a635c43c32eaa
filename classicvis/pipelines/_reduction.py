"""`LeadingComponents`: principal components, at most as many as there are."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted

from classicvis._sklearn_compat import Interval, fit_context, validate_data

# The covariance is decomposed faster than the randomized solver samples it with at most so many features,
MOST_FEATURES = 2000
LEAST_SAMPLES = 4  # and at least so many samples for each


class LeadingComponents(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Project features onto their leading principal components.

    :class:`sklearn.decomposition.PCA` with the faster of two solvers. With fewer samples or features than
    `n_components`, it keeps all components instead of raising. The solver is ``"covariance_eigh"`` for up to 2,000
    features with at least four samples for each, otherwise ``"randomized"``.

    Parameters
    ----------
    n_components : int, default=300
        Largest number of components.
    random_state : int, RandomState instance or None, default=None
        Seed of the randomized solver.

    Attributes
    ----------
    pca_ : PCA
        The fitted decomposition.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    classicvis.make_hog_svm : Uses it with ``kernel="rbf"``.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.pipelines import LeadingComponents
    >>> X = np.random.default_rng(0).normal(size=(50, 20))
    >>> LeadingComponents(n_components=5, random_state=0).fit_transform(X).shape
    (50, 5)
    >>> LeadingComponents(n_components=300, random_state=0).fit_transform(X).shape
    (50, 20)
    """

    _parameter_constraints = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, n_components=300, *, random_state=None):
        self.n_components = n_components
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Find the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.
        y : None
            Ignored.

        Returns
        -------
        self : LeadingComponents
            The fitted transformer.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        n_components = min(self.n_components, *X.shape)
        is_tall = X.shape[1] <= MOST_FEATURES and len(X) >= LEAST_SAMPLES * X.shape[1]
        solver = "covariance_eigh" if is_tall else "randomized"
        pca = PCA(n_components, svd_solver=solver, random_state=self.random_state)
        self.pca_ = pca.set_output(transform="default").fit(X)  # `set_output` is for this transformer
        return self

    def transform(self, X):
        """Project features onto the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        components : ndarray of shape (n_samples, n_components)
            The projections, in the dtype of X.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return self.pca_.transform(X)

    @property
    def _n_features_out(self):
        return self.pca_.n_components_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
