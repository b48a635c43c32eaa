"""The same torch module trained by `CNNClassifier` and by skorch: accuracy, seconds, and lines of code.

    python benchmarks/skorch_comparison.py [--data NAME] [--epochs N] [--seeds N] [--threads N] [--markdown]

The module is a small residual network, defined below, and both see the training images equally often, in batches of
equal size. skorch (pip install skorch) is set up as its guide has it, with what is usual beside it: SGD with Nesterov's
momentum, a one-cycle schedule and images normalised to float32 beforehand. `CNNClassifier` has its defaults. The lines
are those of the two functions that fit; both predict the test images in one call, ours through onnxruntime.
"""

import argparse
import inspect
import platform
import time
from typing import NamedTuple

import numpy as np
import skorch
import torch
from cnn_cpu import LOADERS
from skorch import NeuralNetClassifier
from skorch.callbacks import LRScheduler
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from turns import print_table

from classicvis import CNNClassifier

BATCH = 128


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, n_in, n_out, stride):
        super().__init__()
        self.path = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False),
            nn.BatchNorm2d(n_out),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, images):
        """Return maps of `n_out` channels."""
        return torch.relu(self.path(images) + self.shortcut(images))


def make_module(image_shape, n_classes):
    """Return the network, untrained; `image_shape` is (rows, columns, channels)."""
    blocks = Block(image_shape[2], 16, 1), Block(16, 32, 2), Block(32, 64, 2)
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, n_classes))


def fit_with_classicvis(X, y, n_epochs, seed, n_threads):
    """Return what predicts images."""
    settings = {"max_iter": n_epochs, "batch_size": BATCH, "n_threads": n_threads, "random_state": seed}
    network = CNNClassifier(architecture=make_module, **settings)
    return network.fit(X, y).predict


def fit_with_skorch(X, y, n_epochs, seed, n_threads):
    """Return what predicts images."""
    torch.manual_seed(seed)
    torch.set_num_threads(n_threads)
    mean, std = X.mean(dtype=np.float64), X.std(dtype=np.float64)

    def prepare(images):
        images = images if images.ndim == 4 else images[..., np.newaxis]
        return np.ascontiguousarray(((images - mean) / std).astype(np.float32).transpose(0, 3, 1, 2))

    n_steps = n_epochs * -(-len(X) // BATCH)
    X = prepare(X)
    network = NeuralNetClassifier(
        make_module((*X.shape[2:], X.shape[1]), len(np.unique(y))),
        criterion=nn.CrossEntropyLoss,
        criterion__label_smoothing=0.1,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        optimizer__nesterov=True,
        optimizer__weight_decay=5e-4,
        callbacks=[LRScheduler(OneCycleLR, max_lr=0.1, total_steps=n_steps, step_every="batch")],
        max_epochs=n_epochs,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        iterator_valid__batch_size=128,
        train_split=None,
        verbose=0,
    ).fit(X, y.astype(np.int64))
    return lambda images: network.predict(prepare(images))


class Run(NamedTuple):
    """What one fit gave."""

    accuracy: float
    fit_seconds: float
    predict_seconds: float


CONTENDERS = {"classicvis": fit_with_classicvis, "skorch": fit_with_skorch}


def measure(fit, split, *settings):
    """Fit once; return what it gave and what it took."""
    start = time.perf_counter()
    predict = fit(split.X_train, split.y_train, *settings)
    fitted = time.perf_counter()
    predict(split.X_test[:64])
    ready = time.perf_counter()
    predicted = predict(split.X_test)
    return Run(100 * np.mean(predicted == split.y_test), fitted - start, time.perf_counter() - ready)


def main(arguments=None):
    """Print a row for each contender; return the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", choices=LOADERS, default="fashion-sample")
    parser.add_argument("--data-home", help="folder of the downloads")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--limit", type=int, help="train on so many images only")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--markdown", action="store_true", help="print a table for Markdown")
    options = parser.parse_args(arguments)
    split = LOADERS[options.data](options.data_home)
    split = split._replace(X_train=split.X_train[: options.limit], y_train=split.y_train[: options.limit])
    few = split._replace(X_train=split.X_train[:BATCH], y_train=split.y_train[:BATCH])
    runs = {name: [] for name in CONTENDERS}
    for fit in CONTENDERS.values():
        measure(fit, few, 1, 0, options.threads)  # imports
    for seed in range(options.seeds):  # by turns
        for name, fit in CONTENDERS.items():
            runs[name].append(measure(fit, split, options.epochs, seed, options.threads))
    rows = []
    for name, fit in CONTENDERS.items():
        accuracy, seconds, predict_seconds = np.mean(runs[name], axis=0)
        n_lines = len(inspect.getsource(fit).strip().splitlines()) - 2  # without its head and what it says of itself
        rows.append([name, f"{accuracy:.2f}", f"{seconds:.1f}", f"{predict_seconds:.2f}", str(n_lines)])
    print(f"torch {torch.__version__}, skorch {skorch.__version__}, {platform.machine()}, {options.threads} threads\n")
    print_table(["trained by", "accuracy, %", "fit, s", "predict, s", "lines"], rows, options.markdown)
    return rows


if __name__ == "__main__":
    main()
