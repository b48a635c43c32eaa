"""Gaussian smoothing of images, whose borders are repeated: rows first, then columns, as VLFeat does it."""

import numpy as np

from classicvis.kernels._jit import helper, kernel


@kernel
def smooth_batch(images, weights, out):
    """Fill `out` with images that are smoothed by the same weights along both axes.

    Parameters
    ----------
    images : float32 array of shape (n, h, w)
        The images.
    weights : float32 array of shape (2 * reach + 1,)
        Symmetric, adding up to 1.
    out : float32 array of shape (n, h, w)
        The result.
    """
    n_images, n_rows, n_columns = images.shape
    reach = weights.size // 2
    line = np.zeros(n_columns + 2 * reach, np.float32)
    for i in range(n_images):
        image = images[i]
        for row in range(n_rows):
            middle = line[reach : reach + n_columns]
            clear(middle)
            for k in range(weights.size):
                add_weighted(image[min(max(row + k - reach, 0), n_rows - 1)], weights[k], middle)
            for k in range(reach):
                line[k] = line[reach]
                line[reach + n_columns + k] = line[reach + n_columns - 1]
            smoothed = out[i, row]
            clear(smoothed)
            for k in range(weights.size):
                add_weighted(line[k : k + n_columns], weights[k], smoothed)


@helper
def clear(values):
    for i in range(values.size):
        values[i] = 0


@helper
def add_weighted(values, weight, target):
    for i in range(target.size):
        target[i] += weight * values[i]
