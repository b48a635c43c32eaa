"""CNNClassifier on the CPU: accuracy, seconds to fit, images predicted a second, over several seeds.

    python benchmarks/cnn_cpu.py [--data NAME ...] [--parts FILE.npz ...] [--preset NAME] [--architecture NAME]
        [--widths N ...] [--seeds N] [--threads N] [--epochs N] [--limit N] [--precision NAME] [--flip] [--markdown]

`fashion-sample` trains on the 6,000 bundled images and tests on the bundled 1,000; `fashion-sample-10k` trains on
the same and tests on all 10,000 test images of Fashion-MNIST, which says more (1,000 images tell an accuracy to
within two points). `fashion-mnist`, `mnist` and `cifar10` are the whole sets, downloaded on first use to
--data-home; `cifar10-5k` trains on the first 5,000; `digits` comes with scikit-learn. --parts are NumPy files of
arrays `x_train`, `y_train`, `x_test` and `y_test` of one more data set, each of which may come in pieces over several
files. A small fit before the first row takes the imports out of the figures. CPU seconds are those of all threads: on
a busy machine they say more than the seconds on the wall.
"""

import argparse
import platform
import time
from typing import NamedTuple

import numpy as np
import onnxruntime
import torch
from parts import load_parts
from sklearn.datasets import load_digits
from tqdm import tqdm

from classicvis.datasets import fetch_cifar10, fetch_fashion_mnist, fetch_mnist, load_fashion_sample
from classicvis.neural import CNNClassifier

N_DIGITS = 1200  # for training, out of 1,797


class Split(NamedTuple):
    """Images to train on and to test on."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


class Run(NamedTuple):
    """What one fit gave."""

    accuracy: float
    fit_seconds: float
    cpu_seconds: float
    images_per_second: float
    recipe: dict


def split_of(bunch):
    return Split(bunch.X_train, bunch.y_train, bunch.X_test, bunch.y_test)


def load_split_digits(data_home):
    digits = load_digits()
    images, labels = digits.images.astype(np.uint8), digits.target
    return Split(images[:N_DIGITS], labels[:N_DIGITS], images[N_DIGITS:], labels[N_DIGITS:])


def load_sample(data_home):
    return split_of(load_fashion_sample())


def load_sample_10k(data_home):
    sample, full = load_fashion_sample(), fetch_fashion_mnist(data_home=data_home)
    return Split(sample.X_train, sample.y_train, full.X_test, full.y_test)


def load_cifar10_5k(data_home):
    split = split_of(fetch_cifar10(data_home=data_home))
    return split._replace(X_train=split.X_train[:5000], y_train=split.y_train[:5000])


LOADERS = {
    "digits": load_split_digits,
    "fashion-sample": load_sample,
    "fashion-sample-10k": load_sample_10k,
    "cifar10-5k": load_cifar10_5k,
    "fashion-mnist": lambda data_home: split_of(fetch_fashion_mnist(data_home=data_home)),
    "mnist": lambda data_home: split_of(fetch_mnist(data_home=data_home)),
    "cifar10": lambda data_home: split_of(fetch_cifar10(data_home=data_home)),
}


def measure(split, **parameters):
    """Fit once; return what it gave and what it took."""
    network = CNNClassifier(**parameters)
    wall, cpu = time.perf_counter(), time.process_time()
    network.fit(split.X_train, split.y_train)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    network.predict(split.X_test[:64])
    start = time.perf_counter()
    predicted = network.predict(split.X_test)
    rate = len(predicted) / (time.perf_counter() - start)
    return Run(float(np.mean(predicted == split.y_test)), wall, cpu, rate, network.recipe_)


def row_of(name, runs):
    """Return the cells of one row: mean and standard deviation of the accuracy, medians of the rest."""
    accuracies = [100 * run.accuracy for run in runs]
    medians = np.median([run[1:4] for run in runs], axis=0)
    recipe = runs[0].recipe
    return [
        name,
        f"{np.mean(accuracies):.2f} ± {np.std(accuracies):.2f}",
        *(f"{median:,.0f}" for median in medians),
        f"{recipe['n_epochs']} × {recipe['batch_size']}",
        " ".join(map(str, recipe["widths"])),
    ]


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", nargs="*", choices=LOADERS, default=["digits", "fashion-sample"])
    parser.add_argument("--parts", nargs="+", default=[], help="files of another data set")
    parser.add_argument("--data-home", help="folder of the downloads")
    parser.add_argument("--preset", choices=["fast", "balanced", "best"], default="balanced")
    parser.add_argument("--architecture", choices=["small", "airbench", "resnet20"])
    parser.add_argument("--widths", type=int, nargs="+", help="filters of each part of the network")
    parser.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    parser.add_argument("--limit", type=int, help="train on so many images only")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="default: one a physical core")
    parser.add_argument("--epochs", type=int, help="default: what the recipe chooses")
    parser.add_argument("--flip", action="store_true", help="mirror images in every other epoch")
    parser.add_argument("--markdown", action="store_true", help="print a table for Markdown")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Print a table; return the runs by data set."""
    options = parse_arguments(arguments)
    parameters = {
        "preset": options.preset,
        "architecture": options.architecture,
        "widths": options.widths,
        "precision": options.precision,
        "max_iter": options.epochs,
        "horizontal_flip": options.flip,
        "n_threads": options.threads,
        "device": "cpu",
    }
    rng = np.random.default_rng(0)
    CNNClassifier(max_iter=1, device="cpu").fit(rng.random((8, 8, 8)), np.arange(8) % 2)
    results, separator = {}, " | " if options.markdown else "  "
    heads = ["data", "accuracy, %", "fit, s", "fit, CPU s", "predict, images/s", "epochs × batch", "filters"]
    print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, {platform.processor()}")
    print(separator.join(heads))
    if options.markdown:
        print(separator.join("---" for _ in heads))
    splits = {name: lambda name=name: LOADERS[name](options.data_home) for name in options.data}
    if options.parts:
        splits["parts"] = lambda: Split(*load_parts(options.parts))
    for name, load in splits.items():
        split = load()
        split = split._replace(X_train=split.X_train[: options.limit], y_train=split.y_train[: options.limit])
        seeds = tqdm(range(options.seeds), desc=name, disable=None, leave=False)
        results[name] = [measure(split, random_state=seed, **parameters) for seed in seeds]
        print(separator.join(row_of(name, results[name])), flush=True)
    return results


if __name__ == "__main__":
    main()
