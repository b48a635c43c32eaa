"""Gabor filters, slowly and plainly in float64: the twin that the fast filter bank is compared with.

Written beside Petkov and Kruizinga (1997) and the documented behaviour of scikit-image: a wave under a Gaussian,
sampled at whole pixels of a rectangle that reaches `n_stds` standard deviations along each axis of the turned filter.
"""

import math

import numpy as np


def width(frequency, bandwidth):
    """Return the standard deviation that gives a bandwidth in octaves."""
    return math.sqrt(math.log(2) / 2) / math.pi / frequency * (2**bandwidth + 1) / (2**bandwidth - 1)


def gabor_kernel(frequency, theta, sigma, n_stds):
    """Return the complex filter: an array of shape (2 * reach + 1, 2 * reach + 1)."""
    reach = math.ceil(max(n_stds * sigma * abs(math.cos(theta)), n_stds * sigma * abs(math.sin(theta)), 1))
    kernel = np.empty((2 * reach + 1, 2 * reach + 1), np.complex128)
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            along = x * math.cos(theta) + y * math.sin(theta)
            gaussian = math.exp(-(x * x + y * y) / (2 * sigma**2)) / (2 * math.pi * sigma**2)
            kernel[y + reach, x + reach] = gaussian * np.exp(2j * math.pi * frequency * along)
    return kernel


def seen_at(i, n, mode):
    """Return the pixel seen at position i of a line of n, or None where it is 0."""
    if 0 <= i < n:
        return i
    if mode == "constant":
        return None
    if mode == "nearest":
        return 0 if i < 0 else n - 1
    if mode == "wrap":
        return i % n
    if mode == "reflect":
        i %= 2 * n
        return min(i, 2 * n - 1 - i)
    i %= max(2 * n - 2, 1)
    return min(i, 2 * n - 2 - i)


def responses(image, kernel, mode):
    """Return the convolution of an image with a kernel, tap by tap."""
    image = np.asarray(image, np.float64)
    reach = len(kernel) // 2
    total = np.zeros(image.shape, np.complex128)
    for y in range(-reach, reach + 1):
        rows = [seen_at(row - y, image.shape[0], mode) for row in range(image.shape[0])]
        for x in range(-reach, reach + 1):
            columns = [seen_at(column - x, image.shape[1], mode) for column in range(image.shape[1])]
            inside = np.outer([row is not None for row in rows], [column is not None for column in columns])
            pixels = image[np.ix_([row or 0 for row in rows], [column or 0 for column in columns])]
            total += kernel[y + reach, x + reach] * np.where(inside, pixels, 0)
    return total


def pooled(magnitudes, grid, pooling):
    """Return the mean of each cell, and perhaps the standard deviation of each."""
    edges = [[k * size // n for k in range(n + 1)] for size, n in zip(magnitudes.shape, grid, strict=True)]
    cells = [
        magnitudes[edges[0][i] : edges[0][i + 1], edges[1][j] : edges[1][j + 1]]
        for i in range(grid[0])
        for j in range(grid[1])
    ]
    means, deviations = [cell.mean() for cell in cells], [cell.std() for cell in cells]
    return np.array(means + deviations if pooling == "mean_std" else means)


def features(
    image, frequencies, orientations, *, bandwidth=1.0, sigma=None, n_stds=3, mode="reflect", pooling="mean_std", grid
):
    """Return the features of a grey image."""
    result = []
    for frequency in frequencies:
        for k in range(orientations):
            deviation = width(frequency, bandwidth) if sigma is None else sigma
            kernel = gabor_kernel(frequency, math.pi * k / orientations, deviation, n_stds)
            result.append(pooled(np.abs(responses(image, kernel, mode)), grid, pooling))
    return np.concatenate(result)
