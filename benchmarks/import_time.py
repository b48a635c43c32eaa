"""Seconds that `import classicvis` and first calls of HOG take, each in fresh processes.

    python benchmarks/import_time.py [--markdown]

The import counts beyond that of numpy, numba, cv2 and the scikit-learn modules which classicvis uses. The first call
ever compiles, with an empty cache; the cached one is the first call of the next process. The best of several
processes counts, but for compiling, which is done once for each kind of image.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile

import numba
import numpy as np

IMPORT = """
import importlib, sys, time
for name in {modules!r}:
    importlib.import_module(name)
start = time.perf_counter()
import classicvis
seconds = time.perf_counter() - start
from classicvis.kernels.hog._skimage_blocks import hog_batch
assert not hog_batch.signatures, "importing classicvis compiled a kernel"
print(seconds)
"""

USED_MODULES = """
import sys, classicvis
print(*(name for name in sys.modules if name.split(".")[0] == "sklearn"))
"""

FIRST_CALL = """
import time
import numpy as np
from classicvis import HOGTransformer
images = np.ones({shape!r}, {dtype!r})
start = time.perf_counter()
HOGTransformer().fit_transform(images)
print(time.perf_counter() - start)
"""

# Kind of images, their shape and dtype.
KINDS = {
    "uint8, grey": ((32, 64, 64), "uint8"),
    "uint8, RGB": ((32, 64, 64, 3), "uint8"),
    "float32, grey": ((32, 64, 64), "float32"),
    "float64, grey": ((32, 64, 64), "float64"),
}
LIMITS = {"import": 0.1, "first call ever": 8.0, "first call, cached": 0.7}  # seconds, what we mean to keep


def run(program, cache=None):
    """Run a program in a fresh process and return what it prints."""
    environment = os.environ if cache is None else os.environ | {"NUMBA_CACHE_DIR": cache}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def measure_import(n_rounds):
    """Return the seconds of `import classicvis` beyond what it stands on."""
    modules = ["numpy", "numba", "cv2", *run(USED_MODULES).split()]
    return min(float(run(IMPORT.format(modules=modules))) for _ in range(n_rounds))


def measure_first_calls(kinds, n_rounds):
    """Return, a kind of images, the seconds of the first call ever and of the first call of later processes."""
    seconds = {}
    for kind in kinds:
        shape, dtype = KINDS[kind]
        program = FIRST_CALL.format(shape=shape, dtype=dtype)
        with tempfile.TemporaryDirectory() as cache:
            first = float(run(program, cache))
            seconds[kind] = first, min(float(run(program, cache)) for _ in range(n_rounds))
    return seconds


def main(arguments=None):
    """Measure, print a table, and return its rows: what, images, seconds, limit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=5, help="how many processes the best is taken of (default: 5)")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS), help="kinds of images (default: all)")
    options = parser.parse_args(arguments)
    rows = [("import", "", measure_import(options.rounds), LIMITS["import"])]
    for kind, (first, cached) in measure_first_calls(options.kinds, options.rounds).items():
        rows.append(("first call ever", kind, first, LIMITS["first call ever"]))
        rows.append(("first call, cached", kind, cached, LIMITS["first call, cached"]))
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"numba {numba.__version__}, best of {options.rounds}\n"
    )
    between = " | " if options.markdown else "  "
    for number, row in enumerate([("what", "images", "seconds", "at most"), *rows]):
        what, images, seconds, limit = row
        seconds = seconds if number == 0 else f"{seconds:.3f}"
        line = between.join([what.ljust(18), images.ljust(13), str(seconds).rjust(7), str(limit).rjust(7)])
        print(f"| {line} |" if options.markdown else line)
        if options.markdown and number == 0:
            print("|:--|:--|--:|--:|")
    return rows


if __name__ == "__main__":
    main()
