"""Sums of samples with a coefficient for each, most of which are 0: the samples beyond the margin."""

import numpy as np

from classicvis.kernels._jit import helper, kernel, summing_helper
from classicvis.kernels.svm._some_samples import add_some

BLOCK = 512  # samples whose coefficients are listed at a time
TILE = 512  # features that stay in the cache while all binary problems use them


@kernel
def add_combinations(X, samples, coefficients, sums):
    """Add sums of samples to `sums`; those of 512 samples are added up in the precision of the coefficients.

    Up to half of the coefficients, this takes less time than a matrix product: a third where a tenth is used.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Samples.
    samples : ndarray of shape (n_used,), intp
        Which of them are added.
    coefficients : ndarray of shape (n_machines, n_used)
        Their coefficients.
    sums : ndarray of shape (n_machines, n_features + 1)
        The sums are added to it, but to its last column.
    """
    n_features = X.shape[1]
    n_machines, n_used = coefficients.shape
    most = n_machines * min(BLOCK, n_used)
    rows, factors, ends = np.empty(most, np.intp), np.empty(most, coefficients.dtype), np.empty(n_machines, np.intp)
    for first in range(0, n_used, BLOCK):
        list_used(samples, coefficients, first, min(first + BLOCK, n_used), rows, factors, ends)
        for tile in range(0, n_features, TILE):
            add_tile(X, tile, min(tile + TILE, n_features), rows, factors, ends, sums)


@helper
def list_used(samples, coefficients, first, last, rows, factors, ends):
    """List the coefficients of some samples that are not 0, one binary problem after the other."""
    count = 0
    for c in range(coefficients.shape[0]):
        for i in range(first, last):
            if coefficients[c, i] != 0:
                rows[count] = samples[i]
                factors[count] = coefficients[c, i]
                count += 1
        ends[c] = count


@helper
def add_tile(X, first, last, rows, factors, ends, sums):
    """Add the sums of listed samples, in some features."""
    scratch = np.empty(last - first, factors.dtype)
    begin = 0
    for c in range(len(ends)):
        for j in range(len(scratch)):
            scratch[j] = 0
        add_some(X, rows[begin : ends[c]], factors[begin : ends[c]], first, last, scratch)
        add(scratch, sums[c, first:last])
        begin = ends[c]


@summing_helper
def add(values, sums):
    for j in range(len(sums)):
        sums[j] += values[j]
