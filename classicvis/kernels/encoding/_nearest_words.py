"""The nearest visual word of descriptors, and the sums of their residuals: the inner loops of k-means encodings.

A matrix product, made before, tells the nearest word but for rounding; its loops run over descriptors. Where another
word is that close, distances from differences decide, so that a result has the same bits however the work was cut up.
"""

import numpy as np

from classicvis.kernels._jit import inlined_helper, kernel, summing_helper

ROUNDING = 1e-5  # of a product in float32, as a share of the squared norms: many times what it is off by


@kernel
def find_nearest(scores, constants, descriptors, words, largest_square, nearest, squared_distances):
    """Find the nearest word of every descriptor; of equally near ones the first.

    Parameters
    ----------
    scores : ndarray of shape (n_words, n), float32
        Products of words and descriptors.
    constants : ndarray of shape (n_words,), float32
        Half the squared norms of the words, negative: with it, the largest score is that of the nearest word.
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
    n_words, n = scores.shape
    best, second = np.empty(n, np.float32), np.empty(n, np.float32)
    best[:] = second[:] = -np.float32(np.inf)
    nearest[:] = 0
    for k in range(n_words):
        compare(scores[k], constants[k], k, best, second, nearest)
    for i in range(n):
        spare = np.float32(ROUNDING) * (sum_of_squares(descriptors[i]) + np.float32(largest_square))
        squared_distances[i] = squared_distance(descriptors[i], words[nearest[i]])
        if best[i] - second[i] <= spare:
            for k in range(n_words):
                if scores[k, i] + constants[k] >= best[i] - spare:
                    distance = squared_distance(descriptors[i], words[k])
                    if distance < squared_distances[i] or (distance == squared_distances[i] and k < nearest[i]):
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


@inlined_helper
def compare(scores, constant, word, best, second, nearest):
    """Keep the best and the second best score of each descriptor, and which word has the best."""
    for i in range(scores.size):
        score = scores[i] + constant
        is_better = score > best[i]
        loser = best[i] if is_better else score
        second[i] = loser if loser > second[i] else second[i]
        nearest[i] = word if is_better else nearest[i]
        best[i] = score if is_better else best[i]


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
