"""KMeansPatchTransformer: how long it takes, beside its float32 matrix products alone.

    python benchmarks/patches_speed.py [--markdown]

The products are those of whitening (with the triangle encoder) and of all patches of an image with the dictionary,
one call to `numpy.matmul` each, on arrays that are there already. The transformer also cuts, normalises and pools.
Both take turns in one process, on one thread each, and the best of several runs counts.
"""

import argparse
import platform
import time

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from classicvis import KMeansPatchTransformer

CASES = [
    ((32, 32, 3), n_components, 6, encoder)
    for n_components in (256, 800, 1600, 4000)
    for encoder in ("triangle", "soft_threshold")
] + [((28, 28), 256, 6, "triangle"), ((28, 28), 1600, 6, "triangle"), ((96, 96, 3), 1600, 8, "triangle")]
HEADINGS = ("image", "atoms", "patch", "encoder", "ms/image", "products", "×", "at most")
AT_MOST = 2


def make_runs(case, n_images):
    """Return a function a contender for a batch of images."""
    shape, n_components, size, encoder = case
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (max(n_images, 16), *shape), dtype=np.uint8)  # of which fit needs some
    transformer = KMeansPatchTransformer(
        n_components, size, "random", encoder, n_patches=2 * n_components, random_state=0, batch_size=n_images
    ).fit(images)
    images = images[:n_images]
    n_values = transformer.components_.shape[1]
    n_patches = (shape[0] - size + 1) * (shape[1] - size + 1)
    patches = rng.random((n_values, n_patches), dtype=np.float32)
    whitening = rng.random((n_values, n_values), dtype=np.float32)
    atoms = rng.random((n_values, n_components), dtype=np.float32)
    whitened = np.empty_like(patches)
    products = np.empty((n_patches, n_components), np.float32)

    def run_products():
        for _ in range(n_images):
            if encoder == "triangle":
                np.matmul(whitening, patches, out=whitened)
            np.matmul(patches.T, atoms, out=products)

    return {"classicvis": lambda: transformer.transform(images), "products": run_products}


def best_milliseconds(runs, n_images, n_rounds):
    """Return the best time an image of each contender on one thread, taking turns after a run that does not count."""
    best = dict.fromkeys(runs, np.inf)
    with threadpool_limits(1):
        for run in runs.values():
            run()
        for _ in range(n_rounds):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                best[name] = min(best[name], (time.perf_counter() - start) / n_images * 1e3)
    return best


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--rounds", type=int, default=15, help="how many runs the best is taken of (default: 15)")
    parser.add_argument("--images", type=int, default=32, help="images in a batch (default: 32)")
    options = parser.parse_args(arguments)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"one thread, best of {options.rounds}\n"
    )
    rows = []
    for case in tqdm(CASES, disable=None, desc="cases"):
        best = best_milliseconds(make_runs(case, options.images), options.images, options.rounds)
        ours, products = best["classicvis"], best["products"]
        times = f"{ours:.2f}", f"{products:.2f}", f"{ours / products:.2f}", f"{AT_MOST}"
        shape, n_components, size, encoder = case
        rows.append((" × ".join(map(str, shape)), str(n_components), str(size), encoder, *times))
    separator = [tuple("--:" for _ in HEADINGS)] if options.markdown else []
    for row in [HEADINGS, *separator, *rows]:
        print("| " + " | ".join(row) + " |" if options.markdown else "  ".join(cell.rjust(14) for cell in row))
    return rows


if __name__ == "__main__":
    main()
