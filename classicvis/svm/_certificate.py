"""How far single-precision machines can be from the minimum, computed in double precision."""

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
    """Compute the duality gaps of machines from the samples that have a part in them, which saves most of the work.

    Parameters
    ----------
    problem : Problem
        The machines.
    loss : SquaredHinge or ProximalHinge
        The loss.
    weights : ndarray of shape (n_machines, n_features + 1), float32
        The machines' weights.
    decisions : ndarray of shape (n_machines, n_samples), float32
        Their decisions, which tell the samples that are well beyond the margin.
    alphas : ndarray of shape (n_machines, n_samples), float32
        Their dual variables.

    Returns
    -------
    certificate : Certificate or None
        None where decisions in single precision are too far off to tell.
    """
    objectives, gaps = np.empty((2, problem.n_machines))

    def find_gap(c):
        """Fill in the values of a machine, and return whether they can be told."""
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

    are_told = problem.run_in_threads(find_gap, range(problem.n_machines))
    return Certificate(objectives, gaps) if all(are_told) else None
