"""Sequential minimal optimisation: the dual of a support vector machine with two classes, two samples at a time."""

from classicvis.kernels._jit import comparing_helper, kernel

EXCLUDED = 1e30  # added to the score of a sample that may not move that way
LEAST_CURVATURE = 1e-12  # of a step between two equal samples, as libsvm has it


@kernel
def minimise_dual(gram, signs, bounds, alphas, scores, work, tol, max_steps):
    """Minimise the dual of the hinge loss by steps along the pair that promises most (Fan et al. 2005, WSS 2).

    Parameters
    ----------
    gram : ndarray of shape (n, n), float32
        The kernel between the samples; its diagonal is 1.
    signs : ndarray of shape (n,), float64
        1 and -1, the two classes.
    bounds : ndarray of shape (n,), float64
        Upper bounds of `alphas`, above 0.
    alphas : ndarray of shape (n,), float64
        Where to start; gets the solution.
    scores : ndarray of shape (n,), float64
        ``signs - gram @ (signs * alphas)``, less what other samples contribute; kept up to date.
    work : ndarray of shape (3, n), float64
        Memory to work in.
    tol : float
        Stop when no pair of scores violates the optimality conditions by more.
    max_steps : int
        Stop after so many steps.

    Returns
    -------
    n_steps : int
        How many steps were taken.
    """
    up, low, gains = work[0], work[1], work[2]
    n = len(signs)
    for i in range(n):
        up[i], low[i] = find_exclusions(signs[i], alphas[i], bounds[i])
    for step in range(max_steps):
        highest, lowest = find_extremes(scores, up, low)
        if highest - lowest < tol:
            return step
        first = 0
        while first < n - 1 and scores[first] + up[first] != highest:
            first += 1
        most = find_gains(highest, scores, low, gram[first], gains)
        second = 0
        while second < n - 1 and gains[second] != most:
            second += 1
        move = (highest - scores[second]) / max(2.0 - 2.0 * gram[first, second], LEAST_CURVATURE)
        move = min(move, bounds[first] - alphas[first] if signs[first] > 0 else alphas[first])
        move = min(move, alphas[second] if signs[second] > 0 else bounds[second] - alphas[second])
        alphas[first] = near_bounds(alphas[first] + signs[first] * move, bounds[first])
        alphas[second] = near_bounds(alphas[second] - signs[second] * move, bounds[second])
        up[first], low[first] = find_exclusions(signs[first], alphas[first], bounds[first])
        up[second], low[second] = find_exclusions(signs[second], alphas[second], bounds[second])
        follow_move(move, gram[first], gram[second], scores)
    return max_steps


@comparing_helper
def find_exclusions(sign, alpha, bound):
    """Return what keeps a sample from moving up, and from moving down."""
    may_grow, may_shrink = alpha < bound, alpha > 0
    up, low = (may_grow, may_shrink) if sign > 0 else (may_shrink, may_grow)
    return 0.0 if up else -EXCLUDED, 0.0 if low else EXCLUDED


@comparing_helper
def near_bounds(alpha, bound):
    """Return a bound in place of what differs from it by rounding."""
    if alpha < 1e-12 * bound:
        return 0.0
    return bound if alpha > (1 - 1e-12) * bound else alpha


@comparing_helper
def find_extremes(scores, up, low):
    """Return the highest score of those that may move up, and the lowest of those that may move down."""
    highest, lowest = -EXCLUDED, EXCLUDED
    for i in range(len(scores)):
        highest = max(highest, scores[i] + up[i])
        lowest = min(lowest, scores[i] + low[i])
    return highest, lowest


@comparing_helper
def find_gains(highest, scores, low, row, gains):
    """Write what a step with each sample would gain (Fan et al. 2005, eq. 10), and return the most."""
    most = 0.0
    for i in range(len(scores)):
        violation = max(highest - (scores[i] + low[i]), 0.0)
        gain = violation * violation / max(2.0 - 2.0 * row[i], LEAST_CURVATURE)
        gains[i] = gain
        most = max(most, gain)
    return most


@comparing_helper
def follow_move(move, row_up, row_down, scores):
    """Bring the scores up to date after a step."""
    for i in range(len(scores)):
        scores[i] -= move * (row_up[i] - row_down[i])
