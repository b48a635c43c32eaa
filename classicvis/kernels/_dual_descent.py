"""Dual coordinate descent for several machines, within a block of samples whose products with one another are known."""

from ._jit import kernel


@kernel
def descend_one_vs_rest(gram, decisions, signs, costs, diagonal, alphas, n_passes, changes):
    """Pass over the samples of a block, for each machine (Hsieh et al., ICML 2008, algorithm 1).

    Parameters
    ----------
    gram : ndarray of shape (n, n)
        Products of the samples, with the intercept's share.
    decisions : ndarray of shape (n_machines, n)
        Values of the decision functions; kept up to date.
    signs : ndarray of shape (n_machines, n)
        1 for the samples of a machine's class, -1 for the rest.
    costs : ndarray of shape (n_machines, n)
        What a unit of loss costs; 0 leaves a sample out.
    diagonal : float
        0 for the hinge loss; for the squared hinge 0.5, to be divided by the costs.
    alphas : ndarray of shape (n_machines, n)
        Dual variables, at least 0; with the hinge loss at most `costs`. Updated.
    n_passes : int
        Most passes over the samples.
    changes : ndarray of shape (n_machines, n)
        Gets what was added to the products of sign and dual variable.
    """
    n_machines, n = decisions.shape
    for c in range(n_machines):
        decision, sign, cost, alpha, change = decisions[c], signs[c], costs[c], alphas[c], changes[c]
        for j in range(n):
            change[j] = 0
        for _ in range(n_passes):
            has_moved = False
            for i in range(n):
                if cost[i] > 0:
                    ridge = diagonal / cost[i]
                    slope = sign[i] * decision[i] - 1 + ridge * alpha[i]
                    square = gram[i, i] + ridge
                    value = max(alpha[i] - slope / square, 0) if square > 0 else cost[i]
                    if diagonal == 0:
                        value = min(value, cost[i])
                    value = gram.dtype.type(value)
                    if value != alpha[i]:
                        step = sign[i] * (value - alpha[i])
                        alpha[i] = value
                        change[i] += step
                        row = gram[i]
                        for j in range(n):
                            decision[j] += step * row[j]
                        has_moved = True
            if not has_moved:
                break
