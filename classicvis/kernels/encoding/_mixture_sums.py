"""Posteriors of descriptors under a Gaussian mixture, and the sums that the Fisher vector is made of.

Matrix products, made before, give the log densities, a row for each component, so that loops run over descriptors. The
few that matter are listed without a branch, and all that are listed become posteriors at once, by an exponential that
LLVM vectorises. The sums over the list take four descriptors at a time, which saves most of the reading and writing.
They are sums of differences to the mean, so that no large numbers cancel.
"""

import math

import numpy as np

from classicvis.kernels._jit import helper, inlined_helper, kernel, summing_helper

SMALLEST = 1e-6  # posteriors below this count as zero, as in VLFeat
REACH = -math.log(SMALLEST)  # log densities so far below the largest need no look


@kernel
def fill_powers(descriptors, powers):
    """Write squares and values with a row for each dimension, eight descriptors at a time: products want it so.

    Parameters
    ----------
    descriptors : ndarray of shape (n, n_dims), float32
        Descriptors.
    powers : ndarray of shape (2 * n_dims, n), float32
        Gets the squares, and below them the values.
    """
    n, n_dims = descriptors.shape
    squares, values = powers[:n_dims], powers[n_dims:]
    whole = n - n % 8
    for i in range(0, whole, 8):
        x0, x1, x2, x3 = descriptors[i], descriptors[i + 1], descriptors[i + 2], descriptors[i + 3]
        x4, x5, x6, x7 = descriptors[i + 4], descriptors[i + 5], descriptors[i + 6], descriptors[i + 7]
        for j in range(n_dims):
            row = values[j]
            row[i], row[i + 1], row[i + 2], row[i + 3] = x0[j], x1[j], x2[j], x3[j]
            row[i + 4], row[i + 5], row[i + 6], row[i + 7] = x4[j], x5[j], x6[j], x7[j]
    for i in range(whole, n):
        for j in range(n_dims):
            values[j, i] = descriptors[i, j]
    for j in range(n_dims):
        for i in range(n):
            squares[j, i] = values[j, i] * values[j, i]


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
    scores : ndarray of shape (n_components, n), float32
        Gets the log densities, in the rows of these components.
    """
    for k in components:
        for i in range(descriptors.shape[0]):
            scores[k, i] = np.float32(-0.5) * squared_distance(descriptors[i], means[k], scales[k])


@kernel
def find_posteriors(scores, constants, peaks, totals, ends, rows, posteriors):
    """List the posteriors, component by component; those below 1e-6 are left out, or listed as zero.

    Parameters
    ----------
    scores : ndarray of shape (n_components, n), float32
        Log densities less `constants`, each column up to a constant of its own. The constants are added to it.
    constants : ndarray of shape (n_components,), float32
        What is added to each row.
    peaks, totals : ndarrays of shape (n,), float32
        Get the largest log density of each descriptor, and the sum of the densities as shares of the largest.
    ends : ndarray of shape (n_components,), intp
        Gets where the entries of a component end in the list; its last value is the number of entries.
    rows : ndarray of shape (n * n_components + 1,), int32
        Gets the descriptor of each entry, in ascending order for each component.
    posteriors : ndarray of shape (n * n_components + 1,), float32
        Gets the posterior of each entry.
    """
    n_components, n = scores.shape
    peaks[:] = np.float32(-np.inf)
    for k in range(n_components):
        raise_peaks(constants[k], scores[k], peaks)
    count = 0
    for k in range(n_components):
        for i in range(n):  # an entry that does not count is written over by the next
            below = scores[k, i] - peaks[i]
            rows[count] = i
            posteriors[count] = below
            count += below >= np.float32(-REACH)
        ends[k] = count
    exponentiate(posteriors[:count])
    totals[:] = 0
    for j in range(count):
        totals[rows[j]] += posteriors[j]
    for j in range(count):
        posterior = posteriors[j] / totals[rows[j]]
        posteriors[j] = posterior if posterior >= np.float32(SMALLEST) else np.float32(0)


@kernel
def accumulate_moments(descriptors, means, ends, rows, posteriors, targets, masses, sums):
    """Add up the posteriors p, p·t and p·t², where t is a descriptor's difference to the mean of a component.

    Parameters
    ----------
    descriptors, means : ndarrays
        As in `score_by_differences`.
    ends, rows, posteriors : ndarrays
        From `find_posteriors`.
    targets : ndarray of shape (n_levels, n), intp
        The rows of `sums` that a descriptor counts in: one for each level of a spatial pyramid.
    masses : ndarray of shape (n_rows, n_components), float32
        The sums of p are added to it.
    sums : ndarray of shape (n_rows, 2, n_components, n_dims), float32
        The sums of p·t and of p·t² are added to it.
    """
    n_dims = means.shape[1]
    scratch = np.empty(2 * n_dims, np.float32)
    for level in range(targets.shape[0]):
        target = targets[level]
        j = 0
        for k in range(means.shape[0]):
            while j < ends[k]:
                row, last = target[rows[j]], j + 1
                while last < ends[k] and target[rows[last]] == row:
                    last += 1
                masses[row, k] += sum_of(posteriors[j:last])
                sum_moments(descriptors, rows[j:last], posteriors[j:last], means[k], scratch)
                add(scratch[:n_dims], sums[row, 0, k])
                add(scratch[n_dims:], sums[row, 1, k])
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


@inlined_helper
def raise_peaks(constant, scores, peaks):
    for i in range(scores.size):
        scores[i] += constant
        peaks[i] = scores[i] if scores[i] > peaks[i] else peaks[i]


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
