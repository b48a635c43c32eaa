"""X as it travels to another process: arrays as files to be mapped into memory, anything else pickled."""

import os

import cloudpickle
import numpy as np


def take_rows(X, rows):
    """Return some rows of X.

    Parameters
    ----------
    X : ndarray, list, Series or DataFrame of shape (n, ...)
        Images, flat rows or files.
    rows : ndarray of shape (m,), dtype int, or slice, or None
        Which rows; None means all.

    Returns
    -------
    part : ndarray, list, Series or DataFrame of shape (m, ...)
        Of the same kind as X. What is taken from a mapped file by indices, or whole, is in memory.
    """
    if rows is None:
        return np.array(X) if isinstance(X, np.memmap) else X
    if isinstance(X, np.ndarray):
        return np.asarray(X[rows])
    if isinstance(X, list):
        return X[rows] if isinstance(rows, slice) else [X[row] for row in rows]
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def save_data(X, folder, name):
    """Write X into a folder, so that `load_data` finds it there.

    Parameters
    ----------
    X : ndarray, list, Series or DataFrame
        Anything that can be pickled.
    folder : str
        An existing folder.
    name : str
        What to call it.
    """
    if isinstance(X, np.ndarray) and not X.dtype.hasobject:
        np.save(os.path.join(folder, f"{name}.npy"), X)
    else:
        with open(os.path.join(folder, f"{name}.pickle"), "wb") as file:
            cloudpickle.dump(X, file, protocol=5)


def load_data(folder, name):
    """Return what `save_data` wrote; an array is mapped, not read.

    Parameters
    ----------
    folder : str
        The folder.
    name : str
        The name.

    Returns
    -------
    X : ndarray, list, Series or DataFrame
        What was written.
    """
    array_file = os.path.join(folder, f"{name}.npy")
    if os.path.exists(array_file):
        return np.load(array_file, mmap_mode="r")
    with open(os.path.join(folder, f"{name}.pickle"), "rb") as file:
        return cloudpickle.load(file)
