"""`BagOfVisualWords`: how often each visual word occurs in an image."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_is_fitted

from classicvis._sklearn_compat import Interval, StrOptions
from classicvis.encoding._base import LearningNeeds, divide_by_norm, take_power
from classicvis.encoding._mixture import find_block_posteriors, prepare_mixture
from classicvis.encoding._words import WordEncoder, find_all_nearest, find_block_nearest


class BagOfVisualWords(WordEncoder):
    """Encode sets of local descriptors as histograms of visual words, one row per set.

    Words are the centres of k-means clusters of descriptors. An image's row says how often each word is the nearest
    to one of its descriptors [1]_ [2]_.

    Parameters
    ----------
    n_words : int, default=1000
        Number of words; fewer, with a warning, where there are fewer descriptors.
    assignment : {'hard', 'soft'}, default='hard'
        A descriptor counts for the nearest word, or is shared out by its distances: a word at distance r gets a share
        proportional to exp(-r² / (2 bandwidth²)) [3]_.
    weighting : {'power', 'tf-idf'}, default='power'
        What is done to the shares of the words: signed powers, or the weights of text retrieval, which make words
        matter less that occur in many sets. Both end with L2 norm 1.
    power : float, default=0.5
        The power, for ``weighting='power'``; 1 leaves the shares as they are.
    bandwidth : float, default=None
        How far descriptors are shared out, for ``assignment='soft'``. None takes the root mean square distance, along
        one dimension, of the descriptors learnt from to their nearest words.
    n_pca_components : int, default=None
        Reduce descriptors to so many dimensions by PCA first; None leaves them as they are.
    pyramid : sequence of (int, int), default=((1, 1),)
        Rows and columns of cells that the image is cut into, for each level; every cell has an encoding of its own.
        Beyond ``(1, 1)`` it needs positions.
    append_positions : bool, default=False
        Append the position in the image to each descriptor, after PCA; needs positions.
    max_descriptors : int, default=200000
        Most descriptors to learn words from, spread evenly over the sets.
    random_state : int, RandomState instance or None, default=None
        Which descriptors are drawn, and where k-means starts.
    n_jobs : int, default=None
        Number of threads that encode; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores.

    Attributes
    ----------
    words_ : ndarray of shape (n_words, n_dims), dtype float32
        The words.
    idf_ : ndarray of shape (n_words,), dtype float32
        The inverse document frequencies, for ``weighting='tf-idf'``: log((1 + n) / (1 + n_containing)) + 1, where a
        set contains the words that are nearest to its descriptors, and all sets of `fit` count in full.
    bandwidth_ : float
        The bandwidth, for ``assignment='soft'``.
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
    VLAD : Differences to the words instead of counts, for far fewer words.
    FisherVector : The same with a Gaussian mixture.
    sklearn.feature_extraction.text.TfidfTransformer : The same weights for text.

    Notes
    -----
    A cell's encoding has `n_words` values. Each cell has norm 1, and then the row as a whole. An empty set is a row
    of zeros, an empty cell zeros. In `partial_fit` a set counts for `idf_` by the words of its time.

    Without PCA, hard assignment has the same bits for other sets beside a set, another order of sets and another
    `n_jobs`; otherwise they agree within 1e-5 relative, but for descriptors as near to two words as rounding.

    References
    ----------
    .. [1] J. Sivic and A. Zisserman, "Video Google: a text retrieval approach to object matching in videos",
       ICCV 2003, :doi:`10.1109/ICCV.2003.1238663`.
    .. [2] G. Csurka et al., "Visual categorization with bags of keypoints", ECCV Workshop 2004.
    .. [3] J. C. van Gemert et al., "Visual Word Ambiguity", IEEE PAMI 32 (2010), eq. 10 ("codeword uncertainty"),
       :doi:`10.1109/TPAMI.2009.132`.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis import BagOfVisualWords
    >>> rng = np.random.default_rng(0)
    >>> sets = [rng.normal(size=(n, 8)) for n in (30, 50, 0)]
    >>> encodings = BagOfVisualWords(n_words=10, random_state=0).fit_transform(sets)
    >>> encodings.shape, encodings.dtype
    ((3, 10), dtype('float32'))

    Words learnt batch by batch:

    >>> encoder = BagOfVisualWords(n_words=10, weighting="tf-idf", random_state=0)
    >>> encoder.partial_fit(sets[:1]).partial_fit(sets[1:]).transform(sets).shape
    (3, 10)
    """

    _parameter_constraints = WordEncoder._parameter_constraints | {
        "n_words": [Interval(Integral, 1, None, closed="left")],
        "assignment": [StrOptions({"hard", "soft"})],
        "weighting": [StrOptions({"power", "tf-idf"})],
        "power": [Interval(Real, 0, 1, closed="right")],
        "bandwidth": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        n_words=1000,
        *,
        assignment="hard",
        weighting="power",
        power=0.5,
        bandwidth=None,
        n_pca_components=None,
        pyramid=((1, 1),),
        append_positions=False,
        max_descriptors=200_000,
        random_state=None,
        n_jobs=None,
    ):
        self.n_words = n_words
        self.assignment = assignment
        self.weighting = weighting
        self.power = power
        self.bandwidth = bandwidth
        self.n_pca_components = n_pca_components
        self.pyramid = pyramid
        self.append_positions = append_positions
        self.max_descriptors = max_descriptors
        self.random_state = random_state
        self.n_jobs = n_jobs

    def learning_needs(self):
        """Say what the encoder learns from: ``weighting='tf-idf'`` needs all sets.

        Returns
        -------
        needs : LearningNeeds
            The number of descriptors, and whether all sets are needed.
        """
        return LearningNeeds(self.max_descriptors, all_sets=self.weighting == "tf-idf")

    def count_documents(self, X, *, reset=False):
        """Count for ``weighting='tf-idf'`` the sets that contain each word, where they come batch by batch.

        `fit` does so for the sets that it is given. Where words were learnt from a sample, this counts all sets.

        Parameters
        ----------
        X : sequence of n sets
            As in `fit`.
        reset : bool, default=False
            Forget the sets counted before; otherwise add to them.

        Returns
        -------
        self : object
            The encoder, with `idf_` of the sets counted.

        Raises
        ------
        ValueError
            As in `transform`.
        """
        check_is_fitted(self)
        self._learn_from_sets(self._check_sets(X, reset=False), is_first=reset)
        return self

    def _keep_words(self, descriptors):
        super()._keep_words(descriptors)
        if self.assignment == "soft":
            self.bandwidth_ = self.bandwidth or self._typical_distance(descriptors)

    def _typical_distance(self, descriptors):
        _, squares = find_all_nearest(super()._prepare(), descriptors)
        return float(np.sqrt(squares.mean(dtype=np.float64) / descriptors.shape[1])) or 1.0

    def _learn_from_sets(self, sets, is_first=True):
        """Count the sets that contain each word (Sivic and Zisserman 2003, section 4)."""
        if self.weighting != "tf-idf":
            return
        if is_first:
            self._n_sets, self._n_containing = 0, np.zeros(len(self.words_), np.intp)
        words = super()._prepare()
        self._n_containing += sum(part for _, part in self._for_batches(sets, self._count_containing, words))
        self._n_sets += len(sets.bounds) - 1
        self.idf_ = (np.log((1 + self._n_sets) / (1 + self._n_containing)) + 1).astype(np.float32)

    def _count_containing(self, sets, words):
        contains = np.zeros((len(sets.bounds) - 1, len(words.centres)), bool)
        for descriptors, _, owners in self._blocks(sets):
            contains[owners, find_block_nearest(words, descriptors)[0]] = True
        return contains.sum(axis=0)

    @property
    def _n_values(self):
        return len(self.words_)

    def _prepare(self):
        if self.assignment == "hard":
            return super()._prepare()
        variances = np.full(self.words_.shape, self.bandwidth_**2)
        return prepare_mixture(np.full(len(self.words_), 1 / len(self.words_)), self.words_, variances)

    def _add(self, model, descriptors, targets, sums):
        if self.assignment == "hard":
            words, values = find_block_nearest(model, descriptors)[0], None
        else:
            found = find_block_posteriors(model, descriptors)
            count = found.ends[-1]
            words = np.repeat(np.arange(len(found.ends)), np.diff(found.ends, prepend=0))
            values, targets = found.values[:count], targets[:, found.rows[:count]]
        for level in targets:
            places = level * sums.shape[1] + words
            sums += np.bincount(places, weights=values, minlength=sums.size).reshape(sums.shape)

    def _normalise(self, model, sums):
        if self.weighting == "tf-idf":
            sums *= self.idf_
        else:
            take_power(sums, self.power)
        divide_by_norm(sums)
        return sums
