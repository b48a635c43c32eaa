"""From what a network puts out for an image, a vector, a map or tokens, to one row."""

import math

import numpy as np

POOLINGS = ("auto", "mean", "max", "first", "flatten")


def pool_features(values, pooling="auto"):
    """Make one row of what a network puts out for each image.

    Parameters
    ----------
    values : ndarray of shape (n, d), (n, t, d), (n, d, h, w) or (n, h, h, d)
        Vectors, tokens, or maps. Channels of maps come first, unless the second and third axes alone are alike.
    pooling : {"auto", "mean", "max", "first", "flatten"}, default="auto"
        ``"mean"`` and ``"max"`` are over positions or tokens, ``"first"`` takes the first token, ``"flatten"`` all
        values. ``"auto"`` takes the mean, but the first token where the others are a square in number: it then
        stands for the class, as in vision transformers.

    Returns
    -------
    rows : ndarray of shape (n, d)
        Vectors stay what they are.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis.neural.graphs._pooling import pool_features
    >>> maps, tokens = np.zeros((2, 64, 7, 7)), np.zeros((2, 50, 32))
    >>> pool_features(maps).shape, pool_features(tokens).shape
    ((2, 64), (2, 32))
    """
    if values.ndim <= 2 or pooling == "flatten":
        return values.reshape(len(values), -1)
    positions = _positions_of(values)
    if pooling == "auto":
        pooling = "first" if _has_class_token(values) else "mean"
    if pooling == "first":
        return positions[:, 0]
    pooled = positions.max(axis=1) if pooling == "max" else positions.mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(pooled)


def _positions_of(values):
    """Return values as an array of shape (n, positions, channels)."""
    if values.ndim == 3:
        return values
    if values.ndim == 4 and values.shape[1] == values.shape[2] != values.shape[3]:
        return values.reshape(len(values), -1, values.shape[3])
    return np.moveaxis(values.reshape(*values.shape[:2], -1), 1, 2)


def _has_class_token(values):
    return values.ndim == 3 and values.shape[1] > 1 and math.isqrt(values.shape[1] - 1) ** 2 == values.shape[1] - 1
