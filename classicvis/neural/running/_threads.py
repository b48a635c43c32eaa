"""How many threads a network may use."""

import os

import joblib


def count_threads(n_threads):
    """Return how many threads to use.

    Parameters
    ----------
    n_threads : int or None
        Taken as it is. None: one a physical core that this process may use, and no more than
        `OMP_NUM_THREADS` says, which joblib sets in its workers.

    Returns
    -------
    n_threads : int
        At least 1.
    """
    if n_threads is not None:
        return int(n_threads)
    n_cores = joblib.cpu_count(only_physical_cores=True)
    limit = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(n_cores, int(limit)) if limit.isdigit() and int(limit) > 0 else n_cores
