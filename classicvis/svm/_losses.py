"""The two losses as Newton's method sees them: smooth, with dual variables that tell how far the minimum can be."""

from typing import NamedTuple

import numpy as np

FIRST_RATE = 4.0
GROWTH = 2.0
LARGEST_RATE = 1e4
SETTLED = 0.1  # share of the gap below which the rest of the gradient is not what keeps it open


class Response(NamedTuple):
    """The loss at the decision values of one binary problem: values for each sample, and sums over them."""

    alphas: np.ndarray  # dual variables that belong to the decisions
    curvatures: np.ndarray  # second derivatives of the smooth loss
    smooth_loss: float
    loss: float


class SquaredHinge:
    """``cost max(0, 1 - margin)²``, which is smooth as it is."""

    patience = 10  # steps in which neither gaps nor objectives may get smaller

    def respond(self, margins, costs, machine, rows=slice(None)):
        """Return the loss at margins, sign times decision value, of some samples."""
        slack = np.maximum(1 - margins, 0)
        alphas = 2 * costs * slack
        loss = _sum(alphas * slack) / 2
        return Response(alphas, np.where(slack > 0, 2 * costs, 0), loss, loss)

    def dual_line(self, costs, machine):
        """Return centres, slopes and upper limits of the dual variables, for `minimise_along`."""
        return np.zeros_like(costs), 2 * costs, np.full_like(costs, np.inf)

    def gap(self, weights, gradient, response):
        """Return the duality gap, which is half the squared gradient for these alphas."""
        return np.dot(gradient, gradient) / 2

    def advance(self, machines, residuals, gaps, alphas):
        """Return the binary problems whose smooth loss has changed: none."""
        return []


class ProximalHinge:
    """``cost max(0, 1 - margin)``, made smooth by a quadratic term that keeps its dual variables near given centres.

    For centres a and rate r the smooth loss of a sample is the maximum of ``α (1 - margin) - (α - a)² / (2 r cost)``
    over ``0 <= α <= cost``. The dual variables of its solution are nearer to those of the hinge loss than the centres
    are. They become the next centres, and the sequence converges to the solution of the hinge loss. This is the method
    of multipliers on the dual (Rockafellar, 1976), with Newton's method inside as in Li, Sun and Toh (2018).
    """

    patience = 60

    def __init__(self, centres):
        self.centres = centres  # (n_machines, n_samples)
        self.rates = np.full(len(centres), FIRST_RATE)  # the larger, the weaker the quadratic term

    def respond(self, margins, costs, machine, rows=slice(None)):
        """Return the loss at margins, sign times decision value, of some samples."""
        centres, pull = self.centres[machine, rows], self.rates[machine] * costs
        slack = 1 - margins
        free = centres + pull * slack
        alphas = np.clip(free, 0, costs)
        detour = np.square(alphas - centres) / np.where(costs > 0, 2 * pull, 1)
        curvatures = np.where((free > 0) & (free < costs), pull, 0)
        return Response(alphas, curvatures, _sum(alphas * slack - detour), _sum(costs * np.maximum(slack, 0)))

    def dual_line(self, costs, machine):
        """Return centres, slopes and upper limits of the dual variables, for `minimise_along`."""
        return self.centres[machine], self.rates[machine].astype(costs.dtype) * costs, costs

    def gap(self, weights, gradient, response):
        """Return the duality gap."""
        reached = weights - gradient  # the weights that the alphas give
        dual = _sum(response.alphas) - np.dot(reached, reached) / 2
        return np.dot(weights, weights) / 2 + response.loss - dual

    def advance(self, machines, residuals, gaps, alphas):
        """Move the centres of the binary problems that have converged to their dual variables; return their indices.

        Sets: `centres`, `rates`.
        """
        settled = [c for c in machines if residuals[c] <= SETTLED * gaps[c]]
        self.centres[settled] = alphas[settled]
        self.rates[settled] = np.minimum(self.rates[settled] * GROWTH, LARGEST_RATE)
        return settled


def _sum(values):
    return values.sum(dtype=np.float64)
