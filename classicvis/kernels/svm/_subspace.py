"""Minimising the objective of a linear classifier over a few directions whose decision values are known.

Newton's method looks along its direction alone; others cost nothing where their decisions are known. With the weights
and the mean sample among them, the scale and the offset of decisions are right at every step, which saves steps: both
need many samples to move at once, and few other directions do.
"""

import numpy as np

from classicvis.kernels._jit import helper, kernel, summing_helper
from classicvis.kernels.svm._cg_steps import multiply

CHUNK = 512  # samples at a time: what is known of them stays in the smallest cache
SETTLED = 1e-6  # share of what the first step promised to gain, below which no step is worth its time
FLAT = 0.1  # share of a step's slope that may be left at its end, beyond which it was too long
MOST_STEPS = 20
RIDGE = 1e-9  # added to the diagonal, for directions that depend on one another


@kernel
def minimise_along(margins, moves, centres, pulls, limits, products, gram, lengths):
    """Find how far to go along some directions, by Newton's method in these alone.

    The dual variable of a sample is ``centre + pull (1 - margin)``, but at least 0 and at most the limit; between them,
    the second derivative of its loss is the pull.

    Parameters
    ----------
    margins : ndarray of shape (n_samples,)
        Products of sign and decision, where to start.
    moves : ndarray of shape (n_directions, n_samples)
        How margins change along each direction.
    centres, pulls, limits : ndarrays of shape (n_samples,)
        What makes dual variables.
    products : ndarray of shape (n_directions,), float64
        Products of the directions with the weights.
    gram : ndarray of shape (n_directions, n_directions), float64
        Products of the directions with one another.
    lengths : ndarray of shape (n_directions,), float64
        Gets how far to go along each, to where the objective is nearly smallest.
    """
    n = len(lengths)
    start, slopes, bends, step = np.empty(n), np.empty(n), np.empty((n, n)), np.empty(n)
    work, first = np.empty((n, n + 1)), 0.0
    for a in range(n):
        lengths[a] = 0
    response = margins, moves, centres, pulls, limits
    derive(response, products, gram, lengths, slopes, bends)
    for turn in range(MOST_STEPS):
        solve(bends, slopes, work, step)
        slope = multiply(slopes, step)
        first = slope if turn == 0 else first
        if not slope < SETTLED * first:
            break
        for a in range(n):
            start[a] = lengths[a]
        lower, upper, share = 0.0, 1.0, 1.0
        for _ in range(MOST_STEPS):  # a step that leads uphill is made shorter
            for a in range(n):
                lengths[a] = start[a] + share * step[a]
            derive(response, products, gram, lengths, slopes, bends)
            here = multiply(slopes, step)
            if here <= -FLAT * slope and (share == 1 or here >= FLAT * slope):
                break
            lower, upper = (share, upper) if here < 0 else (lower, share)
            bend = 0.0
            for a in range(n):
                bend += step[a] * multiply(bends[a], step)
            share -= here / bend
            if not lower < share < upper:
                share = (lower + upper) / 2


@helper
def derive(response, products, gram, lengths, slopes, bends):
    """Fill in the first and second derivatives of the objective."""
    margins, moves, centres, pulls, limits = response
    n_directions, n_samples = moves.shape
    for a in range(n_directions):
        slopes[a] = products[a] + multiply(gram[a], lengths)
        for b in range(n_directions):
            bends[a, b] = gram[a, b]
    alphas, curvatures = np.empty(CHUNK, margins.dtype), np.empty(CHUNK, margins.dtype)
    for start in range(0, n_samples, CHUNK):
        part = slice(start, min(start + CHUNK, n_samples))
        size = part.stop - start
        slack = alphas[:size]
        for i in range(size):
            slack[i] = 1 - margins[start + i]
        for a in range(n_directions):
            move_back(moves[a, part], margins.dtype.type(lengths[a]), slack)
        clip(centres[part], pulls[part], limits[part], slack, curvatures[:size])
        for a in range(n_directions):
            slopes[a] -= multiply(moves[a, part], slack)
            for b in range(a + 1):
                bend = multiply_three(moves[a, part], moves[b, part], curvatures[:size])
                bends[a, b] += bend
                if b < a:
                    bends[b, a] += bend


@helper
def solve(bends, slopes, work, step):
    """Fill in Newton's step, by elimination: the matrix is symmetric, but may be singular."""
    n = len(step)
    for a in range(n):
        for b in range(n):
            work[a, b] = bends[a, b]
        work[a, n] = -slopes[a]
        work[a, a] = bends[a, a] * (1 + RIDGE) if bends[a, a] > 0 else 1.0
    for a in range(n):
        for b in range(a + 1, n):
            factor = work[b, a] / work[a, a]
            for c in range(a, n + 1):
                work[b, c] -= factor * work[a, c]
    for a in range(n - 1, -1, -1):
        rest = work[a, n]
        for b in range(a + 1, n):
            rest -= work[a, b] * step[b]
        step[a] = rest / work[a, a]


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
def multiply_three(x, y, z):
    total = x.dtype.type(0)
    for i in range(len(x)):
        total += x[i] * y[i] * z[i]
    return total
