"""Encodings of sets of descriptors, slowly and plainly in float64: the twins that the fast ones are compared with.

Written beside the papers: Fisher vectors after Perronnin, Sánchez and Mensink (ECCV 2010, section 2.2), VLAD after
Jégou et al. (CVPR 2010, section 3), bags of words after Sivic and Zisserman (ICCV 2003) and van Gemert et al.
(PAMI 2010, eq. 10). The rules that the papers leave open: of equally near words the first is taken, and posteriors
below 1e-6 count as zero, as in VLFeat.
"""

import numpy as np

SMALLEST = 1e-6


def posteriors(descriptors, weights, means, covariances):
    """Return the posteriors (n, n_components) and the log densities (n,)."""
    descriptors, weights, means, covariances = as_float64(descriptors, weights, means, covariances)
    squares = ((descriptors[:, np.newaxis] - means) ** 2 / covariances).sum(axis=2)
    log_densities = np.log(weights) - 0.5 * (np.log(2 * np.pi * covariances).sum(axis=1) + squares)
    total = np.logaddexp.reduce(log_densities, axis=1)
    return np.exp(log_densities - total[:, np.newaxis]), total


def fisher_vector(descriptors, weights, means, covariances, power=0.5):
    """Return the encoding, of length 2 * n_components * n_dims: along the means, then along the deviations."""
    descriptors, weights, means, covariances = as_float64(descriptors, weights, means, covariances)
    if len(descriptors) == 0:
        return np.zeros(2 * means.size)
    p = posteriors(descriptors, weights, means, covariances)[0][:, :, np.newaxis]
    p = np.where(p >= SMALLEST, p, 0)
    z = (descriptors[:, np.newaxis] - means) / np.sqrt(covariances)
    along_means = (p * z).mean(axis=0) / np.sqrt(weights)[:, np.newaxis]
    along_deviations = (p * (z**2 - 1)).mean(axis=0) / np.sqrt(2 * weights)[:, np.newaxis]
    return unit(signed_power(np.concatenate([along_means.ravel(), along_deviations.ravel()]), power))


def em_step(descriptors, weights, means, covariances):
    """Return the mixture after one step of EM, and the mean log likelihood before it."""
    p, log_densities = posteriors(descriptors, weights, means, covariances)
    masses = p.sum(axis=0)
    moved = p.T @ descriptors / masses[:, np.newaxis]
    differences = descriptors[:, np.newaxis] - moved
    spread = (p[:, :, np.newaxis] * differences**2).sum(axis=0) / masses[:, np.newaxis]
    return (masses / len(descriptors), moved, spread), log_densities.mean()


def nearest_words(descriptors, words):
    """Return the nearest words (n,) and the squared distances to them."""
    descriptors, words = as_float64(descriptors, words)
    squares = ((descriptors[:, np.newaxis] - words) ** 2).sum(axis=2)
    return squares.argmin(axis=1), squares.min(axis=1)


def vlad(descriptors, words, power=0.5, intra_norm=True, residual_norm=False):
    """Return the encoding, of length n_words * n_dims."""
    descriptors, words = as_float64(descriptors, words)
    sums = np.zeros(words.shape)
    if len(descriptors) > 0:
        for descriptor, word in zip(descriptors, nearest_words(descriptors, words)[0], strict=True):
            residual = descriptor - words[word]
            sums[word] += unit(residual) if residual_norm else residual
    sums = signed_power(sums, power)
    if intra_norm:
        sums = np.stack([unit(row) for row in sums])
    return unit(sums.ravel())


def bag_of_words(descriptors, words, bandwidth=None, idf=None, power=0.5):
    """Return the histogram (n_words,): with a bandwidth soft, with idf weighted by it and without powers."""
    descriptors, words = as_float64(descriptors, words)
    shares = np.zeros(len(words))
    if len(descriptors) > 0 and bandwidth is None:
        shares = np.bincount(nearest_words(descriptors, words)[0], minlength=len(words)) / len(descriptors)
    elif len(descriptors) > 0:
        squares = ((descriptors[:, np.newaxis] - words) ** 2).sum(axis=2)
        kernel = np.exp(-(squares - squares.min(axis=1, keepdims=True)) / (2 * bandwidth**2))
        kernel /= kernel.sum(axis=1, keepdims=True)
        shares = np.where(kernel >= SMALLEST, kernel, 0).mean(axis=0)
    return unit(signed_power(shares, power) if idf is None else shares * idf)


def pyramid(encode, positions, descriptors, levels):
    """Return the encodings of all cells one after the other, as a whole of norm 1.

    `encode` takes the descriptors of a cell; a cell goes up to its edge, which belongs to the next one.
    """
    parts = []
    for n_rows, n_columns in levels:
        rows = np.minimum(np.floor(positions[:, 0] * n_rows), n_rows - 1)
        columns = np.minimum(np.floor(positions[:, 1] * n_columns), n_columns - 1)
        parts += [
            encode(descriptors[(rows == row) & (columns == column)])
            for row in range(n_rows)
            for column in range(n_columns)
        ]
    return unit(np.concatenate(parts))


def signed_power(values, power):
    return np.sign(values) * np.abs(values) ** power


def unit(values):
    """Return a vector divided by its norm; zeros stay zeros."""
    norm = np.sqrt((values**2).sum())
    return values / norm if norm > 0 else values


def as_float64(*arrays):
    return [np.asarray(array, np.float64) for array in arrays]
