"""The benchmark of tune() runs, and all searches have the same settings to choose from."""

import pathlib
import runpy

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "tune_speed.py"


@pytest.mark.parametrize("markdown", [False, True])
def test_tune_speed_prints_a_row_for_every_search(capsys, monkeypatch, markdown):
    benchmark = runpy.run_path(str(SCRIPT))
    searched = []

    def small_grid(pipeline):
        searched.append(pipeline)
        return {"hog__coarse__pixels_per_cell": [1 / 4, 1 / 2], "svm__C": [0.01, 0.1]}

    monkeypatch.setitem(benchmark["main"].__globals__, "tuning_grid", small_grid)
    rows = benchmark["main"](["--pipeline", "hog-svm", "--images", "150"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert [row[:3] for row in rows] == [
        ("hog-svm", "4", name) for name in ("GridSearchCV", "HalvingGridSearchCV", "tune")
    ]
    assert rows[0][4] == "1.0"
    assert np.ptp([float(row[5]) for row in rows]) < 15
    assert len(searched) == 4
    assert ("--:" in output) == markdown
