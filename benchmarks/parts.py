"""Data sets that come in several files, as benchmarks read them."""

import numpy as np

NAMES = ("x_train", "y_train", "x_test", "y_test")


def load_parts(paths):
    """Return the four arrays of a data set whose pieces are in several files.

    Parameters
    ----------
    paths : list of str
        NumPy files (.npz) of arrays `x_train`, `y_train`, `x_test` and `y_test`, each of which may be missing in a
        file. Arrays of one name are put together in the order of the files.

    Returns
    -------
    arrays : list of ndarray
        `x_train`, `y_train`, `x_test` and `y_test`.

    Raises
    ------
    SystemExit
        One of them is in none of the files.
    """
    pieces = {name: [] for name in NAMES}
    for path in paths:
        with np.load(path) as part:
            for name in part.files:
                pieces[name].append(part[name])
    missing = [name for name, arrays in pieces.items() if not arrays]
    if missing:
        raise SystemExit(f"{', '.join(missing)} is in none of the {len(paths)} parts: give all parts of the data set.")
    return [np.concatenate(pieces[name]) for name in NAMES]
