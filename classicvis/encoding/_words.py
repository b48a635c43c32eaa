"""Visual words: the centres of k-means clusters of descriptors, which of them is nearest, and how they are learned."""

from typing import NamedTuple

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils import check_random_state

from classicvis._forks import openmp_after_fork
from classicvis._sklearn_compat import fit_context
from classicvis.encoding._base import SetEncoder
from classicvis.kernels.encoding import find_nearest

BATCH = 4096  # descriptors in a step of k-means


class Words(NamedTuple):
    """Visual words, and what is computed of them once for many descriptors."""

    centres: np.ndarray  # (n_words, n_dims)
    constants: np.ndarray  # (n_words,): half the squared norms, negative
    largest_square: float


def make_clusters(n_words, random_state):
    """Return a minibatch k-means, not fitted yet.

    On 57,000 descriptors of 80 dimensions it is 4 to 8 times as fast as Lloyd's algorithm, and its sum of squares
    2 % larger; it learns from further batches too.
    """
    return MiniBatchKMeans(n_words, batch_size=BATCH, n_init=1, random_state=random_state)


def fit_clusters(descriptors, n_words, random_state):
    """Return a minibatch k-means, fitted on descriptors."""
    with openmp_after_fork():
        return make_clusters(n_words, random_state).fit(descriptors)


def prepare_words(centres):
    """Compute what `find_block_nearest` needs of words of shape (n_words, n_dims)."""
    centres = np.ascontiguousarray(centres, np.float32)
    squares = np.square(centres, dtype=np.float64).sum(axis=1)
    return Words(centres, (-0.5 * squares).astype(np.float32), float(squares.max()))


def find_block_nearest(words, descriptors):
    """Find the nearest word of each descriptor of a block.

    Parameters
    ----------
    words : Words
        From `prepare_words`.
    descriptors : ndarray of shape (n, n_dims), float32
        Descriptors.

    Returns
    -------
    nearest : ndarray of shape (n,), int32
        The nearest words.
    squared_distances : ndarray of shape (n,), float32
        The squared distances to them.
    """
    scores = words.centres @ descriptors.T
    nearest, squared_distances = np.empty(len(descriptors), np.int32), np.empty(len(descriptors), np.float32)
    model = words.constants, descriptors, words.centres, words.largest_square
    find_nearest(scores, *model, nearest, squared_distances)
    return nearest, squared_distances


def find_all_nearest(words, descriptors):
    """Do what `find_block_nearest` does for any number of descriptors."""
    parts = [
        find_block_nearest(words, descriptors[first : first + BATCH]) for first in range(0, len(descriptors), BATCH)
    ]
    nearest, squared_distances = zip(*parts, strict=True)
    return np.concatenate(nearest), np.concatenate(squared_distances)


class WordEncoder(SetEncoder):
    """Base of the encoders whose model is visual words."""

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None):
        """Learn from one more batch of sets.

        The first batch decides what comes before the words, the PCA and the scale of positions, and how many words
        there are. Each batch improves the words: give batches of many times `n_words` descriptors.

        Parameters
        ----------
        X : sequence of n sets
            As in `fit`; at most `max_descriptors` descriptors of each batch are learnt from.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The encoder, fitted so far.

        Raises
        ------
        ValueError
            As in `fit`, but that a later batch may have no descriptors.
        """
        is_first = not hasattr(self, "_clusters")
        sets = self._check_sets(X, reset=is_first)
        if is_first:
            self._random_state = check_random_state(self.random_state)
        descriptors, positions = self._draw(sets, self._random_state)
        if is_first:
            self._learn_projection(descriptors, positions)
            self._clusters = make_clusters(self._reduced("n_words", len(descriptors)), self._random_state)
        if len(descriptors) > 0:
            descriptors = self._project(descriptors, positions)
            with openmp_after_fork():
                self._clusters.partial_fit(descriptors)
            self._keep_words(descriptors)
        self._learn_from_sets(sets, is_first)
        return self

    def _learn(self, descriptors, random_state):
        self._random_state = random_state
        self._clusters = fit_clusters(descriptors, self._reduced("n_words", len(descriptors)), random_state)
        self._keep_words(descriptors)

    def _keep_words(self, descriptors):
        """Keep the words, and whatever a subclass learns of the descriptors beside them."""
        del self._clusters.labels_  # of the descriptors just seen, which nobody asks for
        self.words_ = self._clusters.cluster_centers_.astype(np.float32)

    def _prepare(self):
        return prepare_words(self.words_)
