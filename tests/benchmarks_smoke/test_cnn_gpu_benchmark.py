"""The benchmark of the CNN on a GPU runs on the CPU, with data that come in parts."""

import pathlib
import runpy

import numpy as np
import pytest
from parts import load_parts
from sklearn.datasets import load_digits

from classicvis import CNNClassifier

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "cnn_gpu.py"
SMALL = ["--device", "cpu", "--widths", "4", "4", "--epochs", "1"]


@pytest.fixture
def parts(tmp_path):
    """Files of a data set: two with images to learn, one with images to test on."""
    digits = load_digits()
    X, y = digits.images.astype(np.uint8), digits.target
    np.savez(tmp_path / "1.npz", x_train=X[:100], y_train=y[:100])
    np.savez(tmp_path / "2.npz", x_train=X[100:150], y_train=y[100:150])
    np.savez(tmp_path / "3.npz", x_test=X[150:200], y_test=y[150:200])
    return [str(tmp_path / f"{i}.npz") for i in (1, 2, 3)]


def test_cnn_gpu_benchmark_prints_all_rows(parts, capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    result = main([*SMALL, "--seeds", "2", "--architecture", "airbench", "--flip", "--views", "--parts", *parts])
    assert len(result.accuracies) == len(result.seconds) == 2
    assert 0 < result.flops < result.matrix_flops
    assert result.largest_difference < 1e-5
    assert result.n_other_labels == 0
    output = capsys.readouterr().out
    assert "150 images, architecture airbench, widths (4, 4), n_views 6, n_epochs 1" in output
    for row in ("accuracy", "fit", "warm-up", "model", "matrices", "share", "against CPU"):
        assert f"\n{row} " in output


def test_cnn_gpu_benchmark_takes_the_bundled_sample(capsys):
    runpy.run_path(str(SCRIPT))["main"]([*SMALL, "--seeds", "1", "--limit", "60"])
    assert "60 images, architecture small" in capsys.readouterr().out


def test_cnn_gpu_benchmark_misses_a_part(parts):
    with pytest.raises(SystemExit, match="x_test, y_test is in none of the 2 parts"):
        load_parts(parts[:2])


def test_cnn_gpu_benchmark_counts_the_operations_of_convolutions():
    X, y = np.random.default_rng(0).random((20, 8, 8)), np.arange(20) % 2
    network = CNNClassifier(widths=(2, 3, 4), max_iter=1, n_threads=1).fit(X, y)
    flop = runpy.run_path(str(SCRIPT))["flop_per_image"](network.onnx_model_)
    stem, first, second, head = 1 * 2 * 9 * 64, (2 * 3 + 3 * 3) * 9 * 64, (3 * 4 + 4 * 4) * 9 * 16, 4 * 2
    assert flop == 2 * (stem + first + second + head)
