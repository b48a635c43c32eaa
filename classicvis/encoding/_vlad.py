"""`VLAD`: the sums of the differences between the descriptors of an image and their nearest words."""

from numbers import Integral, Real

import numpy as np

from classicvis._sklearn_compat import Interval
from classicvis.encoding._base import divide_by_norm, take_power
from classicvis.encoding._words import WordEncoder, find_block_nearest
from classicvis.kernels.encoding import accumulate_residuals


class VLAD(WordEncoder):
    """Encode sets of local descriptors as vectors of locally aggregated descriptors (VLAD), one row per set.

    Words are the centres of k-means clusters of descriptors. An image's row is, for every word, the sum of the
    differences between the descriptors nearest to it and the word [1]_.

    Parameters
    ----------
    n_words : int, default=64
        Number of words; fewer, with a warning, where there are fewer descriptors.
    n_pca_components : int, default=None
        Reduce descriptors to so many dimensions by PCA first; None leaves them as they are.
    pyramid : sequence of (int, int), default=((1, 1),)
        Rows and columns of cells that the image is cut into, for each level; every cell has an encoding of its own.
        Beyond ``(1, 1)`` it needs positions.
    append_positions : bool, default=False
        Append the position in the image to each descriptor, after PCA; needs positions.
    residual_norm : bool, default=False
        Divide each difference by its norm before it is added, so that each descriptor counts alike [2]_.
    power : float, default=0.5
        Replace each sum by its absolute value to this power, with its sign; 1 leaves it as it is.
    intra_norm : bool, default=True
        Divide the sum of each word by its norm, which keeps bursts of alike descriptors from dominating [3]_.
    max_descriptors : int, default=200000
        Most descriptors to learn from, spread evenly over the sets.
    random_state : int, RandomState instance or None, default=None
        Which descriptors are drawn, and where k-means starts.
    n_jobs : int, default=None
        Number of threads that encode; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores.

    Attributes
    ----------
    words_ : ndarray of shape (n_words, n_dims), dtype float32
        The words.
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
    FisherVector : Along deviations too, and with soft assignment.
    BagOfVisualWords : Counts of the nearest words.

    Notes
    -----
    A cell's encoding has ``n_words * n_dims`` values, word by word. Powers, norms of words and the norm of the cell
    come in this order, and the numbers are VLFeat's, within 1e-4 for the same words. Each cell has norm 1, and then
    the row as a whole. An empty set is a row of zeros, an empty cell zeros.

    Without PCA, the result has the same bits for other sets beside a set, another order of sets and another `n_jobs`;
    with it, they agree within 1e-5 relative, but for descriptors as near to two words as rounding.

    References
    ----------
    .. [1] H. Jégou, M. Douze, C. Schmid and P. Pérez, "Aggregating local descriptors into a compact image
       representation", CVPR 2010, :doi:`10.1109/CVPR.2010.5540039`.
    .. [2] J. Delhumeau, P.-H. Gosselin, H. Jégou and P. Pérez, "Revisiting the VLAD image representation", ACM
       Multimedia 2013, :doi:`10.1145/2502081.2502171`.
    .. [3] R. Arandjelović and A. Zisserman, "All about VLAD", CVPR 2013, :doi:`10.1109/CVPR.2013.207`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis import VLAD
    >>> rng = np.random.default_rng(0)
    >>> sets = [rng.normal(size=(n, 8)) for n in (30, 50, 0)]
    >>> encodings = VLAD(n_words=4, random_state=0).fit_transform(sets)
    >>> encodings.shape, encodings.dtype
    ((3, 32), dtype('float32'))
    """

    _parameter_constraints = WordEncoder._parameter_constraints | {
        "n_words": [Interval(Integral, 1, None, closed="left")],
        "residual_norm": ["boolean"],
        "power": [Interval(Real, 0, 1, closed="right")],
        "intra_norm": ["boolean"],
    }

    def __init__(
        self,
        n_words=64,
        *,
        n_pca_components=None,
        pyramid=((1, 1),),
        append_positions=False,
        residual_norm=False,
        power=0.5,
        intra_norm=True,
        max_descriptors=200_000,
        random_state=None,
        n_jobs=None,
    ):
        self.n_words = n_words
        self.n_pca_components = n_pca_components
        self.pyramid = pyramid
        self.append_positions = append_positions
        self.residual_norm = residual_norm
        self.power = power
        self.intra_norm = intra_norm
        self.max_descriptors = max_descriptors
        self.random_state = random_state
        self.n_jobs = n_jobs

    @property
    def _n_values(self):
        return self.words_.size

    def _add(self, words, descriptors, targets, sums):
        nearest, squares = find_block_nearest(words, descriptors)
        factors = np.ones_like(squares)
        if self.residual_norm:
            np.divide(1, np.sqrt(squares), out=factors, where=squares > 0)
        sums = sums.reshape(len(sums), *words.centres.shape)
        accumulate_residuals(descriptors, words.centres, nearest, factors, targets, sums)

    def _normalise(self, words, sums):
        take_power(sums, self.power)
        if self.intra_norm:
            divide_by_norm(sums.reshape(len(sums), *words.centres.shape))
        divide_by_norm(sums)
        return sums
