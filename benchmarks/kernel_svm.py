"""Kernels behind HOG: accuracy, and seconds to fit and to predict, of our support vector machines and of others.

    python benchmarks/kernel_svm.py [DATA_FOLDER] [--images N] [--only NAME ...] [--threads N] [--markdown]

DATA_FOLDER holds the four ``.gz`` files of https://github.com/zalandoresearch/fashion-mnist; without it, the images are
those of the bundled sample. Features are those of `make_hog_svm`, computed once and not timed. What stands between them
and the labels is: the principal components of the RBF kernel and the maps count as part of fitting and predicting.

"rbf", "linear", "intersection" and "chi2" are the pipelines of `make_hog_svm`. "rbf, all features" has the settings
C=10 and gamma=0.03, and so have "SVC" (scikit-learn's, on libsvm) and "SVC, intelex" (scikit-learn-intelex's, where it
is installed) on the same features. "Nystroem" and "random features" are scikit-learn's maps to 2,000 features of the
principal components, with a linear support vector machine behind them.
"""

import argparse
import platform
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import sklearn
from ladder import Split, load_idx_files
from sklearn.kernel_approximation import Nystroem, RBFSampler
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits
from tqdm import tqdm
from turns import print_table

from classicvis import load_fashion_sample, make_hog_svm
from classicvis.pipelines import LeadingComponents
from classicvis.svm import RBFSVMClassifier

SETTINGS = {"C": 10, "gamma": 0.03}
N_MAPPED = 2000
HEADINGS = ("", "accuracy %", "fit s", "predict s")


def load_images(folder, n_images):
    """Return the images of a folder, or of the sample, at most so many to learn from."""
    if folder is None:
        sample = load_fashion_sample()
        split = Split(sample.X_train, sample.y_train, sample.X_test, sample.y_test)
    else:
        split = load_idx_files(folder, 0)
    return Split(split.X_train[:n_images], split.y_train[:n_images], split.X_test, split.y_test)


def make_contenders(n_jobs):
    """Return what is compared, by name."""

    def make_ours(kernel):
        return make_hog_svm(kernel=kernel, random_state=0, n_jobs=n_jobs)[1:]

    def make_mapped(mapper):
        return make_pipeline(LeadingComponents(random_state=0), mapper, make_ours("linear").set_params(svm__C=1))

    mapped = {"gamma": SETTINGS["gamma"], "n_components": N_MAPPED, "random_state": 0}
    contenders = {kernel: make_ours(kernel) for kernel in ("linear", "rbf", "intersection", "chi2")}
    contenders["rbf, all features"] = RBFSVMClassifier(**SETTINGS, n_jobs=n_jobs)
    contenders["SVC"] = SVC(**SETTINGS, cache_size=1000)
    if find_spec("sklearnex"):
        from sklearnex.svm import SVC as IntelSVC

        contenders["SVC, intelex"] = IntelSVC(**SETTINGS)
    contenders["Nystroem"] = make_mapped(Nystroem(**mapped))
    contenders["random features"] = make_mapped(RBFSampler(**mapped))
    return contenders


def measure(contender, X, y, X_test, y_test):
    """Return accuracy, and seconds of fitting and predicting."""
    start = time.perf_counter()
    contender.fit(X, y)
    fitted = time.perf_counter()
    predicted = contender.predict(X_test)
    done = time.perf_counter()
    return np.mean(predicted == y_test), fitted - start, done - fitted


def main(arguments=None):
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="folder of Fashion-MNIST (default: the bundled sample)")
    parser.add_argument("--images", type=int, help="images to learn from (default: all)")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="contenders (default: all)")
    parser.add_argument("--threads", type=int, default=1, help="threads of every contender (default: 1)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    options = parser.parse_args(arguments)
    images = load_images(options.folder, options.images)
    hog = make_hog_svm()[:1]
    X, X_test = hog.fit_transform(images.X_train), hog.transform(images.X_test)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}; {len(X):,} + {len(X_test):,} images, {X.shape[1]:,} features, "
        f"threads: {options.threads}\n"
    )
    RBFSVMClassifier().fit(X[:100], images.y_train[:100])  # compiles
    contenders = make_contenders(options.threads)
    rows = []
    with threadpool_limits(options.threads):
        for name in tqdm([name for name in contenders if name in (options.only or contenders)], disable=None):
            accuracy, fit, predict = measure(contenders[name], X, images.y_train, X_test, images.y_test)
            rows.append((name, f"{100 * accuracy:.2f}", f"{fit:.2f}", f"{predict:.2f}"))
    print_table(HEADINGS, rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
