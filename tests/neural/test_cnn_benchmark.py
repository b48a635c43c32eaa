"""The benchmark of the CNN on the CPU runs."""

import pathlib
import runpy

import numpy as np

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "cnn_cpu.py"


def test_cnn_benchmark_prints_a_row_for_a_data_set(capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    arguments = ["--data", "digits", "--seeds", "2", "--epochs", "1", "--threads", "1", "--flip", "--markdown"]
    (runs,) = main(arguments).values()
    assert len(runs) == 2
    assert all(0.1 < run.accuracy <= 1 and run.cpu_seconds > 0 and run.images_per_second > 0 for run in runs)
    assert runs[0].recipe["n_epochs"] == 1
    assert runs[0].recipe["horizontal_flip"]
    assert "digits | " in capsys.readouterr().out


def test_cnn_benchmark_takes_parts_and_settings(tmp_path, capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, size=(60, 8, 8, 3)).astype(np.uint8), np.arange(60) % 3
    np.savez(tmp_path / "train.npz", x_train=X, y_train=y)
    np.savez(tmp_path / "test.npz", x_test=X[:9], y_test=y[:9])
    settings = ["--architecture", "resnet20", "--widths", "2", "3", "--precision", "float32", "--limit", "40"]
    parts = ["--data", "--parts", str(tmp_path / "train.npz"), str(tmp_path / "test.npz")]
    results = main([*settings, *parts, "--seeds", "1", "--epochs", "1", "--threads", "1"])
    assert list(results) == ["parts"]
    assert results["parts"][0].recipe["architecture"] == "resnet20"
    assert "parts  " in capsys.readouterr().out
