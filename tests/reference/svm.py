"""Support vector machines, slowly and plainly in float64: the twins that the fast ones are compared with.

The dual is minimised along the pair of samples that violates the optimality conditions most (Keerthi et al. 2001), the
simplest choice that converges.
"""

import numpy as np


def rbf_kernel(X, Y, gamma):
    """Return the kernel from differences."""
    return np.exp(-gamma * ((X[:, np.newaxis] - Y) ** 2).sum(axis=2))


def intersection_kernel(X, Y):
    """Return the sum of minima; features of opposite signs count against each other."""
    signs = np.sign(X[:, np.newaxis]) * np.sign(Y)
    return (signs * np.minimum(np.abs(X[:, np.newaxis]), np.abs(Y))).sum(axis=2)


def chi2_kernel(X, Y):
    """Return the sum of 2xy / (x + y) over features; of opposite signs it is negative."""
    signs = np.sign(X[:, np.newaxis]) * np.sign(Y)
    x, y = np.abs(X[:, np.newaxis]), np.abs(Y)
    total = x + y
    return (signs * 2 * x * y / np.where(total > 0, total, 1)).sum(axis=2)


def solve_dual(gram, signs, C, tol):
    """Return the dual variables and the intercept."""
    alphas, scores = np.zeros(len(signs)), np.array(signs, float)
    while True:
        up = np.where(signs > 0, alphas < C, alphas > 0)
        low = np.where(signs > 0, alphas > 0, alphas < C)
        first, second = np.where(up, scores, -np.inf).argmax(), np.where(low, scores, np.inf).argmin()
        if scores[first] - scores[second] < tol:
            return alphas, (scores[first] + scores[second]) / 2
        curvature = max(gram[first, first] + gram[second, second] - 2 * gram[first, second], 1e-12)
        room = C - alphas[first] if signs[first] > 0 else alphas[first]
        room = min(room, alphas[second] if signs[second] > 0 else C - alphas[second])
        move = min((scores[first] - scores[second]) / curvature, room)
        alphas[first] += signs[first] * move
        alphas[second] -= signs[second] * move
        scores = signs - gram @ (signs * alphas)


def dual_objective(gram, signs, alphas):
    """Return what is minimised."""
    return alphas @ (signs[:, np.newaxis] * gram * signs) @ alphas / 2 - alphas.sum()
