"""Occlusion maps in plain loops: one image, one patch and one pixel at a time."""

import numpy as np


def occlusion_map(score, image, patch, stride, filling):
    """Return the map of one image, of shape (n_rows, n_columns).

    `score` takes one image of shape (n_rows, n_columns, n_channels) and returns a number.
    """
    n_rows, n_columns, _ = image.shape
    covering = [[[] for _ in range(n_columns)] for _ in range(n_rows)]
    for top in places(n_rows, patch[0], stride[0]):
        for left in places(n_columns, patch[1], stride[1]):
            hidden = image.copy()
            hidden[top : top + patch[0], left : left + patch[1]] = filling
            drop = score(image) - score(hidden)
            for row in range(top, top + patch[0]):
                for column in range(left, left + patch[1]):
                    covering[row][column].append(drop)
    return np.array([[np.mean(drops) for drops in row] for row in covering])


def places(size, patch, stride):
    found, start = [], 0
    while start + patch < size:
        found.append(start)
        start += stride
    return [*found, size - patch]
