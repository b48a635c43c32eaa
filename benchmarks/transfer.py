"""Transfer learning on photos: a trained network's features with a linear support vector machine.

    python benchmarks/transfer.py PHOTOS MODEL [--mean M ...] [--std S ...] [--order RGB] [--size N] [--seeds N]

PHOTOS has one folder of photos a class; 30 of each class, drawn for each seed, are learned from, and the rest tested
on. MODEL is an ONNX network or the name of one that `fetch_backbone` has. For the 20 classes of Caltech-101 and a
MobileNetV2 that takes values between -1 and 1:

    python benchmarks/transfer.py data/caltech20 mobilenet_v2.onnx --mean 127.5 --std 127.5
"""

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ladder import N_TRAINING_PHOTOS, load_caltech
from sklearn.metrics import balanced_accuracy_score

from classicvis import make_transfer_svm
from classicvis.datasets import fetch_backbone


class Run(NamedTuple):
    """What one split gave."""

    accuracy: float
    balanced_accuracy: float
    fit_seconds: float
    images_per_second: float


def measure(pipeline, split):
    """Fit once and predict once."""
    start = time.perf_counter()
    pipeline.fit(split.X_train, split.y_train)
    fit_seconds = time.perf_counter() - start
    start = time.perf_counter()
    predicted = pipeline.predict(split.X_test)
    rate = len(predicted) / (time.perf_counter() - start)
    accuracy = float(np.mean(predicted == split.y_test))
    return Run(accuracy, float(balanced_accuracy_score(split.y_test, predicted)), fit_seconds, rate)


def describe_network(options):
    """Return the network's arguments: those of the command line, or all that a backbone has."""
    if not Path(options.model).is_file():
        return dict(fetch_backbone(options.model))
    given = {"mean": options.mean, "std": options.std, "channel_order": options.order}
    return {"model": options.model, "size": options.size} | {k: v for k, v in given.items() if v is not None}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("model")
    parser.add_argument("--mean", type=float, nargs="+", help="of values between 0 and 255")
    parser.add_argument("--std", type=float, nargs="+")
    parser.add_argument("--order", default="RGB", help="RGB, BGR or gray (default: RGB)")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args(arguments)
    for name in ("mean", "std"):  # one number stands for all channels
        values = getattr(options, name)
        setattr(options, name, values[0] if values is not None and len(values) == 1 else values)
    return options


def main(arguments=None):
    """Measure, print a row for each seed and their mean, and return the runs."""
    options = parse_arguments(arguments)
    network = describe_network(options)
    print(f"{N_TRAINING_PHOTOS} training images a class, {options.photos}, {options.model}\n")
    print("seed  accuracy  balanced   fit s  images/s")
    runs = []
    for seed in range(options.seeds):
        split = load_caltech(options.photos, seed)
        pipeline = make_transfer_svm(**network, n_threads=options.threads, random_state=seed, n_jobs=options.threads)
        runs.append(measure(pipeline, split))
        print_row(seed, runs[-1])
    print_row("mean", Run(*np.mean(runs, axis=0)))
    return runs


def print_row(name, run):
    accuracies = f"{100 * run.accuracy:9.2f} {100 * run.balanced_accuracy:9.2f}"
    print(f"{name!s:4} {accuracies} {run.fit_seconds:7.1f} {run.images_per_second:9.0f}", flush=True)


if __name__ == "__main__":
    main()
