"""Duality gaps in double precision of solutions in single precision."""

from typing import NamedTuple

import numpy as np

from classicvis.kernels.svm import combine_some, decide_some

NEAR = 0.01  # beyond the margin: where samples are looked at, too
MOST_NOISE = 0.1 * NEAR  # in decisions, for nothing further away to matter


class Certificate(NamedTuple):
    """Values of the objectives, and how far they can be above their minimum, in double precision."""

    objectives: np.ndarray  # (n_machines,)
    gaps: np.ndarray  # (n_machines,)


def certify(problem, loss, weights, decisions, alphas):
    """Compute duality gaps in double precision, from the samples that contribute to them.

    Samples well beyond the margin have no loss and no dual variable: leaving them out saves most of the work.

    Parameters
    ----------
    problem : Problem
        The binary problems.
    loss : SquaredHinge or ProximalHinge
        The loss.
    weights : ndarray of shape (n_machines, n_features + 1), float32
        Weights of the binary problems.
    decisions : ndarray of shape (n_machines, n_samples), float32
        Their decision values, which show which samples are well beyond the margin.
    alphas : ndarray of shape (n_machines, n_samples), float32
        Their dual variables.

    Returns
    -------
    certificate : Certificate or None
        None if single precision is too far off to show which samples are beyond the margin.
    """
    objectives, gaps = np.empty((2, problem.n_machines))

    def find_gap(c):
        """Fill in the values of a binary problem, and return whether they are exact enough."""
        precise = weights[c].astype(np.float64)
        rows = np.flatnonzero((problem.signs_of(c) * decisions[c] < 1 + NEAR) | (alphas[c] > 0))
        own, reached = np.empty(len(rows)), np.empty(len(precise))
        decide_some(problem.X, rows, precise, problem.bias, own)
        noise = np.abs(own - decisions[c, rows]).max(initial=0)
        signs = problem.signs_of(c, rows)
        response = loss.respond(signs * own, problem.costs_of(c, rows), c, rows)
        combine_some(problem.X, rows, signs * response.alphas, problem.bias, reached)
        objectives[c] = np.dot(precise, precise) / 2 + response.loss
        gaps[c] = loss.gap(precise, precise - reached, response)
        return noise <= MOST_NOISE

    are_exact = problem.run_in_threads(find_gap, range(problem.n_machines))
    return Certificate(objectives, gaps) if all(are_exact) else None
