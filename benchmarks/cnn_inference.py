"""How fast networks predict on the CPU: onnxruntime as classicvis runs it, beside torch eager, and in 8-bit integers.

    python benchmarks/cnn_inference.py [MODEL ...] [--threads N ...] [--images N] [--rounds N] [--folded] [--markdown]

torch runs the same network, operator by operator, with batch normalisation as in training (`--folded`: without), and
images and filters in channels_last, in batches of each of `--batch`; ours runs what `predict` does, copies of images
included. MODEL is an image network in ONNX of float32 NCHW, such as ResNet-20 for CIFAR-10; without one, networks of
`CNNClassifier`, trained for one epoch on noise, since the time does not depend on the weights. Each turn runs all, and
the best of all turns counts: "torch 128/ours" and "ours/int8" say how many times as fast the second is.
"""

import argparse
import platform
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from onnx_in_torch import TorchNetwork

from classicvis import CNNClassifier, ONNXClassifier
from classicvis.neural import quantize

N_CLASSES = 10
N_CALIBRATION = 64
NETWORKS = {
    "CNN 28 × 28, smallest": ((28, 28), {"widths": (32, 32, 64)}),
    "CNN 32 × 32 RGB, 64 and more": ((32, 32, 3), {"widths": (64, 64, 128)}),
    "ResNet-20 32 × 32 RGB": ((32, 32, 3), {"architecture": "resnet20"}),
}


class Case(NamedTuple):
    """A network, and images for it."""

    name: str
    classifier: object
    images: np.ndarray
    output: str


def train(name, n_images, rng):
    shape, settings = NETWORKS[name]
    images = rng.integers(0, 256, (max(n_images, N_CALIBRATION), *shape), dtype=np.uint8)
    y = np.arange(len(images)) % N_CLASSES
    network = CNNClassifier(max_iter=1, n_threads=1, device="cpu", random_state=0, **settings)
    return Case(name, network.fit(images[:N_CALIBRATION], y[:N_CALIBRATION]), images[:n_images], "logits")


def load(path, n_images, rng):
    model = onnx.load(path)
    _, n_channels, n_rows, n_columns = (d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim)
    images = rng.integers(0, 256, (n_images, n_rows, n_columns, n_channels), dtype=np.uint8)
    output = model.graph.output[0].name
    settings = {"mean": 0.0, "std": 255.0, "channel_order": "RGB" if n_channels == 3 else "gray", "output": output}
    n_classes = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_outputs()[0].shape[1]
    classifier = ONNXClassifier(path, labels=range(n_classes), scores="logits", device="cpu", **settings)
    return Case(Path(path).stem, classifier, images, output)


def make_torch_run(case, batch, is_folded=False):
    """Return a function that runs torch on all images, which lie ready as it likes them."""
    model = onnx.load_from_string(case.classifier.onnx_model_)
    network = TorchNetwork(model, case.output, is_folded)
    images = torch.from_numpy(case.images.astype(np.float32))
    images = images[..., None] if images.ndim == 3 else images
    is_ours = model.graph.input[0].name == "images"
    if not is_ours:
        images = (images / 255).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    return lambda: torch.cat([network(part) for part in images.split(batch)])


def measure(case, n_threads, batches, n_rounds, is_folded):
    """Return the best microseconds an image of torch by batch, ours and int8, and milliseconds for one image alone."""
    torch.set_num_threads(n_threads)
    ours = case.classifier.set_params(n_threads=n_threads)
    small = quantize(ours, case.images[:N_CALIBRATION])
    runs = {batch: make_torch_run(case, batch, is_folded) for batch in batches}
    runs |= {"ours": lambda: ours.predict(case.images), "int8": lambda: small.predict(case.images)}
    runs["one"] = lambda: ours.predict(case.images[:1])
    best = dict.fromkeys(runs, np.inf)
    for _ in range(n_rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    per_image = {name: 1e6 * seconds / len(case.images) for name, seconds in best.items()}
    return per_image | {"one": 1e3 * best["one"]}


def headings_of(batches):
    times = [*(f"torch {batch} µs" for batch in batches), "ours µs", "int8 µs"]
    return ["network", "threads", *times, *(f"torch {batch}/ours" for batch in batches), "ours/int8", "one image ms"]


def cells_of(name, n_threads, row, batches):
    times = [f"{row[key]:.0f}" for key in (*batches, "ours", "int8")]
    ratios = [*(row[batch] / row["ours"] for batch in batches), row["ours"] / row["int8"], row["one"]]
    return [name, str(n_threads), *times, *(f"{ratio:.2f}" for ratio in ratios)]


def print_row(cells, is_markdown):
    print("| " + " | ".join(cells) + " |" if is_markdown else "  ".join(f"{cell:>12}" for cell in cells), flush=True)


def main(arguments=None):
    """Measure, print a row for each network and number of threads, and return the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", help="ONNX files (default: networks of CNNClassifier)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--images", type=int, default=512)
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128], help="of torch (default: 32 and 128)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folded", action="store_true", help="torch without batch normalisation")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(arguments)
    versions = f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, {platform.machine()}"
    print(f"{versions}, best of {options.rounds}, {options.images} images\n")
    headings = headings_of(options.batch)
    print_row(headings, options.markdown)
    if options.markdown:
        print("|:--" + "|--:" * (len(headings) - 1) + "|")
    rng = np.random.default_rng(0)
    make = [(load, path) for path in options.models] or [(train, name) for name in NETWORKS]
    rows = []
    for maker, what in make:
        case = maker(what, options.images, rng)
        for n_threads in options.threads:
            rows.append(measure(case, n_threads, options.batch, options.rounds, options.folded))
            print_row(cells_of(case.name, n_threads, rows[-1], options.batch), options.markdown)
    return rows


if __name__ == "__main__":
    main()
