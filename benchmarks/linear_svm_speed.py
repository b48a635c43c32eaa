"""How much faster `LinearSVMClassifier` is than `LinearSVC`, to the same objective, on one thread.

    python benchmarks/linear_svm_speed.py [--problem NAME ...] [--data FOLDER] [--threads N] [--markdown]

The problems are HOG features of Fashion-MNIST (60,000 x 1,620, 10 classes; FOLDER has its four ``.gz`` files), and two
that are drawn: as large, and 5,000 x 20,000 with 100 classes. LinearSVC is fitted once, which takes a minute or two;
ours is run with ever smaller tolerances until its objective is as small, up to a share of 1e-6. Times are those of the
processor, so that other work on the machine counts little, but with several threads they are wall time.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits
from turns import print_table

from classicvis import LinearSVMClassifier, make_hog_svm
from classicvis.datasets._file_formats import read_idx

TOLERANCES = (1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 7e-6, 5e-6, 2e-6, 1e-6)


def draw_samples(n_samples, n_features, n_classes, seed=0):
    """Return nonnegative samples of length 1 that lie about class means in a space of 60 directions, and labels."""
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n_samples)
    means, directions = rng.normal(size=(n_classes, 60)), rng.normal(size=(60, n_features)).astype(np.float32)
    places = (0.7 * means[y] + rng.normal(size=(n_samples, 60))).astype(np.float32)
    X = np.maximum(places @ directions / 8 + rng.standard_normal((n_samples, n_features), np.float32), 0)
    return X / np.linalg.norm(X, axis=1, keepdims=True), y


def load_hog(folder):
    """Return HOG features of Fashion-MNIST's training images, and their labels."""
    images = read_idx(Path(folder) / "train-images-idx3-ubyte.gz")
    return make_hog_svm()[:-1].fit_transform(images), read_idx(Path(folder) / "train-labels-idx1-ubyte.gz")


def objective_of(svm, X, y, C):
    """Return the objective that both minimise, in double precision but for the products."""
    total = (np.square(svm.coef_).sum() + np.square(svm.intercept_).sum()) / 2
    for start in range(0, len(X), 5000):
        part = slice(start, start + 5000)
        decisions = X[part] @ svm.coef_.T.astype(X.dtype) + svm.intercept_
        signs = np.where(y[part, None] == svm.classes_, 1, -1)
        total += C * np.square(np.maximum(1 - signs * decisions, 0)).sum()
    return total


def measure(function, clock):
    start = clock()
    result = function()
    return result, clock() - start


def compare_on(X, y, C, n_threads):
    """Return seconds of LinearSVC and of ours, the tolerance that ours needed, and both objectives."""
    clock = time.process_time if n_threads == 1 else time.perf_counter
    LinearSVMClassifier(C, n_jobs=n_threads).fit(X[: max(200, len(X) // 4)], y[: max(200, len(X) // 4)])  # compiles
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs, their_seconds = measure(lambda: LinearSVC(C=C, random_state=0).fit(X, y), clock)
    goal = objective_of(theirs, X, y, C)
    for tol in TOLERANCES:
        svm = LinearSVMClassifier(C, tol=tol, random_state=0, n_jobs=n_threads)
        ours, our_seconds = measure(lambda svm=svm: svm.fit(X, y), clock)
        reached = objective_of(ours, X, y, C)
        if reached <= goal * (1 + 1e-6):
            break
    return their_seconds, our_seconds, tol, goal, reached


def main(arguments=None):
    """Print how the two compare on each problem."""
    drawn = {"tall": ((60_000, 1_620, 10), 0.1), "wide": ((5_000, 20_000, 100), 1.0)}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problem", nargs="+", choices=[*drawn, "hog"], default=list(drawn))
    parser.add_argument("--data", type=Path, help="folder of Fashion-MNIST, for hog")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--divide", type=int, default=1, help="use a share of the samples, and of the features drawn")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(arguments)
    if "hog" in options.problem and options.data is None:
        parser.error("hog needs --data FOLDER")
    rows = []
    for name in options.problem:
        if name == "hog":
            (X, y), C = load_hog(options.data), 0.1
            X, y = X[:: options.divide], y[:: options.divide]
        else:
            (n_samples, n_features, n_classes), C = drawn[name]
            X, y = draw_samples(n_samples // options.divide, n_features // options.divide, n_classes)
        theirs, ours, tol, goal, reached = compare_on(X, y, C, options.threads)
        size = f"{name}, {len(X):,} x {X.shape[1]:,}, {len(np.unique(y))} classes"
        cells = [f"{theirs:.1f}", f"{ours:.2f}", f"{theirs / ours:.1f}", f"{tol:.0e}", f"{reached / goal - 1:+.0e}"]
        rows.append([size, *cells])
    headings = ["problem", "LinearSVC s", "ours s", "times as fast", "tol", "objective"]
    print_table(headings, rows, options.markdown)


if __name__ == "__main__":
    main()
