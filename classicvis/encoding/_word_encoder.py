"""What the two encoders with visual words share: learning words, at once or batch by batch."""

import numpy as np
from sklearn.utils import check_random_state

from classicvis._sklearn_compat import fit_context
from classicvis.encoding._base import SetEncoder
from classicvis.encoding._words import make_clusters, prepare_words


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
            self._clusters.partial_fit(descriptors)
            self._keep_words(descriptors)
        self._learn_from_sets(sets, is_first)
        return self

    def _learn(self, descriptors, random_state):
        self._random_state = random_state
        self._clusters = make_clusters(self._reduced("n_words", len(descriptors)), random_state).fit(descriptors)
        self._keep_words(descriptors)

    def _keep_words(self, descriptors):
        """Keep the words, and whatever a subclass learns of the descriptors beside them."""
        del self._clusters.labels_  # of the descriptors just seen, which nobody asks for
        self.words_ = self._clusters.cluster_centers_.astype(np.float32)

    def _prepare(self):
        return prepare_words(self.words_)
