"""Posteriors of descriptors under a Gaussian mixture, and the sums that the Fisher vector is made of.

Matrix products, made before, give the log densities. The few that matter in a row are listed without a branch, and all
that are listed become posteriors at once, by an exponential that LLVM vectorises. The sums over the list go component
by component and four descriptors at a time, which saves most of the reading and writing. They are sums of differences
to the mean, so that no large numbers cancel.
"""

import math

import numpy as np

from ._jit import helper, inlined_helper, kernel, summing_helper

SMALLEST = 1e-6  # posteriors below this count as zero, as in VLFeat
LARGEST_PRODUCT = 1e200  # a sum is at most the number of components, so that the next product is finite too
REACH = -math.log(SMALLEST)  # log densities so far below the largest need no look


@kernel
def score_by_differences(descriptors, means, scales, components, scores):
    """Write the log densities, less what depends on the component alone, of components whose products lose digits.

    Parameters
    ----------
    descriptors : ndarray of shape (n, n_dims), float32
        Descriptors.
    means, scales : ndarrays of shape (n_components, n_dims), float32
        Means, and one over the standard deviations.
    components : ndarray of shape (n_careful,), intp
        Which components.
    scores : ndarray of shape (n, n_components), float32
        Gets the log densities, in the columns of these components.
    """
    for i in range(descriptors.shape[0]):
        for k in components:
            scores[i, k] = np.float32(-0.5) * squared_distance(descriptors[i], means[k], scales[k])


@kernel
def find_posteriors(scores, further_scores, constants, starts, components, posteriors):
    """List the posteriors of each descriptor; those below 1e-6 are left out, or listed as zero.

    Parameters
    ----------
    scores, further_scores : ndarrays of shape (n, n_components), float32
        Their sum is the log densities, less `constants` and each row up to a constant of its own. `scores` is
        written over.
    constants : ndarray of shape (n_components,), float32
        What is added to each row.
    starts : ndarray of shape (n + 1,), intp
        Gets where the entries of a descriptor begin in the list; its last value is the number of entries.
    components : ndarray of shape (n * n_components + 1,), int32
        Gets the component of each entry.
    posteriors : ndarray of shape (n * n_components + 1,), float32
        Gets the posterior of each entry.

    Returns
    -------
    log_likelihood : float
        Sum over the rows of the logarithms of the densities.
    """
    n, n_components = scores.shape
    log_likelihood = 0.0
    count = 0
    starts[0] = 0
    for i in range(n):
        row, further = scores[i], further_scores[i]
        for k in range(n_components):
            row[k] += further[k] + constants[k]
        peak = largest(row)
        log_likelihood += peak
        for k in range(n_components):  # an entry that does not count is written over by the next
            components[count] = k
            posteriors[count] = row[k] - peak
            count += row[k] - peak >= np.float32(-REACH)
        starts[i + 1] = count
    exponentiate(posteriors[:count])
    product = 1.0  # of the sums: one logarithm does for many
    for i in range(n):
        total = np.float32(0)
        for j in range(starts[i], starts[i + 1]):
            total += posteriors[j]
        product *= total
        if product > LARGEST_PRODUCT:
            log_likelihood += math.log(product)
            product = 1.0
        share = np.float32(1) / total
        for j in range(starts[i], starts[i + 1]):
            posterior = posteriors[j] * share
            posteriors[j] = posterior if posterior >= np.float32(SMALLEST) else np.float32(0)
    return log_likelihood + math.log(product)


@kernel
def accumulate_moments(descriptors, means, starts, components, posteriors, targets, masses, sums):
    """Add up the posteriors p, p·t and p·t², where t is a descriptor's difference to the mean of a component.

    Parameters
    ----------
    descriptors, means : ndarrays
        As in `score_by_differences`.
    starts, components, posteriors : ndarrays
        From `find_posteriors`.
    targets : ndarray of shape (n_levels, n), intp
        The rows of `sums` that a descriptor counts in: one for each level of a spatial pyramid.
    masses : ndarray of shape (n_rows, n_components), float32
        The sums of p are added to it.
    sums : ndarray of shape (n_rows, 2, n_components, n_dims), float32
        The sums of p·t and of p·t² are added to it.
    """
    n_entries = starts[descriptors.shape[0]]
    ends = np.zeros(means.shape[0], np.intp)
    rows = np.empty(n_entries, np.intp)
    p = np.empty(n_entries, np.float32)
    sort_by_component(starts, components, posteriors, ends, rows, p)
    scratch = np.empty(2 * means.shape[1], np.float32)
    for level in range(targets.shape[0]):
        target = targets[level]
        j = 0
        for k in range(means.shape[0]):
            while j < ends[k]:
                row, last = target[rows[j]], j + 1
                while last < ends[k] and target[rows[last]] == row:
                    last += 1
                masses[row, k] += sum_of(p[j:last])
                sum_moments(descriptors, rows[j:last], p[j:last], means[k], scratch)
                add(scratch[: means.shape[1]], sums[row, 0, k])
                add(scratch[means.shape[1] :], sums[row, 1, k])
                j = last


@helper
def sum_moments(descriptors, rows, posteriors, mean, scratch):
    """Sum p·t and p·t² of some descriptors into the two halves of `scratch`, which stay in the cache."""
    n_dims = mean.size
    for i in range(scratch.size):
        scratch[i] = 0
    whole = rows.size - rows.size % 4
    for j in range(0, whole, 4):
        x0, x1, x2, x3 = (
            descriptors[rows[j]],
            descriptors[rows[j + 1]],
            descriptors[rows[j + 2]],
            descriptors[rows[j + 3]],
        )
        add_four(x0, x1, x2, x3, posteriors[j : j + 4], mean, scratch)
    for j in range(whole, rows.size):
        x, p = descriptors[rows[j]], posteriors[j]
        for i in range(n_dims):
            t = x[i] - mean[i]
            scratch[i] += p * t
            scratch[n_dims + i] += p * t * t


@summing_helper
def add_four(x0, x1, x2, x3, posteriors, mean, scratch):
    p0, p1, p2, p3 = posteriors[0], posteriors[1], posteriors[2], posteriors[3]
    n_dims = mean.size
    for i in range(n_dims):
        t0, t1, t2, t3 = x0[i] - mean[i], x1[i] - mean[i], x2[i] - mean[i], x3[i] - mean[i]
        scratch[i] += (p0 * t0 + p1 * t1) + (p2 * t2 + p3 * t3)
        scratch[n_dims + i] += (p0 * t0 * t0 + p1 * t1 * t1) + (p2 * t2 * t2 + p3 * t3 * t3)


@inlined_helper
def add(values, target):
    for i in range(target.size):
        target[i] += values[i]


@summing_helper
def sum_of(values):
    total = np.float32(0)
    for i in range(values.size):
        total += values[i]
    return total


@helper
def sort_by_component(starts, components, posteriors, ends, rows, sorted_posteriors):
    """Order the entries by component and, within one, by descriptor; `ends` gets where those of a component end."""
    for j in range(rows.size):
        if components[j] + 1 < ends.size:
            ends[components[j] + 1] += 1
    for k in range(1, ends.size):
        ends[k] += ends[k - 1]
    for i in range(starts.size - 1):
        for j in range(starts[i], starts[i + 1]):
            place = ends[components[j]]
            rows[place] = i
            sorted_posteriors[place] = posteriors[j]
            ends[components[j]] += 1


@inlined_helper
def largest(values):
    """Return the largest value, by eight comparisons that need not wait for one another."""
    n = values.size - values.size % 8
    a = b = c = d = e = f = g = h = values[0]
    for i in range(0, n, 8):
        a = values[i] if values[i] > a else a
        b = values[i + 1] if values[i + 1] > b else b
        c = values[i + 2] if values[i + 2] > c else c
        d = values[i + 3] if values[i + 3] > d else d
        e = values[i + 4] if values[i + 4] > e else e
        f = values[i + 5] if values[i + 5] > f else f
        g = values[i + 6] if values[i + 6] > g else g
        h = values[i + 7] if values[i + 7] > h else h
    for i in range(n, values.size):
        a = values[i] if values[i] > a else a
    return max(max(max(a, b), max(c, d)), max(max(e, f), max(g, h)))


@summing_helper
def squared_distance(descriptor, mean, scale):
    total = np.float32(0)
    for i in range(descriptor.size):
        z = (descriptor[i] - mean[i]) * scale[i]
        total += z * z
    return total


@summing_helper
def exponentiate(values):
    """Replace values of -`REACH` to 0 by e^value: a power of two times a Taylor polynomial on ±ln 2 / 2."""
    bits = np.empty(values.size, np.int32)
    powers = bits.view(np.float32)  # so that an exponent's bits are the power of two
    for i in range(values.size):
        x = values[i]
        exponent = np.int32(x * np.float32(1 / math.log(2)) - np.float32(0.5))  # to the nearest, since x <= 0
        bits[i] = (exponent + np.int32(127)) << np.int32(23)
        y = x - np.float32(exponent) * np.float32(math.log(2))
        e = np.float32(1 / 5040) * y + np.float32(1 / 720)
        e = e * y + np.float32(1 / 120)
        e = e * y + np.float32(1 / 24)
        e = e * y + np.float32(1 / 6)
        e = e * y + np.float32(1 / 2)
        e = e * y + np.float32(1)
        values[i] = e * y + np.float32(1)
    for i in range(values.size):
        values[i] *= powers[i]
