"""The benchmark of calibration runs."""

import pathlib
import runpy

import pytest

import classicvis

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "calibration.py"


@pytest.mark.parametrize("markdown", [False, True])
def test_calibration_prints_a_row_for_every_way(capsys, markdown):
    benchmark = runpy.run_path(str(SCRIPT))
    benchmark["METHODS"].clear()
    benchmark["METHODS"]["forest"] = classicvis.make_lbp_forest, {"n_estimators": 3}, (False, "sigmoid", "temperature")
    rows = benchmark["main"](["--images", "100", "--seeds", "2"] + ["--markdown"] * markdown)
    assert [row[:2] for row in rows] == [("forest", way) for way in ("False", "sigmoid", "temperature")]
    assert all(0 <= float(row[2]) <= 100 for row in rows)
    assert ("--:" in capsys.readouterr().out) == markdown


def test_methods_are_made():
    for make, settings, ways in runpy.run_path(str(SCRIPT))["METHODS"].values():
        for probability in ways:
            assert hasattr(make(probability=probability, **settings), "predict_proba")
