"""Derivatives of the objective of a linear machine along a few directions, from how they move the margins."""

import numpy as np

from ._jit import helper, kernel, summing_helper

CHUNK = 512  # samples at a time: what is known of them stays in the smallest cache


@kernel
def derive_along(margins, moves, lengths, centres, pulls, limits, slopes, bends):
    """Subtract from `slopes`, and add to `bends`, what the loss makes of them.

    The dual variable of a sample is ``centre + pull (1 - margin)``, but at least 0 and at most the limit; between them,
    the second derivative of its loss is the pull.

    Parameters
    ----------
    margins : ndarray of shape (n_samples,)
        Products of sign and decision.
    moves : ndarray of shape (n_directions, n_samples)
        How margins change along each direction.
    lengths : ndarray of shape (n_directions,)
        How far to go along each.
    centres, pulls, limits : ndarrays of shape (n_samples,)
        What makes dual variables.
    slopes : ndarray of shape (n_directions,), float64
        First derivatives.
    bends : ndarray of shape (n_directions, n_directions), float64
        Second derivatives.
    """
    n_directions, n_samples = moves.shape
    alphas, curvatures = np.empty(CHUNK, margins.dtype), np.empty(CHUNK, margins.dtype)
    for start in range(0, n_samples, CHUNK):
        part = slice(start, min(start + CHUNK, n_samples))
        size = part.stop - start
        slack = alphas[:size]
        for i in range(size):
            slack[i] = 1 - margins[start + i]
        for a in range(n_directions):
            move_back(moves[a, part], lengths[a], slack)
        clip(centres[part], pulls[part], limits[part], slack, curvatures[:size])
        for a in range(n_directions):
            slopes[a] -= multiply(moves[a, part], slack)
            for b in range(a + 1):
                bend = multiply_three(moves[a, part], moves[b, part], curvatures[:size])
                bends[a, b] += bend
                if b < a:
                    bends[b, a] += bend


@summing_helper
def move_back(move, length, slack):
    for i in range(len(slack)):
        slack[i] -= length * move[i]


@helper
def clip(centres, pulls, limits, alphas, curvatures):
    """Turn slack into dual variables, and fill in curvatures."""
    zero = alphas.dtype.type(0)
    for i in range(len(alphas)):
        free = centres[i] + pulls[i] * alphas[i]
        alphas[i] = min(max(free, zero), limits[i])
        curvatures[i] = pulls[i] if zero < free and free < limits[i] else zero


@summing_helper
def multiply(x, y):
    total = x.dtype.type(0)
    for i in range(len(x)):
        total += x[i] * y[i]
    return total


@summing_helper
def multiply_three(x, y, z):
    total = x.dtype.type(0)
    for i in range(len(x)):
        total += x[i] * y[i] * z[i]
    return total
