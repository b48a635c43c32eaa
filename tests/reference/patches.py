"""Codes of patches by a dictionary, slowly and plainly in float64: the twin that the fast way is compared with.

Written beside Coates, Lee and Ng (AISTATS 2011, section 3) and Coates and Ng (ICML 2011, section 3). The rules that
the papers leave open: cells are as alike in size as whole patches allow, and codes are averaged, not summed.
"""

import numpy as np


def patches_of(image, size, stride):
    """Return the patches of an image (rows, columns, channels), shape (rows, columns, values)."""
    rows = range(0, image.shape[0] - size + 1, stride)
    columns = range(0, image.shape[1] - size + 1, stride)
    return np.array([[image[r : r + size, c : c + size].ravel() for c in columns] for r in rows], np.float64)


def normalise(patch, contrast):
    """Equation of section 3.1.1."""
    return (patch - patch.mean()) / np.sqrt(patch.var() + contrast)


def zca(patches, epsilon):
    """Return the mean and the whitening matrix."""
    mean = patches.mean(axis=0)
    covariance = (patches - mean).T @ (patches - mean) / len(patches)
    u, values, _ = np.linalg.svd(covariance)
    return mean, u @ np.diag(1 / np.sqrt(values + epsilon)) @ u.T


def triangle(z, atoms):
    distances = np.array([np.sqrt(((z - atom) ** 2).sum()) for atom in atoms])
    return np.maximum(0, distances.mean() - distances)


def soft_threshold(z, atoms, threshold):
    products = np.array([z @ atom / np.sqrt((atom**2).sum()) for atom in atoms])
    return np.concatenate([np.maximum(0, products - threshold), np.maximum(0, -products - threshold)])


def encode(image, mean, whitening, atoms, *, size, stride, grid, contrast, encoder, threshold):
    """Return the mean code of each cell, flat."""
    patches = patches_of(image, size, stride)
    shape = patches.shape[:2]
    codes = np.empty(shape, object)
    for at in np.ndindex(shape):
        z = whitening @ (normalise(patches[at], contrast) - mean)
        codes[at] = triangle(z, atoms) if encoder == "triangle" else soft_threshold(z, atoms, threshold)
    row_edges, column_edges = ([k * n // m for k in range(m + 1)] for n, m in zip(shape, grid, strict=True))
    means = []
    for i in range(grid[0]):
        for j in range(grid[1]):
            cell = codes[row_edges[i] : row_edges[i + 1], column_edges[j] : column_edges[j + 1]]
            means.append(np.mean(list(cell.ravel()), axis=0))
    return np.concatenate(means)


def encode_with_mirror_image(image, *learned, **settings):
    """Return the mean of the codes of an image and of its mirror image."""
    return (encode(image, *learned, **settings) + encode(image[:, ::-1], *learned, **settings)) / 2
