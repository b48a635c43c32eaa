"""Minimising the objective of a machine over the few directions along which its decisions are known."""

import numpy as np

from ..kernels._subspace import derive_along

SETTLED = 1e-6  # share of what the first step promised to gain, below which no step is worth its time
FLAT = 0.1  # share of a step's slope that may be left at its end, beyond which it was too long
MOST_STEPS = 20
RIDGE = 1e-9  # added to the diagonal, for directions that depend on one another


class SubspaceSearch:
    """The objective of a machine as a function of how far to go along some directions.

    Newton's method looks along its direction alone; the others cost nothing where their decisions are known. With the
    weights and the mean sample among them, the scale and the offset of decisions are right at every step, which saves
    steps: both need many samples to move at once, and few other directions do.

    Parameters
    ----------
    response : tuple of ndarrays of shape (n_samples,)
        Centres, pulls and limits of the dual variables, as `derive_along` takes them.
    margins : ndarray of shape (n_samples,)
        Where to start.
    weights : ndarray of shape (n_features + 1,), float64
        The weights there.
    directions : ndarray of shape (n_directions, n_features + 1), float64
        Where weights may go.
    moves : ndarray of shape (n_directions, n_samples)
        How margins change with them.
    """

    def __init__(self, response, margins, weights, directions, moves):
        self.response = response
        self.margins = margins
        self.moves = moves
        self.products = directions @ weights
        self.gram = directions @ directions.T

    def minimise(self):
        """Return how far to go along each direction: where the objective is nearly smallest.

        Returns
        -------
        lengths : ndarray of shape (n_directions,), float64
            The lengths.
        """
        lengths, first = np.zeros(len(self.gram)), None
        slopes, bends = self._derive(lengths)
        for _ in range(MOST_STEPS):
            step = _solve(bends, -slopes)
            slope = np.dot(slopes, step)
            first = slope if first is None else first
            if not slope < SETTLED * first:
                break
            lengths, slopes, bends = self._go(lengths, step, slope)
        return lengths

    def _go(self, start, step, slope):
        """Return the end of a step, which is made shorter where it leads uphill, and the derivatives there."""
        lower, upper, share = 0.0, 1.0, 1.0
        for _ in range(MOST_STEPS):
            slopes, bends = self._derive(start + share * step)
            here = np.dot(slopes, step)
            if here <= -FLAT * slope and (share == 1 or here >= FLAT * slope):
                break
            lower, upper = (share, upper) if here < 0 else (lower, share)
            share -= here / (step @ bends @ step)
            if not lower < share < upper:
                share = (lower + upper) / 2
        return start + share * step, slopes, bends

    def _derive(self, lengths):
        """Return the first and second derivatives of the objective."""
        slopes, bends = self.products + self.gram @ lengths, self.gram.copy()
        derive_along(self.margins, self.moves, lengths.astype(self.moves.dtype), *self.response, slopes, bends)
        return slopes, bends


def _solve(matrix, target):
    """Solve equations whose matrix may be singular."""
    scales = np.sqrt(np.diag(matrix))
    scales[scales == 0] = 1
    scaled = matrix / scales / scales[:, np.newaxis]
    scaled.flat[:: len(scaled) + 1] += RIDGE  # its diagonal
    return np.linalg.solve(scaled, target / scales) / scales
