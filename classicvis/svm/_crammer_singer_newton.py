"""The multi-class problem of Crammer and Singer by Newton's method, on its loss made smooth."""

from dataclasses import replace

import numpy as np

from classicvis.svm._conjugate_gradients import conjugate_gradients
from classicvis.svm._losses import FIRST_RATE, GROWTH, SETTLED

RETREAT = 8.0
FEW_STEPS, MANY_STEPS = 3, 8  # from one set of centres to the next: then the rate may grow, or has to shrink
LOOSE, TIGHT = 0.03, 0.003  # accuracies of directions, far from the minimum and near it: what is left of the gradient
MOST_STEPS = 300  # of conjugate gradients
MOST_HALVINGS = 30
SUFFICIENT = 1e-4  # share of the fall that the slope promises (Armijo's rule)
PATIENCE = 200  # steps in which the gap may get no smaller


class CrammerSingerNewton:
    """Minimises by the method of multipliers, like `ProximalHinge`, with a simplex of dual variables for each sample.

    Each sample has a share of its cost for each class; they add up to the cost. The smooth loss draws them to those
    sought before, so that they are projections onto the simplex, and the decisions of the classes that have a share
    move the loss by a quadratic function of their differences.

    Parameters
    ----------
    problem : Problem
        Its binary problems are the classes.
    costs : ndarray of shape (n_samples,)
        What a unit of loss costs.
    weights : ndarray of shape (n_classes, n_features + 1)
        Where to start.
    alphas : ndarray of shape (n_classes, n_samples)
        Dual variables to begin with: a sample's share for its own class is what they leave of the cost there, and for
        each other class what they are below 0.
    """

    def __init__(self, problem, costs, weights, alphas):
        self.problem = problem
        self.costs = costs
        self.weights = weights
        self.is_own = np.equal.outer(np.arange(len(weights)), problem.codes)
        self.centres = np.maximum(np.where(self.is_own, costs, 0) - alphas, 0)
        self.rate = FIRST_RATE * min(1.0, self._natural_share())
        self.decisions = problem.decide(weights, np.float64)
        self._evaluate()

    def minimise(self, tol, max_iter, bar):
        """Take steps until the gap is at most `tol` times the objective, or gets no smaller; return their number."""
        least, failures, n_iter, n_unsettled = np.inf, 0, 0, 0
        while n_iter < max_iter and self.gap > tol * self.objective and failures <= PATIENCE:
            failures = 0 if self.gap < least / 2 else failures + 1
            least = min(least, self.gap)
            if np.square(self.gradient).sum() / 2 <= SETTLED * self.gap:
                self.centres = self.shares
                self.rate *= GROWTH if n_unsettled <= FEW_STEPS else 1
                self._evaluate()
                n_unsettled = 0
            elif n_unsettled == MANY_STEPS:
                self.rate /= RETREAT
                self._evaluate()
                n_unsettled = 0
            self._step()
            n_unsettled += 1
            n_iter += 1
            bar.update()
            bar.set_postfix(gap=f"{self.gap / self.objective:.1e}", refresh=False)
        return n_iter

    def _natural_share(self):
        """Return the share of a sample's cost that moves its own decisions by about 1."""
        X = self.problem.X
        square = np.einsum("ij,ij->", X, X, dtype=np.float64) / len(X) + self.problem.bias**2
        return 1 / (square * self.costs.mean()) if square > 0 else 1.0

    def _respond(self, decisions):
        """Return the shares that belong to decisions, and the smooth loss."""
        slack = decisions + ~self.is_own
        pull = self.rate * self.costs
        shares = project_onto_simplices(self.centres + pull * slack, self.costs)
        detour = np.square(shares - self.centres).sum(axis=0) / np.where(self.costs > 0, 2 * pull, 1)
        return shares, ((shares * slack).sum(axis=0) - self.costs * self._own(decisions) - detour).sum()

    def _own(self, values):
        """Return the values of each sample's own class."""
        return np.take_along_axis(values, self.problem.codes[None], axis=0)[0]

    def _evaluate(self):
        self.shares, loss = self._respond(self.decisions)
        alphas = np.where(self.is_own, self.costs, 0) - self.shares
        reached = self.problem.combine(alphas)
        self.gradient = self.weights - reached
        half = np.square(self.weights).sum() / 2
        self.smooth = half + loss
        slack = self.decisions + ~self.is_own
        self.objective = half + np.dot(self.costs, slack.max(axis=0) - self._own(self.decisions))
        dual = np.where(self.is_own, 0, self.shares).sum() - np.square(reached).sum() / 2
        self.gap = self.objective - dual

    def _step(self):
        """Move along Newton's direction, half as far until the smooth objective falls as it should."""
        direction = self._find_direction()
        moves = self.problem.decide(direction, np.float64)
        slope = (self.gradient * direction).sum()
        length = 1.0
        for _ in range(MOST_HALVINGS):
            weights = self.weights + length * direction
            _, loss = self._respond(self.decisions + length * moves)
            if np.square(weights).sum() / 2 + loss <= self.smooth + SUFFICIENT * length * slope:
                break
            length /= 2
        self.weights = self.weights + length * direction
        self.decisions += length * moves
        self._evaluate()

    def _find_direction(self):
        """Return about the product of the inverse Hessian and the negative gradient, by conjugate gradients."""
        is_shared = self.shares > 0
        rows = np.flatnonzero((is_shared.sum(axis=0) > 1) & (self.costs > 0))
        is_shared, curvatures = is_shared[:, rows], self.rate * self.costs[rows]
        n_shared = is_shared.sum(axis=0)
        part = replace(self.problem, X=self.problem.X[rows], codes=self.problem.codes[rows])

        shape = self.weights.shape

        def multiply(flat):
            direction = flat.reshape(shape)
            moves = np.where(is_shared, part.decide(direction, np.float64), 0)
            bends = np.where(is_shared, moves - moves.sum(axis=0) / n_shared, 0)
            return (direction + part.combine(curvatures * bends)).ravel()

        squares = replace(part, X=np.square(part.X), bias=part.bias**2)
        diagonal = 1 + squares.combine(np.where(is_shared, curvatures * (1 - 1 / n_shared), 0)).ravel()
        accuracy = min(max(self.gap / self.objective, TIGHT), LOOSE)
        direction, _ = conjugate_gradients(
            multiply, lambda flat: flat / diagonal, -self.gradient.ravel(), accuracy=accuracy, most_steps=MOST_STEPS
        )
        return direction.reshape(shape)


def project_onto_simplices(points, totals):
    """Return the nearest points whose coordinates are at least 0 and add up to a total.

    Parameters
    ----------
    points : ndarray of shape (n_classes, n_samples)
        A point in each column.
    totals : ndarray of shape (n_samples,)
        The sums of the coordinates.

    Returns
    -------
    projections : ndarray of shape (n_classes, n_samples)
        The nearest points (Held, Wolfe and Crowder, Mathematical Programming 1974).
    """
    ordered = -np.sort(-points, axis=0)
    counts = np.arange(1, len(points) + 1)[:, None]
    levels = (np.cumsum(ordered, axis=0) - totals) / counts
    last = np.maximum((ordered > levels).sum(axis=0), 1) - 1
    return np.maximum(points - np.take_along_axis(levels, last[None], axis=0), 0)
