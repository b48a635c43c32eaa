"""Posteriors of descriptors under a Gaussian mixture, and the sums of the Fisher vector.

Matrix products, made before, give the log densities. A row of them becomes posteriors while it is in the cache, by an
exponential that LLVM vectorises, and those that matter are listed, since usually they are few. The sums over the list
go component by component and four descriptors at a time, which saves most of the reading and writing. They are sums
of differences to the mean, so that no large numbers cancel.
"""

import math

import numpy as np

from ._jit import helper, kernel, summing_helper

SMALLEST = 1e-6  # posteriors below this count as zero, as in VLFeat
LOWEST = -80.0  # exponents below this count as this: e^-80 is 2e-35, still a normal number of float32


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
def find_posteriors(scores, constants, starts, components, posteriors):
    """Turn log densities into posteriors, and list the posteriors of at least 1e-6.

    Parameters
    ----------
    scores : ndarray of shape (n, n_components), float32
        Log densities less `constants`, each row up to a constant of its own. Becomes the posteriors.
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
    bits = np.empty(n_components, np.int32)
    powers = bits.view(np.float32)
    maxima = np.empty(n_components, np.float32)
    count = 0
    log_likelihood = 0.0
    starts[0] = 0
    for i in range(n):
        row = scores[i]
        for k in range(n_components):
            row[k] += constants[k]
        peak = largest(row, maxima)
        exponentiate(row, peak, bits, powers)
        total = sum_of(row)
        log_likelihood += peak + math.log(total)
        scale = np.float32(1) / total
        for k in range(n_components):
            row[k] *= scale
        for k in range(n_components):  # without a branch: an entry that does not count is written over
            components[count] = k
            posteriors[count] = row[k]
            count += row[k] >= np.float32(SMALLEST)
        starts[i + 1] = count
    return log_likelihood


@kernel
def accumulate_gradients(descriptors, means, scales, starts, components, posteriors, targets, sums):
    """Add up the gradients of the log likelihood along means and deviations (Perronnin et al. 2010, section 2.2).

    Parameters
    ----------
    descriptors, means, scales : ndarrays
        As in `score_by_differences`.
    starts, components, posteriors : ndarrays
        From `find_posteriors`.
    targets : ndarray of shape (n_levels, n), intp
        The rows of `sums` that a descriptor counts in: one for each level of a spatial pyramid.
    sums : ndarray of shape (n_rows, 2, n_components, n_dims), float32
        The sums of p·z and of p·(z² - 1) are added to it, where z is how many deviations the descriptor lies off
        the mean, and p its posterior.
    """
    n_entries = starts[descriptors.shape[0]]
    ends = np.zeros(means.shape[0], np.intp)
    rows = np.empty(n_entries, np.intp)
    p = np.empty(n_entries, np.float32)
    sort_by_component(starts, components, posteriors, ends, rows, p)
    for level in range(targets.shape[0]):
        target = targets[level]
        j = 0
        for k in range(means.shape[0]):
            mean, scale = means[k], scales[k]
            while j < ends[k]:
                row = target[rows[j]]
                along_mean, along_deviation = sums[row, 0, k], sums[row, 1, k]
                if j + 4 <= ends[k] and row == target[rows[j + 1]] == target[rows[j + 2]] == target[rows[j + 3]]:
                    x0, x1 = descriptors[rows[j]], descriptors[rows[j + 1]]
                    x2, x3 = descriptors[rows[j + 2]], descriptors[rows[j + 3]]
                    add_four(x0, x1, x2, x3, p[j : j + 4], mean, scale, along_mean, along_deviation)
                    j += 4
                else:
                    add_one(descriptors[rows[j]], p[j], mean, scale, along_mean, along_deviation)
                    j += 1


@summing_helper
def add_four(x0, x1, x2, x3, posteriors, mean, scale, along_mean, along_deviation):
    p0, p1, p2, p3 = posteriors[0], posteriors[1], posteriors[2], posteriors[3]
    for i in range(mean.size):
        z0, z1 = (x0[i] - mean[i]) * scale[i], (x1[i] - mean[i]) * scale[i]
        z2, z3 = (x2[i] - mean[i]) * scale[i], (x3[i] - mean[i]) * scale[i]
        u0, u1, u2, u3 = p0 * z0, p1 * z1, p2 * z2, p3 * z3
        along_mean[i] += (u0 + u1) + (u2 + u3)
        along_deviation[i] += (u0 * z0 - p0) + (u1 * z1 - p1) + (u2 * z2 - p2) + (u3 * z3 - p3)


@summing_helper
def add_one(x, p, mean, scale, along_mean, along_deviation):
    for i in range(mean.size):
        z = (x[i] - mean[i]) * scale[i]
        u = p * z
        along_mean[i] += u
        along_deviation[i] += u * z - p


@helper
def sort_by_component(starts, components, posteriors, ends, rows, sorted_posteriors):
    """Order the entries by component and, within one, by descriptor; `ends` gets where those of a component end."""
    n_entries = rows.size
    for j in range(n_entries):
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


@helper
def largest(values, maxima):
    """Return the largest value, by halving, which LLVM vectorises; `maxima` is scratch."""
    n = (values.size + 1) // 2
    for i in range(values.size - n):
        maxima[i] = values[i] if values[i] > values[n + i] else values[n + i]
    if values.size < 2 * n:
        maxima[n - 1] = values[n - 1]
    while n > 8:
        half = n // 2
        for i in range(half):
            maxima[i] = maxima[i] if maxima[i] > maxima[n - half + i] else maxima[n - half + i]
        n -= half
    peak = maxima[0]
    for i in range(1, n):
        peak = max(peak, maxima[i])
    return peak


@summing_helper
def squared_distance(descriptor, mean, scale):
    total = np.float32(0)
    for i in range(descriptor.size):
        z = (descriptor[i] - mean[i]) * scale[i]
        total += z * z
    return total


@summing_helper
def sum_of(values):
    total = np.float32(0)
    for i in range(values.size):
        total += values[i]
    return total


@summing_helper
def exponentiate(values, peak, bits, powers):
    """Replace each value by e^(value - peak), as a power of two times a Taylor polynomial on [-ln 2 / 2, ln 2 / 2].

    `powers` is `bits` read as float32, so that an exponent's bits are the power of two.
    """
    for i in range(values.size):
        x = max(values[i] - peak, np.float32(LOWEST))
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
