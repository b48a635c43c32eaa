"""Dual coordinate descent for several binary problems, over blocks of samples with known products."""

import numpy as np

from classicvis.kernels._jit import helper, kernel, summing_helper
from classicvis.kernels.svm._some_samples import EIGHT, add_some, multiply_eight, take_eight


@kernel
def descend_one_vs_rest(gram, decisions, signs, costs, diagonal, alphas, n_passes, changes):
    """Pass over the samples of a block, for each binary problem (Hsieh et al., ICML 2008, algorithm 1).

    Parameters
    ----------
    gram : ndarray of shape (at least n, at least n)
        Products of the samples, with the intercept's share.
    decisions : ndarray of shape (n_machines, n)
        Values of the decision functions; kept up to date.
    signs : ndarray of shape (n_machines, n)
        1 for the samples of a binary problem's class, -1 for the rest.
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


@kernel
def pass_over_blocks(X, bias, n_blocks, order, grams, signs, costs, diagonal, n_passes, alphas, weights):
    """Descend on block after block; for few binary problems, this is not slower than products by BLAS.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples. Every `n_blocks`-th of them, from the i-th on, is in block i.
    bias : float
        A last feature of all samples: 1 with an intercept, else 0.
    n_blocks : int
        Number of blocks.
    order : ndarray of shape (n_steps,), int
        Blocks, in the order in which they are passed over.
    grams : ndarray of shape (n_blocks, n, n)
        Products of the samples of each block, with the intercept's share.
    signs, costs : ndarrays of shape (n_machines, n_samples)
        As in `descend_one_vs_rest`, but for all samples.
    diagonal, n_passes : float and int
        As there.
    alphas : ndarray of shape (n_machines, n_samples)
        Dual variables of all samples. Updated.
    weights : ndarray of shape (n_machines, n_features + 1)
        Weights. Updated.
    """
    n_machines = len(weights)
    for block in order:
        n = (len(X) - block + n_blocks - 1) // n_blocks
        samples = np.empty(n, np.intp)
        for i in range(n):
            samples[i] = block + i * n_blocks
        decisions, changes = np.empty((n_machines, n), X.dtype), np.empty((n_machines, n), X.dtype)
        rows, coefficients = np.empty(n, np.intp), np.empty(n, X.dtype)
        decide(X, samples, bias, weights, decisions)
        block_signs, block_costs = gather(signs, samples), gather(costs, samples)
        block_alphas = gather(alphas, samples)
        descend_one_vs_rest(
            grams[block], decisions, block_signs, block_costs, diagonal, block_alphas, n_passes, changes
        )
        for c in range(n_machines):
            n_used = 0
            for i in range(n):
                alphas[c, samples[i]] = block_alphas[c, i]
                weights[c, -1] += bias * changes[c, i]
                rows[n_used], coefficients[n_used] = samples[i], changes[c, i]
                n_used += changes[c, i] != 0  # what does not count is written over by the next
            add_some(X, rows[:n_used], coefficients[:n_used], 0, X.shape[1], weights[c, : X.shape[1]])


@helper
def gather(values, samples):
    """Return some columns of an array."""
    gathered = np.empty((len(values), len(samples)), values.dtype)
    for c in range(len(values)):
        for i in range(len(samples)):
            gathered[c, i] = values[c, samples[i]]
    return gathered


@helper
def decide(X, samples, bias, weights, decisions):
    """Fill in the values of decision functions, of shape (n_machines, n).

    Eight samples are multiplied with two binary problems at a time.
    """
    n_machines, n = decisions.shape
    n_features = X.shape[1]
    p, q = np.empty(EIGHT, X.dtype), np.empty(EIGHT, X.dtype)
    for t in range(0, n, EIGHT):
        eight = take_eight(X, samples, t, 0, n_features)
        for c in range(0, n_machines - 1, 2):
            multiply_two(eight, weights[c], weights[c + 1], p, q)
            for i in range(t, min(t + EIGHT, n)):
                decisions[c, i] = p[i - t] + bias * weights[c, -1]
                decisions[c + 1, i] = q[i - t] + bias * weights[c + 1, -1]
        if n_machines % 2 == 1:
            multiply_eight(eight, weights[-1, :n_features], p)
            for i in range(t, min(t + EIGHT, n)):
                decisions[-1, i] = p[i - t] + bias * weights[-1, -1]


@summing_helper
def multiply_two(samples, v, w, p, q):
    x0, x1, x2, x3, x4, x5, x6, x7 = samples
    zero = v.dtype.type(0)
    s0, s1, s2, s3, s4, s5, s6, s7 = zero, zero, zero, zero, zero, zero, zero, zero
    t0, t1, t2, t3, t4, t5, t6, t7 = zero, zero, zero, zero, zero, zero, zero, zero
    for j in range(len(x0)):
        a, b = v[j], w[j]
        s0, t0 = s0 + a * x0[j], t0 + b * x0[j]
        s1, t1 = s1 + a * x1[j], t1 + b * x1[j]
        s2, t2 = s2 + a * x2[j], t2 + b * x2[j]
        s3, t3 = s3 + a * x3[j], t3 + b * x3[j]
        s4, t4 = s4 + a * x4[j], t4 + b * x4[j]
        s5, t5 = s5 + a * x5[j], t5 + b * x5[j]
        s6, t6 = s6 + a * x6[j], t6 + b * x6[j]
        s7, t7 = s7 + a * x7[j], t7 + b * x7[j]
    p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7] = s0, s1, s2, s3, s4, s5, s6, s7
    q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7] = t0, t1, t2, t3, t4, t5, t6, t7
