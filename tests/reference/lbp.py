"""Local binary patterns, slowly and plainly in float64: the twin that the fast kernel is compared with.

Written beside Ojala, Pietikäinen and Mäenpää (TPAMI 2002, equations 1 to 9) and the documented behaviour of
scikit-image. The rules that the paper leaves open: points begin on the right and go round anticlockwise; their
coordinates are rounded to 5 digits; the image is 0 beyond its border; interpolation is first between columns, then
between rows.
"""

import itertools
import math

import numpy as np


def pixel(image, row, column):
    inside = 0 <= row < image.shape[0] and 0 <= column < image.shape[1]
    return float(image[row, column]) if inside else 0.0


def interpolate(image, row, column):
    top, left, bottom, right = math.floor(row), math.floor(column), math.ceil(row), math.ceil(column)
    d_row, d_column = row - top, column - left
    above = (1 - d_column) * pixel(image, top, left) + d_column * pixel(image, top, right)
    below = (1 - d_column) * pixel(image, bottom, left) + d_column * pixel(image, bottom, right)
    return (1 - d_row) * above + d_row * below


def bits_of(image, row, column, n_points, radius):
    """Return a pixel's pattern, equation 4."""
    bits = []
    for k in range(n_points):
        angle = 2 * np.pi * k / n_points
        d_row, d_column = round(-radius * np.sin(angle), 5), round(radius * np.cos(angle), 5)
        bits.append(int(interpolate(image, row + d_row, column + d_column) >= float(image[row, column])))
    return bits


def number_of(bits):
    return sum(bit << k for k, bit in enumerate(bits))


def label_of(bits, method):
    """Return the label of a pattern."""
    n = len(bits)
    changes = sum(a != b for a, b in itertools.pairwise(bits))
    if method == "default":
        return number_of(bits)
    if method == "ror":
        return min(number_of(bits[k:] + bits[:k]) for k in range(n))
    if method == "uniform":
        return sum(bits) if changes <= 2 else n + 1
    if changes > 2:
        return n * (n - 1) + 2
    if sum(bits) in (0, n):
        return 0 if sum(bits) == 0 else n * (n - 1) + 1
    turns = next(k for k in range(n) if sorted(bits, reverse=True) == bits[n - k :] + bits[: n - k])
    return 1 + (sum(bits) - 1) * n + turns


def local_binary_pattern(image, n_points, radius, method):
    """Return the label of every pixel."""
    return np.array(
        [
            [label_of(bits_of(image, r, c, n_points, radius), method) for c in range(image.shape[1])]
            for r in range(image.shape[0])
        ]
    )


def histograms(image, n_points, radius, method, grid, norm):
    """Return the normalised histogram of each cell of a grey image, flat."""
    labels = local_binary_pattern(image, n_points, radius, method)
    every = {
        "uniform": range(n_points + 2),
        "nri_uniform": range(n_points * (n_points - 1) + 3),
        "default": range(2**n_points),
        "ror": sorted({label_of([code >> k & 1 for k in range(n_points)], "ror") for code in range(2**n_points)}),
    }[method]
    row_edges, column_edges = ([k * size // n for k in range(n + 1)] for size, n in zip(image.shape, grid, strict=True))
    result = []
    for i in range(grid[0]):
        for j in range(grid[1]):
            cell = labels[row_edges[i] : row_edges[i + 1], column_edges[j] : column_edges[j + 1]]
            counts = np.array([(cell == label).sum() for label in every], np.float64)
            share = counts / counts.sum()
            result.append({"L1": share, "L1-sqrt": np.sqrt(share), "L2": counts / np.linalg.norm(counts)}[norm])
    return np.concatenate(result)
