"""Spreading a function of a batch of images over threads, into one preallocated array."""

from joblib import Parallel, delayed, effective_n_jobs


def fill_in_batches(function, images, out, *, batch_size, n_jobs):
    """Write ``function(batch)`` for every batch of images into the rows of `out`.

    Parameters
    ----------
    function : callable
        Takes images and, optionally, where to write: ``function(images, out=None)``; returns the result.
    images : sequence or ndarray of length n
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
        function(images, out=out)
        return
    slices = [slice(start, start + batch_size) for start in range(0, len(images), batch_size)]
    for rows, result in zip(slices, map_slices(function, images, slices, n_jobs=n_jobs), strict=True):
        out[rows] = result


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
