"""OpenMP in forked processes, where its pool of threads is gone and one thread has to do."""

import os
from contextlib import nullcontext

from threadpoolctl import threadpool_limits

_state = {"is_forked": False}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _state.update(is_forked=True))


def openmp_after_fork():
    """Return a context in which OpenMP uses one thread if this process was forked, and as many as it likes otherwise.

    scikit-learn's k-means hangs in a forked child whose parent has run it before: GNU's OpenMP waits for threads that
    the child does not have. One thread needs no pool.
    """
    return threadpool_limits(1, "openmp") if _state["is_forked"] else nullcontext()
