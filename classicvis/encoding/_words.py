"""Visual words: the centres of k-means clusters of descriptors, and which of them is nearest."""

from typing import NamedTuple

import numpy as np
from sklearn.cluster import MiniBatchKMeans

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
