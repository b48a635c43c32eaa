"""Dual descent of the multi-class problem, within a block of samples whose products with one another are known."""

import numpy as np

from classicvis.kernels._jit import kernel


@kernel
def descend_crammer_singer(gram, decisions, codes, costs, alphas, n_passes, changes):
    """Pass over the samples of a block (Keerthi et al., KDD 2008, section 3; Fan et al., JMLR 2008, appendix E).

    Parameters
    ----------
    gram : ndarray of shape (n, n)
        Products of the samples, with the intercept's share.
    decisions : ndarray of shape (n_classes, n)
        Values of the decision functions; kept up to date.
    codes : ndarray of shape (n,), int
        The class of each sample.
    costs : ndarray of shape (n,)
        What a unit of loss costs; 0 leaves a sample out.
    alphas : ndarray of shape (n_classes, n)
        Dual variables: at most `costs` for a sample's own class and at most 0 for the others, in sum 0. Updated.
    n_passes : int
        Most passes over the samples.
    changes : ndarray of shape (n_classes, n)
        Gets what was added to the dual variables.
    """
    n_classes, n = decisions.shape
    targets, ordered = np.empty(n_classes, gram.dtype), np.empty(n_classes, gram.dtype)
    changes[:] = 0
    for _ in range(n_passes):
        has_moved = False
        for i in range(n):
            cost, own, square = costs[i], codes[i], gram[i, i]
            if cost > 0 and square > 0:
                for c in range(n_classes):
                    targets[c] = decisions[c, i] + (c != own) - square * alphas[c, i]
                ordered[:] = targets
                ordered[own] += square * cost
                ordered.sort()
                level = ordered[n_classes - 1] - square * cost
                count = 1
                while count < n_classes and level < count * ordered[n_classes - 1 - count]:
                    level += ordered[n_classes - 1 - count]
                    count += 1
                level /= count
                for c in range(n_classes):
                    value = gram.dtype.type(min((level - targets[c]) / square, cost if c == own else 0))
                    if value != alphas[c, i]:
                        step = value - alphas[c, i]
                        alphas[c, i] = value
                        changes[c, i] += step
                        decision, row = decisions[c], gram[i]
                        for j in range(n):
                            decision[j] += step * row[j]
                        has_moved = True
        if not has_moved:
            break
