"""The benchmark of the CNN on the CPU runs."""

import pathlib
import runpy

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
