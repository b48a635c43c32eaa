"""What happens to descriptors before they are encoded: fewer dimensions by PCA, and their positions appended."""

import numpy as np

BLOCK = 4096  # descriptors that are centred in float64 at a time


def find_principal_components(descriptors, n_components):
    """Find the directions of largest variance, from the covariance in float64.

    Parameters
    ----------
    descriptors : ndarray of shape (n, n_dims), float32
        Descriptors.
    n_components : int
        How many directions; at most `n_dims`.

    Returns
    -------
    mean : ndarray of shape (n_dims,), float32
        The mean.
    components : ndarray of shape (n_components, n_dims), float32
        Orthonormal rows; the largest entry of each is positive.
    """
    mean = descriptors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((len(mean), len(mean)))
    for first in range(0, len(descriptors), BLOCK):
        centred = descriptors[first : first + BLOCK] - mean
        covariance += centred.T @ centred
    components = np.linalg.eigh(covariance)[1].T[::-1][:n_components]
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, np.newaxis], axis=1)
    return mean.astype(np.float32), (components * np.sign(largest)).astype(np.float32)


def project(descriptors, mean, components):
    """Return the principal components of descriptors."""
    return (descriptors - mean) @ np.ascontiguousarray(components.T)


def find_position_scale(descriptors):
    """Return what positions are multiplied by: they then vary about as much as a dimension of the descriptors.

    Positions spread evenly over the image have a variance of 1/12.
    """
    return float(np.sqrt(12 * descriptors.var(axis=0, dtype=np.float64).mean())) or 1.0


def append_positions(descriptors, positions, scale):
    """Return descriptors with two more columns: row and column, from the image's centre (Sánchez et al. 2012)."""
    return np.concatenate([descriptors, (positions - np.float32(0.5)) * np.float32(scale)], axis=1)
