"""What the benchmarks of speed have in common: contenders take turns on one thread, and a table says how they did."""

import time

import cv2
import numpy as np
from threadpoolctl import threadpool_limits


def best_nanoseconds(runs, n_rounds):
    """Return the best time of each contender, taking turns after a run that does not count.

    Parameters
    ----------
    runs : dict of str to (callable, int)
        What each contender does, and how many units (pixels, responses) that makes.
    n_rounds : int
        How many turns the best is taken of.

    Returns
    -------
    best : dict of str to float
        Nanoseconds a unit.
    """
    best = dict.fromkeys(runs, np.inf)
    n_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with threadpool_limits(1):
        for run, _ in runs.values():
            run()
        for _ in range(n_rounds):
            for name, (run, n_units) in runs.items():
                start = time.perf_counter()
                run()
                best[name] = min(best[name], (time.perf_counter() - start) / n_units * 1e9)
    cv2.setNumThreads(n_threads)
    return best


def print_table(headings, rows, markdown):
    """Print rows of strings in columns, the first to the left and the others to the right."""
    table = [headings, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(headings))]
    for number, row in enumerate(table):
        padded = [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        print("| " + " | ".join(padded) + " |" if markdown else "  ".join(padded))
        if markdown and number == 0:
            print("|" + "|".join([":--"] + ["--:"] * (len(headings) - 1)) + "|")
    print()
