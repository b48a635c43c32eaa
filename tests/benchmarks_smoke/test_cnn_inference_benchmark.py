"""The benchmark of prediction runs at toy size, and torch computes what onnxruntime does."""

import pathlib
import runpy

import numpy as np
import onnx
import pytest
from onnx_models import make_convolutional

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "cnn_inference.py"
QUICK = ["--images", "8", "--rounds", "1", "--batch", "4"]


@pytest.fixture
def benchmark(monkeypatch):
    namespace = runpy.run_path(str(SCRIPT))
    tiny = {"tiny": ((8, 8, 3), {"widths": (4, 4)})}
    monkeypatch.setitem(namespace["main"].__globals__, "NETWORKS", tiny)
    monkeypatch.setitem(namespace["main"].__globals__, "N_CALIBRATION", 20)
    return namespace


@pytest.mark.parametrize("markdown", [False, True])
def test_inference_benchmark_prints_a_row(benchmark, capsys, markdown):
    [row] = benchmark["main"](QUICK + ["--markdown"] * markdown)
    assert all(value > 0 for value in row.values())
    output = capsys.readouterr().out
    assert "tiny" in output
    assert ("|:--" in output) == markdown


def test_inference_benchmark_takes_files(benchmark, capsys, tmp_path):
    path = tmp_path / "convolutional.onnx"
    path.write_bytes(make_convolutional())
    rows = benchmark["main"]([str(path), *QUICK, "--threads", "1", "2"])
    assert len(rows) == 2
    assert "convolutional" in capsys.readouterr().out


@pytest.mark.parametrize("is_folded", [False, True])
def test_torch_computes_the_same(benchmark, is_folded):
    case = benchmark["train"]("tiny", 6, np.random.default_rng(0))
    logits = benchmark["make_torch_run"](case, 4, is_folded)().numpy()
    np.testing.assert_allclose(logits, case.classifier.decision_function(case.images), rtol=1e-3, atol=1e-4)


def test_torch_computes_what_other_networks_do(benchmark, tmp_path):
    path = str(tmp_path / "network.onnx")
    onnx.save(onnx.load_from_string(make_convolutional(head="Conv")), path)
    case = benchmark["load"](path, 6, np.random.default_rng(0))
    logits = benchmark["make_torch_run"](case, 4)().numpy()
    np.testing.assert_allclose(logits, case.classifier.decision_function(case.images), rtol=1e-3, atol=1e-4)
