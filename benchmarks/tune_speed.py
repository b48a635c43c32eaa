"""tune() beside scikit-learn's searches of the same grid: how long they take, and how good what they find is.

    python benchmarks/tune_speed.py [--markdown] [--pipeline NAME ...] [--images N] [--seeds N]

All search the grid that tune() has by default for a pipeline, on the first images of the bundled sample, in
cross-validation of three parts, with one thread. Seconds are those of the processor, the final fit included. Accuracy
is that of the final fit on the 1,000 test images, the mean over the seeds of the pipeline and the searches.
"""

import argparse
import time
from functools import partial

import numpy as np
import sklearn
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (makes HalvingGridSearchCV importable)
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, ParameterGrid
from threadpoolctl import threadpool_limits
from turns import print_table

import classicvis
from classicvis.pipelines import tuning_grid

PIPELINES = {
    "hog-svm": classicvis.make_hog_svm,
    "vlad-svm": partial(classicvis.make_vlad_svm, step=4),  # a quarter of the descriptors, so that the others end
    "patches-svm": classicvis.make_patches_svm,
    "lbp-forest": classicvis.make_lbp_forest,
}
HEADINGS = ("pipeline", "settings", "search", "seconds", "× GridSearchCV", "accuracy %")
CV = 3


def run_grid_search(pipeline, grid, X, y, seed):
    return GridSearchCV(pipeline, grid, cv=CV).fit(X, y)


def run_halving(pipeline, grid, X, y, seed):
    return HalvingGridSearchCV(pipeline, grid, cv=CV, random_state=seed).fit(X, y)


def run_tune(pipeline, grid, X, y, seed):
    return classicvis.tune(pipeline, X, y, param_grid=grid, cv=CV, n_candidates=10**6, random_state=seed)


SEARCHES = {"GridSearchCV": run_grid_search, "HalvingGridSearchCV": run_halving, "tune": run_tune}


def measure(run, make, sample, seed):
    """Return the seconds that a search takes, and the accuracy of what it finds."""
    pipeline = make(random_state=seed)
    start = time.process_time()
    search = run(pipeline, tuning_grid(pipeline), sample.X_train, sample.y_train, seed)
    seconds = time.process_time() - start
    return seconds, search.best_estimator_.score(sample.X_test, sample.y_test)


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--pipeline", nargs="+", choices=PIPELINES, default=list(PIPELINES), help="default: all")
    parser.add_argument("--images", type=int, default=2000, help="training images (default: 2000)")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds are averaged over (default: 1)")
    options = parser.parse_args(arguments)
    sample = classicvis.load_fashion_sample()
    sample.X_train, sample.y_train = sample.X_train[: options.images], sample.y_train[: options.images]
    print(f"scikit-learn {sklearn.__version__}, {len(sample.X_train)} images, one thread, {options.seeds} seeds\n")
    rows = []
    for name in options.pipeline:
        make = PIPELINES[name]
        n_settings = len(ParameterGrid(tuning_grid(make())))
        baseline = None
        make().fit(sample.X_train[:100], sample.y_train[:100])  # compiles what is not compiled yet
        for search, run in SEARCHES.items():
            with threadpool_limits(1):
                outcomes = [measure(run, make, sample, seed) for seed in range(options.seeds)]
            seconds, accuracy = np.mean(outcomes, axis=0)
            baseline = baseline or seconds
            figures = f"{seconds:.1f}", f"{baseline / seconds:.1f}", f"{100 * accuracy:.2f}"
            rows.append((name, str(n_settings), search, *figures))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
