"""The nearest visual word of descriptors, and the sums of their residuals: the inner loops of k-means encodings.

A matrix product, made before, tells the nearest word but for rounding. Where several are that close, distances from
differences decide, so that a result has the same bits however the work was cut up.
"""

import numpy as np

from ._jit import inlined_helper, kernel, summing_helper

ROUNDING = 1e-5  # of a product in float32, as a share of the squared norms: many times what it is off by


@kernel
def find_nearest(scores, descriptors, words, largest_square, nearest, squared_distances):
    """Find the nearest word of every descriptor; of equally near ones the first.

    Parameters
    ----------
    scores : ndarray of shape (n, n_words), float32
        Products with the words less half the words' squared norms: the largest is the nearest word.
    descriptors : ndarray of shape (n, n_dims), float32
        Descriptors.
    words : ndarray of shape (n_words, n_dims), float32
        Words.
    largest_square : float
        Largest squared norm of a word.
    nearest : ndarray of shape (n,), int32
        Gets the nearest words.
    squared_distances : ndarray of shape (n,), float32
        Gets the squared distances to them.
    """
    for i in range(descriptors.shape[0]):
        spare = np.float32(ROUNDING) * (sum_of_squares(descriptors[i]) + np.float32(largest_square))
        threshold = largest(scores[i]) - spare
        nearest[i] = 0
        squared_distances[i] = np.inf
        for k in range(words.shape[0]):
            if scores[i, k] >= threshold:
                distance = squared_distance(descriptors[i], words[k])
                if distance < squared_distances[i]:
                    squared_distances[i] = distance
                    nearest[i] = k


@kernel
def accumulate_residuals(descriptors, words, nearest, factors, targets, sums):
    """Add up the differences to the nearest word (Jégou et al. 2010, eq. 1).

    Parameters
    ----------
    descriptors, words, nearest : ndarrays
        As in and from `find_nearest`.
    factors : ndarray of shape (n,), float32
        What each difference is multiplied by.
    targets : ndarray of shape (n_levels, n), intp
        The rows of `sums` that a descriptor counts in: one for each level of a spatial pyramid.
    sums : ndarray of shape (n_rows, n_words, n_dims), float32
        The differences are added to it.
    """
    for i in range(descriptors.shape[0]):
        k = nearest[i]
        for level in range(targets.shape[0]):
            add_residual(descriptors[i], words[k], factors[i], sums[targets[level, i], k])


@summing_helper
def largest(values):
    peak = values[0]
    for i in range(values.size):
        peak = values[i] if values[i] > peak else peak
    return peak


@summing_helper
def sum_of_squares(values):
    total = np.float32(0)
    for i in range(values.size):
        total += values[i] * values[i]
    return total


@summing_helper
def squared_distance(descriptor, word):
    total = np.float32(0)
    for i in range(descriptor.size):
        difference = descriptor[i] - word[i]
        total += difference * difference
    return total


@inlined_helper
def add_residual(descriptor, word, factor, target):
    for i in range(descriptor.size):
        target[i] += (descriptor[i] - word[i]) * factor
