"""CNNClassifier on a GPU: accuracy, seconds, and how much of what the GPU can do is used.

    python benchmarks/cnn_gpu.py [--parts FILE.npz ...] [--seeds N] [--device cuda] [--preset NAME] [--compile] ...

Images are in host memory when the clock starts. The first fit also starts CUDA, tries algorithms and compiles; what
it takes beyond the mean of the others is the row `warm-up`. FLOP are those of the convolutions, twice the
multiplications, three times those of a forward pass for an image that is learned; the matrix rate is that of a large
matrix product in the precision of the training. The last row compares the predictions of the same model on the GPU
with those on the CPU.

--parts are NumPy files of arrays `x_train`, `y_train`, `x_test` and `y_test`, each of which may come in pieces over
several files. Without it, the bundled sample is taken. For the record on CIFAR-10:

    python benchmarks/cnn_gpu.py --parts cifar10-*.npz --seeds 10 --architecture airbench --flip --views
"""

import argparse
import time
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from parts import load_parts
from tqdm import tqdm

from classicvis.datasets import load_fashion_sample
from classicvis.neural import CNNClassifier

PASSES = 3  # of a step, in units of a forward pass: forward, and gradients of maps and of weights
MATRIX_SIZE = {"cuda": 8192, "cpu": 512}


class Run(NamedTuple):
    """What one fit gave."""

    accuracy: float
    seconds: float
    network: CNNClassifier


class Result(NamedTuple):
    """What the benchmark prints."""

    accuracies: list
    seconds: list  # of all fits but the first
    warm_up_seconds: float
    flops: float  # a second, of the model
    matrix_flops: float  # a second, of a matrix product
    largest_difference: float  # of probabilities between the devices
    n_other_labels: int


def load_data(parts):
    """Return the data set of some parts, or the bundled sample."""
    if parts:
        return load_parts(parts)
    sample = load_fashion_sample()
    return [sample.X_train, sample.y_train, sample.X_test, sample.y_test]


def flop_per_image(model):
    """Return the operations of a model's convolutions for one view of an image."""
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(model)).graph
    weights = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in [*graph.value_info, *graph.output]
    }
    return sum(
        2 * int(np.prod(weights[node.input[1]])) * int(np.prod(shapes[node.output[0]][2:]))
        for node in graph.node
        if node.op_type == "Conv"
    )


def measure_matrix_rate(device, precision, n_rounds=10):
    """Return the operations a second of a large square matrix product."""
    size = MATRIX_SIZE[device]
    matrix = torch.ones((size, size), dtype=getattr(torch, precision), device=device)
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    matrix @ matrix
    wait()
    start = time.perf_counter()
    for _ in range(n_rounds):
        matrix @ matrix
    wait()
    return n_rounds * 2 * size**3 / (time.perf_counter() - start)


def fit_once(data, seed, parameters):
    X_train, y_train, X_test, y_test = data
    start = time.perf_counter()
    network = CNNClassifier(random_state=seed, **parameters).fit(X_train, y_train)
    seconds = time.perf_counter() - start
    return Run(network.score(X_test, y_test), seconds, network)


def compare_devices(network, images):
    """Return the largest difference of probabilities between the network's device and the CPU, and other labels."""
    here = network.predict_proba(images)
    network.set_params(device="cpu")
    there = network.predict_proba(images)
    return float(np.abs(here - there).max()), int((here.argmax(axis=1) != there.argmax(axis=1)).sum())


def measure(data, n_seeds, parameters):
    """Fit once more than there are seeds; return what came out."""
    seeds = tqdm([0, *range(n_seeds)], desc="Fits", disable=None, leave=False)
    first, *runs = [fit_once(data, seed, parameters) for seed in seeds]
    seconds = [run.seconds for run in runs]
    network = runs[-1].network
    flop = PASSES * flop_per_image(network.onnx_model_) * len(data[0]) * network.n_iter_
    return network, Result(
        [run.accuracy for run in runs],
        seconds,
        first.seconds - float(np.mean(seconds)),
        flop / float(np.mean(seconds)),
        measure_matrix_rate(network.device_, network.recipe_["precision"]),
        *compare_devices(network, data[2]),
    )


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", nargs="+", help="files of a data set")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--device", choices=["auto", "cuda", "cpu"], default="cuda")
    parser.add_argument("--preset", choices=["fast", "balanced", "best"], default="balanced")
    parser.add_argument("--architecture", choices=["small", "airbench", "resnet20"])
    parser.add_argument("--widths", type=int, nargs="+")
    parser.add_argument("--epochs", type=int, help="default: what the recipe chooses")
    parser.add_argument("--flip", action="store_true", help="mirror images in every other epoch")
    parser.add_argument("--views", action="store_true", help="average several views of an image")
    parser.add_argument("--compile", action="store_true", help="let torch compile the network")
    parser.add_argument("--deterministic", action="store_true", help="the same bits in every run")
    parser.add_argument("--limit", type=int, help="train and test on so many images only")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Print what was measured; return it."""
    options = parse_arguments(arguments)
    data = [array[: options.limit] for array in load_data(options.parts)]
    network, result = measure(
        data,
        options.seeds,
        {
            "preset": options.preset,
            "architecture": options.architecture,
            "widths": options.widths,
            "max_iter": options.epochs,
            "horizontal_flip": options.flip,
            "multi_view": options.views or None,
            "compile": options.compile,
            "deterministic": options.deterministic,
            "device": options.device,
        },
    )
    name = torch.cuda.get_device_name() if network.device_ == "cuda" else "CPU"
    recipe = {key: network.recipe_[key] for key in ("architecture", "widths", "n_views", "n_epochs", "batch_size")}
    print(f"{name}, torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, {network.provider_}")
    print(f"{len(data[0]):,} images, {', '.join(f'{key} {value}' for key, value in recipe.items())}")
    rows = {
        "accuracy": f"{100 * np.mean(result.accuracies):.2f} ± {100 * np.std(result.accuracies):.2f} %",
        "fit": f"{np.mean(result.seconds):.2f} ± {np.std(result.seconds):.2f} s, mean of {len(result.seconds)}",
        "warm-up": f"{result.warm_up_seconds:.2f} s, {'compiled' if options.compile else 'nothing compiled'}",
        "model": f"{result.flops / 1e12:.3f} TFLOP/s",
        "matrices": f"{result.matrix_flops / 1e12:.3f} TFLOP/s in {network.recipe_['precision']}",
        "share": f"{100 * result.flops / result.matrix_flops:.1f} %",
        "against CPU": f"probabilities within {result.largest_difference:.1e}, {result.n_other_labels} other labels",
    }
    for row, text in rows.items():
        print(f"{row:12} {text}")
    return result


if __name__ == "__main__":
    main()
