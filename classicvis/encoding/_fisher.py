"""`FisherVector`: how a Gaussian mixture would have to change to fit the descriptors of an image."""

from numbers import Integral, Real

import numpy as np

from classicvis._sklearn_compat import Interval
from classicvis.encoding._base import SetEncoder, divide_by_norm, take_power
from classicvis.encoding._mixture import SMALLEST_WEIGHT, add_block_moments, fit_mixture, make_moments, prepare_mixture


class FisherVector(SetEncoder):
    """Encode sets of local descriptors as improved Fisher vectors, one row per set.

    A Gaussian mixture with diagonal covariances is fitted to descriptors of many images. An image's row is the
    gradient of the log likelihood of its descriptors along means and deviations, whitened by the Fisher information,
    with signed square roots and L2 norm 1 [1]_.

    Parameters
    ----------
    n_components : int, default=64
        Number of components of the mixture; fewer, with a warning, where there are fewer descriptors.
    n_pca_components : int, default=None
        Reduce descriptors to so many dimensions by PCA first; about half of them do better than all, since a
        diagonal mixture wants uncorrelated dimensions. None leaves them as they are.
    pyramid : sequence of (int, int), default=((1, 1),)
        Rows and columns of cells that the image is cut into, for each level; every cell has an encoding of its own.
        Beyond ``(1, 1)`` it needs positions.
    append_positions : bool, default=False
        Append the position in the image to each descriptor, after PCA; needs positions.
    power : float, default=0.5
        Replace each value by its absolute value to this power, with its sign; 1 leaves it as it is.
    max_iter : int, default=100
        Most steps of the EM algorithm.
    tol : float, default=1e-2
        EM ends when a step gains less in mean log likelihood.
    max_descriptors : int, default=200000
        Most descriptors to learn from, spread evenly over the sets.
    random_state : int, RandomState instance or None, default=None
        Which descriptors are drawn, and where the mixture starts.
    n_jobs : int, default=None
        Number of threads that encode; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores.

    Attributes
    ----------
    weights_ : ndarray of shape (n_components,), dtype float32
        Weights of the mixture.
    means_ : ndarray of shape (n_components, n_dims), dtype float32
        Its means.
    covariances_ : ndarray of shape (n_components, n_dims), dtype float32
        Its variances. None is smaller than 1e-4 of the largest variance of a dimension.
    n_iter_ : int
        Steps of EM that were taken.
    pca_mean_, pca_components_ : ndarrays of shape (d,) and (n_pca_components, d), dtype float32
        The PCA, if there is one.
    position_scale_ : float
        What positions are multiplied by where they are appended.
    n_features_in_ : int
        Length of a descriptor, d.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    VLAD : The same with k-means for the mixture, and along means alone.
    BagOfVisualWords : Counts of the nearest words.

    Notes
    -----
    A cell's encoding has ``2 * n_components * n_dims`` values: first the gradients along the means, component by
    component, then those along the deviations. They are VLFeat's, within 1e-4 for the same mixture; posteriors below
    1e-6 count as zero, as there. Each cell has norm 1, and then the row as a whole. An empty set is a row of zeros, an
    empty cell zeros.

    A mixture that was fitted elsewhere can be put in the place of `weights_`, `means_` and `covariances_`.

    Values are products of BLAS: for another order of the sets, other sets beside them or another `n_jobs`, the sums
    that the roots are taken of agree within 1e-5 relative.

    References
    ----------
    .. [1] F. Perronnin, J. Sánchez and T. Mensink, "Improving the Fisher Kernel for Large-Scale Image
       Classification", ECCV 2010, :doi:`10.1007/978-3-642-15561-1_11`.
    .. [2] J. Sánchez, F. Perronnin and T. de Campos, "Modeling the spatial layout of images beyond spatial
       pyramids", Pattern Recognition Letters 33 (2012), :doi:`10.1016/j.patrec.2012.07.019`: `append_positions`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis import FisherVector
    >>> rng = np.random.default_rng(0)
    >>> sets = [rng.normal(size=(n, 8)) for n in (30, 50, 0)]
    >>> encoder = FisherVector(n_components=4, random_state=0).fit(sets)
    >>> encodings = encoder.transform(sets)
    >>> encodings.shape, encodings.dtype
    ((3, 64), dtype('float32'))
    >>> np.linalg.norm(encodings, axis=1).round(3)
    array([1., 1., 0.], dtype=float32)

    With positions, as shares of the image's height and width:

    >>> pairs = [(rng.random((len(x), 2)), x) for x in sets]
    >>> FisherVector(4, pyramid=((1, 1), (2, 2)), random_state=0).fit_transform(pairs).shape
    (3, 320)
    """

    _parameter_constraints = SetEncoder._parameter_constraints | {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "power": [Interval(Real, 0, 1, closed="right")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_components=64,
        *,
        n_pca_components=None,
        pyramid=((1, 1),),
        append_positions=False,
        power=0.5,
        max_iter=100,
        tol=1e-2,
        max_descriptors=200_000,
        random_state=None,
        n_jobs=None,
    ):
        self.n_components = n_components
        self.n_pca_components = n_pca_components
        self.pyramid = pyramid
        self.append_positions = append_positions
        self.power = power
        self.max_iter = max_iter
        self.tol = tol
        self.max_descriptors = max_descriptors
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, descriptors, random_state):
        n_components = self._reduced("n_components", len(descriptors))
        model, self.n_iter_ = fit_mixture(
            descriptors, n_components, max_iter=self.max_iter, tol=self.tol, random_state=random_state
        )
        self.weights_, self.means_, self.covariances_ = (array.astype(np.float32) for array in model)

    @property
    def _n_values(self):
        return 2 * self.means_.size

    def _prepare(self):
        """Return the mixture, and what turns its moments into gradients (section 2.2 of the paper).

        The number of descriptors, which the paper divides by, does not matter to what has norm 1.
        """
        mixture = prepare_mixture(self.weights_, self.means_, self.covariances_)
        is_used = self.weights_ >= SMALLEST_WEIGHT
        roots = np.sqrt(np.divide(1, self.weights_, out=np.zeros_like(self.weights_), where=is_used))[:, np.newaxis]
        roots_of_half = roots / np.sqrt(np.float32(2))
        factors = np.stack([mixture.scales * roots, mixture.scales**2 * roots_of_half])
        return mixture, factors, roots_of_half

    def _make_sums(self, n_rows):
        return make_moments(n_rows, *self.means_.shape)

    def _add(self, model, descriptors, targets, moments):
        add_block_moments(model[0], descriptors, targets, moments)

    def _normalise(self, model, moments):
        _, factors, roots_of_half = model
        gradients = moments.sums
        gradients *= factors
        gradients[:, 1] -= moments.masses[:, :, np.newaxis] * roots_of_half
        gradients = gradients.reshape(len(gradients), -1)
        take_power(gradients, self.power)
        divide_by_norm(gradients)
        return gradients
