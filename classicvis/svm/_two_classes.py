"""The RBF support vector machine of two classes, solved on working sets of thousands of samples."""

from dataclasses import dataclass

import numpy as np

from classicvis.kernels.svm import minimise_dual


def squared_norms(points):
    """Return the squared norm of every row."""
    return np.einsum("ij,ij->i", points, points)


def rbf_between(left, left_squares, right, right_squares):
    """Return exp(-distance²) between all rows of two arrays.

    Parameters
    ----------
    left, right : ndarrays of shape (n, d) and (m, d), float32
        Samples.
    left_squares, right_squares : ndarrays of shape (n,) and (m,), float32
        Their squared norms.

    Returns
    -------
    values : ndarray of shape (n, m), float32
        The kernel.
    """
    values = left @ right.T
    values *= 2
    values -= left_squares[:, np.newaxis]
    values -= right_squares
    np.minimum(values, 0, out=values)  # of equal samples, where rounding may have left a little
    return np.exp(values, out=values)


FIRST = 400  # samples of each class that the first working set holds
BLOCK = 512  # rows of the kernel that are computed at a time


@dataclass(frozen=True)
class Separation:
    """What separates two classes.

    Attributes
    ----------
    coefficients : ndarray of shape (n,), float64
        What each sample counts for in the decision: its sign times its dual variable, 0 where it is no support vector.
    intercept : float
        What is added to the decision.
    n_steps : int
        Steps that were taken.
    violation : float
        How far the optimality conditions are from being met.
    """

    coefficients: np.ndarray
    intercept: float
    n_steps: int
    violation: float


def separate(points, signs, bounds, *, tol, max_steps, cache_bytes):
    """Solve the dual of the hinge loss to a tolerance.

    Most samples are no support vectors, and never enter: each round takes those that violate the optimality conditions
    beside the support vectors so far, solves for them alone, and looks at all samples again (the decomposition of
    Osuna et al. 1997, with working sets so large that a handful of rounds suffice).

    Parameters
    ----------
    points : ndarray of shape (n, d), float32
        Samples, scaled so that the kernel is exp(-distance²).
    signs : ndarray of shape (n,), float64
        1 and -1, the two classes.
    bounds : ndarray of shape (n,), float64
        Upper bounds of the dual variables, above 0.
    tol : float
        How far the optimality conditions may be from being met, as in libsvm.
    max_steps : int
        Steps after which to stop.
    cache_bytes : float
        Memory for the kernel; more samples at a time fit into more.

    Returns
    -------
    separation : Separation
        The solution.
    """
    n = len(points)
    rows = _KernelRows(points, int(np.clip(cache_bytes / (8 * n), 2, n)))
    alphas, scores = np.zeros(n), signs.copy()
    chosen, intercept, n_steps = _spread(signs, min(FIRST, rows.capacity // 2)), 0.0, 0
    while True:
        up = np.where(signs > 0, alphas < bounds, alphas > 0)
        low = np.where(signs > 0, alphas > 0, alphas < bounds)
        violation = scores[up].max() - scores[low].min()
        if violation < tol or n_steps >= max_steps:
            return Separation(signs * alphas, intercept, n_steps, float(violation))
        if n_steps:
            chosen = _choose(alphas, scores, up, low, intercept, tol, rows.capacity)
        places, before = rows.hold(chosen), alphas[chosen]
        part, part_scores = before.copy(), scores[chosen]
        gram = rows.between(places, chosen)
        of_part = signs[chosen], bounds[chosen], part, part_scores
        work = np.empty((3, len(chosen)))
        n_steps += max(1, minimise_dual(gram, *of_part, work, tol / 2, max_steps - n_steps))
        alphas[chosen] = part
        scores -= rows.weighted_sum(places, signs[chosen] * (part - before))
        intercept = _find_intercept(part, part_scores, signs[chosen], bounds[chosen])


def _spread(signs, n_each):
    """Return samples of both classes, evenly spread."""
    chosen = []
    for sign in (-1, 1):
        members = np.flatnonzero(signs == sign)
        chosen.append(members[np.linspace(0, len(members) - 1, min(n_each, len(members))).astype(int)])
    return np.sort(np.concatenate(chosen))


def _choose(alphas, scores, up, low, intercept, tol, capacity):
    """Return the next working set: support vectors, and what violates the conditions, the worst first if crowded."""
    beyond = scores - intercept
    violations = np.maximum(np.where(up, beyond, -np.inf), np.where(low, -beyond, -np.inf))
    # The worst on each side must be in it, else a round might change nothing.
    violations[np.where(up, scores, -np.inf).argmax()] = np.inf
    violations[np.where(low, scores, np.inf).argmin()] = np.inf
    is_violator = violations > tol / 4
    chosen = np.flatnonzero(is_violator | (alphas > 0))
    if len(chosen) > capacity:
        order = np.argsort(-violations[chosen], kind="stable")
        n_worst = max(2, capacity // 2)
        worst, others = chosen[order[:n_worst]], chosen[order[n_worst:]]
        supporting = others[alphas[others] > 0]
        chosen = np.concatenate([worst, supporting[: capacity - n_worst]])
    return np.sort(chosen)


def _find_intercept(alphas, scores, signs, bounds):
    """Return the mean score of the samples on the margin, or the middle of what the others allow."""
    is_free = (alphas > 0) & (alphas < bounds)
    if is_free.any():
        return float(scores[is_free].mean())
    up = np.where(signs > 0, alphas < bounds, alphas > 0)
    return float((scores[up].max() + scores[~up].min()) / 2)


class _KernelRows:
    """Rows of the kernel between some samples and all, kept as long as there is room."""

    def __init__(self, points, capacity):
        self.capacity = capacity
        self._points = points
        self._squares = squared_norms(points)
        self._rows = np.empty((capacity, len(points)), np.float32)  # the system gives the memory when it is written to
        self._owners = np.full(capacity, -1)  # the sample of each row
        self._places = np.full(len(points), -1)  # the row of each sample
        self._n_used = 0

    def hold(self, samples):
        """Return the places of the samples' rows, computing those that are missing."""
        missing = samples[self._places[samples] < 0]
        is_idle = np.ones(self.capacity, bool)
        is_idle[self._places[np.setdiff1d(samples, missing)]] = False
        idle = np.flatnonzero(is_idle)
        places = np.sort(idle[np.argsort(self._owners[idle] >= 0, kind="stable")][: len(missing)])  # the unused first
        evicted = self._owners[places]
        self._places[evicted[evicted >= 0]] = -1
        self._owners[places] = missing
        self._places[missing] = places
        for first in range(0, len(missing), BLOCK):
            some = missing[first : first + BLOCK]
            values = rbf_between(self._points[some], self._squares[some], self._points, self._squares)
            self._rows[places[first : first + BLOCK]] = values
        self._n_used = max(self._n_used, places.max(initial=-1) + 1)
        return self._places[samples]

    def between(self, places, samples):
        """Return the kernel between the samples whose rows are at these places."""
        gram = np.empty((len(places), len(places)), np.float32)
        for row, place in zip(gram, places, strict=True):
            np.take(self._rows[place], samples, out=row, mode="clip")
        return gram

    def weighted_sum(self, places, weights):
        """Return the sum of the rows at these places, each times its weight."""
        of_rows = np.zeros(self._n_used, np.float32)
        of_rows[places] = weights
        return of_rows @ self._rows[: self._n_used]
