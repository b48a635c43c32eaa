"""Maps of additive kernels: what they have in common is one feature at a time, its sign, and blocks of rows."""

import numpy as np

BLOCK = 512  # rows that are mapped at a time


def fill_blocks(X, n_parts, write):
    """Map rows in blocks, and give what stems from negative features a minus sign (Vedaldi and Zisserman 2012).

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Features.
    n_parts : int
        How many values a feature is mapped to.
    write : callable
        ``write(magnitudes, out)`` fills `out`, of shape (rows, n_parts, d), from the features' magnitudes (rows, d).

    Returns
    -------
    mapped : ndarray of shape (n, n_parts * d), float32
        The parts, side by side.
    """
    mapped = np.empty((len(X), n_parts, X.shape[1]), np.float32)
    for first in range(0, len(X), BLOCK):
        block = X[first : first + BLOCK].astype(np.float32, copy=False)
        out = mapped[first : first + BLOCK]
        write(np.abs(block), out)
        if (block < 0).any():
            out *= np.sign(block)[:, np.newaxis]
    return mapped.reshape(len(X), -1)
