"""Classical methods and a CNN on whole data sets, beside published figures.

    python benchmarks/ladder.py DATA_FOLDER [--data NAME ...] [--method NAME ...] [--seeds N]

DATA_FOLDER holds one folder a data set:

fashion-mnist/  the four ``.gz`` files of https://github.com/zalandoresearch/fashion-mnist: 60,000 + 10,000 images
mnist/          the four ``.gz`` files of MNIST, of the same names
cifar10/        ``cifar10.npz`` with x_train, y_train, x_test, y_test, made of the files at
                https://www.cs.toronto.edu/~kriz/cifar.html
gtsrb/          one folder a class of https://benchmark.ini.rub.de, files named TRACK_FRAME; tested on the first of
                five folds in which a track is never on both sides
caltech20/      one folder a class of https://data.caltech.edu/records/mzrjq-6wc02: 30 training images of each class,
                drawn for each seed, and the rest to test; accuracy is the mean over classes

Every method is fitted in a process of its own, by `classicvis.compare`, on all cores. What is set here was chosen on
training images held out: nothing is ever chosen by its accuracy on the test images. With several seeds, figures are
means.
"""

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

import classicvis
from classicvis.datasets import load_image_folder
from classicvis.datasets._file_formats import read_idx

N_TRAINING_PHOTOS = 30  # of each class of Caltech


@dataclass(frozen=True)
class Split:
    """Images to learn from and to test on: arrays, or paths."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Ladder:
    """A data set, how it is split, what others reached on it, and our methods."""

    load: callable
    published: str
    methods: dict
    measure: str = "accuracy"


def load_idx_files(folder, seed):
    def read(name):
        return read_idx(folder / f"{name}.gz")

    return Split(
        read("train-images-idx3-ubyte"),
        read("train-labels-idx1-ubyte"),
        read("t10k-images-idx3-ubyte"),
        read("t10k-labels-idx1-ubyte"),
    )


def load_cifar10(folder, seed):
    with np.load(folder / "cifar10.npz") as arrays:
        return Split(*(arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")))


def load_gtsrb(folder, seed):
    signs = load_image_folder(folder)
    tracks = [
        f"{label}/{Path(path).name.partition('_')[0]}" for path, label in zip(signs.paths, signs.labels, strict=True)
    ]
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    train, test = next(folds.split(signs.paths, signs.labels, tracks))
    return split_paths(signs, train, test)


def load_caltech(folder, seed):
    photos = load_image_folder(folder)
    rng = np.random.default_rng(seed)
    of_classes = [rng.permutation(np.flatnonzero(photos.labels == label)) for label in np.unique(photos.labels)]
    train = np.concatenate([rows[:N_TRAINING_PHOTOS] for rows in of_classes])
    return split_paths(photos, train, np.setdiff1d(np.arange(len(photos.paths)), train))


def split_paths(images, train, test):
    return Split(images.paths[train], images.labels[train], images.paths[test], images.labels[test])


BINS_OF_PHOTOS = {"step": 3, "bin_size": (4, 6, 8)}
DIGITS = {
    "hog-svm": partial(classicvis.make_hog_svm, C=0.1),
    "hog-rbf": partial(classicvis.make_hog_svm, kernel="rbf", C=3),
    "vlad-svm": classicvis.make_vlad_svm,
    "fisher-svm": classicvis.make_fisher_svm,
    "patches-svm": classicvis.make_patches_svm,
    "best-classical": classicvis.make_best_classical,
}
CLOTHES = DIGITS | {"best-classical": partial(classicvis.make_best_classical, n_atoms=800, mirror=True)}
SMALL_PHOTOS = {
    "hog-svm": partial(classicvis.make_hog_svm, C=0.1),
    "patches-svm": partial(classicvis.make_patches_svm, n_components=1600, grid=(3, 3), mirror=True, C=30),
}
SIGNS = {
    "hog-svm": partial(classicvis.make_hog_svm, size=48),
    "vlad-svm": partial(classicvis.make_vlad_svm, size=48),
    "fisher-svm": partial(classicvis.make_fisher_svm, size=48, n_components=32),
    "best-classical": partial(classicvis.make_best_classical, size=48, n_components=32),
}
PHOTOS = {
    "hog-svm": partial(classicvis.make_hog_svm, size=128),
    "bovw-svm": partial(classicvis.make_bovw_svm, size=128, **BINS_OF_PHOTOS),
    "vlad-svm": partial(classicvis.make_vlad_svm, size=128, **BINS_OF_PHOTOS),
    "fisher-svm": partial(classicvis.make_fisher_svm, size=128, **BINS_OF_PHOTOS),
    "best-classical": partial(classicvis.make_best_classical, size=128, n_atoms=400, mirror=True, **BINS_OF_PHOTOS),
}
LADDERS = {
    "fashion-mnist": Ladder(load_idx_files, "SVC on pixels 89.7, XGBoost 89.8, HOG + SVM 92.6 (claimed)", CLOTHES),
    "mnist": Ladder(load_idx_files, "SVC on pixels 98.6, HOG + SVM 99.2", DIGITS),
    "cifar10": Ladder(
        load_cifar10, "HOG + kernel SVM 62.3, k-means 79.6, OMP-1 81.5, roto-scattering 82.3", SMALL_PHOTOS
    ),
    "gtsrb": Ladder(load_gtsrb, "HOG + LDA 95.7, forest 96.1, human 98.8 (on the whole set)", SIGNS),
    "caltech20": Ladder(
        load_caltech, "BoVW 76.0, FV + pyramid 77.6, VLAD 78.7 (on all of Caltech-101)", PHOTOS, "balanced_accuracy"
    ),
}


def climb(ladder, folder, names, seeds):
    """Return a table with a row for each method and seed."""
    frames = []
    for seed in seeds:
        split = ladder.load(folder, seed)
        makers = {name: make for name, make in ladder.methods.items() if not names or name in names}
        methods = {name: make(random_state=seed, n_jobs=-1) for name, make in makers.items()}
        result = classicvis.compare(
            methods,
            split.X_train,
            split.y_train,
            X_test=split.X_test,
            y_test=split.y_test,
            random_state=seed,
            check_files=False,
        )
        for name, error in result.errors.items():
            print(f"{name} failed with seed {seed}:\n{error}", file=sys.stderr)
        frames.append(result.to_frame())
    return pd.concat(frames)


def summarise(table, measure):
    """Return the rows to print: means over the seeds, and the deviation of the accuracy."""
    groups = table.groupby(level=0, sort=False)
    accuracy = groups[measure]
    return pd.DataFrame(
        {
            "accuracy %": 100 * accuracy.mean(),
            "±": 100 * accuracy.std(ddof=0),
            "seeds": accuracy.count(),
            "fit s": groups["fit_seconds"].mean(),
            "images/s": groups["images_per_second"].mean(),
            "fit memory MB": groups["fit_peak_bytes"].mean() / 1e6,
        }
    ).round({"accuracy %": 2, "±": 2, "fit s": 1, "images/s": 0, "fit memory MB": 0})


def main(arguments=None):
    """Run the ladders, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the data sets")
    parser.add_argument("--data", nargs="+", choices=LADDERS, help="default: those that the folder has")
    parser.add_argument("--method", nargs="+", default=(), help="default: all of the data set's")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args(arguments)
    names = options.data or [name for name in LADDERS if (options.folder / name).is_dir()]
    for name in names:
        ladder = LADDERS[name]
        table = climb(ladder, options.folder / name, options.method, range(options.seeds))
        summary = summarise(table, ladder.measure)
        print(f"\n{name}; published: {ladder.published}\n")
        print(summary.to_string(), flush=True)


if __name__ == "__main__":
    main()
