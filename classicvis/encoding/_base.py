"""What the encoders share: sets in, a sample of descriptors to learn from, one row a set out; powers and norms."""

import warnings
from numbers import Integral
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from classicvis._sklearn_compat import Interval, fit_context
from classicvis.encoding._projection import append_positions, find_position_scale, find_principal_components, project
from classicvis.encoding._pyramid import check_pyramid, count_cells, find_cells, is_whole_image
from classicvis.encoding._sampling import sample_rows
from classicvis.encoding._sets import check_sets

# Descriptors whose products are held at a time; not a power of two, or their rows compete for the same cache lines.
BLOCK = 500
BATCH = 2000  # descriptors of several sets that are encoded together; a set of more is a batch of its own
MOST_SETS = 64  # in a batch, which bounds what its result takes


class LearningNeeds(NamedTuple):
    """What an encoder learns from, where images are too many for all their descriptors to be in memory.

    Parameters
    ----------
    n_descriptors : int, default=200_000
        Most descriptors for `fit`, drawn evenly from all images.
    all_sets : bool, default=False
        Whether the encoder must then see the sets of all images, batch by batch, through `count_documents`.
    """

    n_descriptors: int = 200_000
    all_sets: bool = False


def learning_needs(encoder):
    """Return the `LearningNeeds` of any encoder: what its method of this name says, or the default."""
    return encoder.learning_needs() if hasattr(encoder, "learning_needs") else LearningNeeds()


class SetEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Base of the encoders; a subclass says what is learnt, what is added up, and how that is normalised."""

    _parameter_constraints = {
        "n_pca_components": [Interval(Integral, 1, None, closed="left"), None],
        "pyramid": [tuple, list],
        "append_positions": ["boolean"],
        "max_descriptors": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn from at most `max_descriptors` descriptors, spread evenly over the sets.

        Parameters
        ----------
        X : sequence of n sets
            Each an array of shape (n_i, d), or a tuple of positions of shape (n_i, 2) and descriptors of shape
            (n_i, d); or an array of shape (n, k, d); an array of shape (n, d) is n sets of one descriptor. Positions
            are (row, column) as shares of the image's height and width, in [0, 1].
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted encoder.

        Raises
        ------
        ValueError
            X cannot be read as sets of descriptors, all of them are empty, or positions are needed and missing.
        """
        sets = self._check_sets(X, reset=True)
        random_state = check_random_state(self.random_state)
        descriptors, positions = self._draw(sets, random_state)
        self._learn_projection(descriptors, positions)
        self._learn(self._project(descriptors, positions), random_state)
        self._learn_from_sets(sets)
        return self

    def transform(self, X):
        """Encode sets.

        Parameters
        ----------
        X : sequence of n sets
            As in `fit`.

        Returns
        -------
        encodings : ndarray of shape (n, n_features_out), dtype float32
            A row a set: the cells of the pyramid one after the other. Zeros for an empty set.

        Raises
        ------
        ValueError
            X cannot be read as sets of descriptors of the length seen in `fit`, or positions are needed and missing.
        """
        check_is_fitted(self)
        sets = self._check_sets(X, reset=False)
        encodings = np.empty((len(sets.bounds) - 1, self._n_features_out), np.float32)
        model = self._prepare()
        for (first, last), part in self._for_batches(sets, self._encode, model):
            encodings[first:last] = part
        return encodings

    def learning_needs(self):
        """Say what the encoder learns from; see `LearningNeeds`.

        Returns
        -------
        needs : LearningNeeds
            The number of descriptors, and whether all sets are needed.
        """
        return LearningNeeds(self.max_descriptors)

    @property
    def _n_features_out(self):
        return count_cells(self._pyramid) * self._n_values

    def _check_sets(self, X, reset):
        if reset:
            self._pyramid = check_pyramid(self.pyramid)
        sets = check_sets(self, X, reset=reset, needs_positions=self._uses_positions())
        if reset and sets.bounds[-1] == 0:
            raise ValueError(f"X has {len(sets.bounds) - 1} sets, all empty: give descriptors to learn from.")
        return sets

    def _draw(self, sets, random_state):
        sample = sets.take(sample_rows(sets.sizes, self.max_descriptors, random_state))
        return sample.stack(), sample.stack_positions() if self._uses_positions() else None

    def _learn_projection(self, descriptors, positions):
        if self.n_pca_components is not None:
            n_components = self._reduced("n_pca_components", min(descriptors.shape))
            self.pca_mean_, self.pca_components_ = find_principal_components(descriptors, n_components)
            descriptors = project(descriptors, self.pca_mean_, self.pca_components_)
        if self.append_positions:
            self.position_scale_ = find_position_scale(descriptors)

    def _project(self, descriptors, positions):
        if self.n_pca_components is not None:
            descriptors = project(descriptors, self.pca_mean_, self.pca_components_)
        if self.append_positions:
            descriptors = append_positions(descriptors, positions, self.position_scale_)
        return descriptors

    def _reduced(self, name, most):
        """Return the parameter `name`, or `most` with a warning where it is more than there can be."""
        asked = getattr(self, name)
        if asked > most:
            warnings.warn(
                f"{name}={asked} is reduced to {most}, since there are no more descriptors or dimensions to learn "
                "from: give more, or set it lower.",
                UserWarning,
                stacklevel=4,
            )
        return min(asked, most)

    def _for_batches(self, sets, function, *arguments):
        """Yield, for every batch of sets, where it is and ``function(batch, *arguments)``."""
        places = list(_cut(sets.sizes))
        if effective_n_jobs(self.n_jobs) == 1 or len(places) == 1:
            for place in places:
                yield place, function(sets.part(*place), *arguments)
            return
        with threadpool_limits(1, user_api="blas"):
            results = Parallel(n_jobs=self.n_jobs, prefer="threads", return_as="generator")(
                delayed(function)(sets.part(*place), *arguments) for place in places
            )
            yield from zip(places, results, strict=True)

    def _encode(self, sets, model):
        """Return the encodings of a batch of sets."""
        n_sets, n_cells = len(sets.bounds) - 1, count_cells(self._pyramid)
        sums = self._make_sums(n_sets * n_cells)
        for descriptors, cells, owners in self._blocks(sets):
            self._add(model, descriptors, cells + owners * n_cells, sums)
        encodings = self._normalise(model, sums).reshape(n_sets, -1)
        if n_cells > 1:
            divide_by_norm(encodings)
        return encodings

    def _make_sums(self, n_rows):
        return np.zeros((n_rows, self._n_values), np.float32)

    def _blocks(self, sets):
        """Yield blocks of projected descriptors, their cells, and which of the sets each belongs to."""
        descriptors = sets.stack()
        positions = sets.stack_positions() if self._uses_positions() else None
        owners = np.repeat(np.arange(len(sets.bounds) - 1), sets.sizes)
        for start in range(0, len(descriptors), BLOCK):
            rows = slice(start, start + BLOCK)
            here = None if positions is None else positions[rows]
            block = self._project(descriptors[rows], here)
            yield block, find_cells(self._pyramid, here, len(block)), owners[rows]

    def _uses_positions(self):
        return self.append_positions or not is_whole_image(self._pyramid)

    def _learn_from_sets(self, sets, is_first=True):
        """Learn what takes all sets and not just a sample; most encoders have nothing of the kind."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def take_power(values, power):
    """Replace every value by sign(value) |value|^power (Perronnin et al. 2010, section 3.2)."""
    if power == 1:
        return
    signs = values.copy()
    np.abs(values, out=values)
    if power == 0.5:
        np.sqrt(values, out=values)
    else:
        np.power(values, power, out=values)
    np.copysign(values, signs, out=values)


def divide_by_norm(values):
    """Divide by the L2 norm along the last axis; zeros stay zeros."""
    norms = np.sqrt(np.einsum("...i,...i->...", values, values))
    values /= np.maximum(norms, np.finfo(values.dtype).tiny)[..., np.newaxis]


def _cut(sizes):
    """Yield the bounds of batches of whole sets: up to `BATCH` descriptors each, or one set."""
    first, total = 0, 0
    for i, size in enumerate(sizes):
        if i > first and (total + size > BATCH or i - first == MOST_SETS):
            yield first, i
            first, total = i, 0
        total += size
    yield first, len(sizes)
