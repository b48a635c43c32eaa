"""Spreading a function of a batch of images over threads."""

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs


def fill_in_batches(fill, images, out, *, batch_size, n_jobs):
    """Let ``fill(images, out)`` write one row of `out` for each image, batch by batch.

    Parameters
    ----------
    fill : callable
        Takes images, and the rows to write.
    images : ndarray of length n
        What is cut into batches.
    out : ndarray of shape (n, ...)
        Where the results go, in order.
    batch_size : int
        Images in a batch.
    n_jobs : int or None
        As joblib has it. On one machine the batches run in threads; inside `joblib.parallel_config` they go where
        that says.
    """
    if len(images) <= batch_size or effective_n_jobs(n_jobs) == 1:
        fill(images, out)
        return
    slices = [slice(start, start + batch_size) for start in range(0, len(images), batch_size)]
    parts = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(_fill_new)(fill, images[rows], out.shape[1:], out.dtype) for rows in slices
    )
    for rows, part in zip(slices, parts, strict=True):
        out[rows] = part


def map_slices(function, images, slices, *, n_jobs):
    """Yield ``function(images[rows])`` for each slice of images, in order.

    Parameters
    ----------
    function : callable
        Takes images.
    images : sequence or ndarray of length n
        What is cut.
    slices : list of slice
        Where to cut.
    n_jobs : int or None
        As in `fill_in_batches`.

    Yields
    ------
    result : object
        What the function returned.
    """
    if len(slices) == 1 or effective_n_jobs(n_jobs) == 1:
        yield from (function(images[rows]) for rows in slices)
        return
    yield from Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(function)(images[rows]) for rows in slices
    )


def _fill_new(fill, images, shape, dtype):
    """Return the rows of a batch in an array of their own, which may come from another process."""
    out = np.empty((len(images), *shape), dtype)
    fill(images, out)
    return out
