"""X as it travels to another process: arrays as files to be mapped into memory, anything else pickled."""

import os

import cloudpickle
import numpy as np

from classicvis.pixels import is_path, is_pil_image


def as_rows(X):
    """Return X as something that rows can be taken from.

    Parameters
    ----------
    X : array-like, list, Series or DataFrame of shape (n, ...)
        Images, flat rows or paths.

    Returns
    -------
    X : ndarray, list, Series or DataFrame of shape (n, ...)
        Arrays and data frames stay what they are, and so do lists of paths or of images; a tuple of those
        becomes a list, anything else an array.
    """
    if isinstance(X, np.ndarray) or hasattr(X, "to_numpy"):
        return X
    if isinstance(X, list | tuple) and len(X) > 0:
        first = X[0]
        if is_path(first) or is_pil_image(first) or isinstance(first, np.ndarray):
            return list(X)
    return np.asarray(X)


def take_rows(X, rows):
    """Return some rows of X.

    Parameters
    ----------
    X : ndarray, list, Series or DataFrame of shape (n, ...)
        As `as_rows` returns it.
    rows : ndarray of shape (m,), dtype int, or slice, or None
        Which rows; None stands for all.

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


def first_item(X):
    """Return the first row of X by itself: an image, a flat row or a path; the cell of a one-column frame."""
    item = take_rows(X, np.array([0]))
    if hasattr(item, "to_numpy"):
        item = item.to_numpy()
        item = item[:, 0] if item.ndim == 2 and item.shape[1] == 1 else item
    return item[0]


def holds_paths(X):
    """Say whether X consists of paths, judged by its first row."""
    return is_path(first_item(X))


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
