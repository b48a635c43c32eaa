"""The benchmark of the speed of colour histograms runs, and what it compares computes alike."""

import pathlib
import runpy

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "color_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize("markdown", [False, True])
def test_color_speed_prints_a_row_for_every_case(benchmark, capsys, monkeypatch, markdown):
    cases = [((4, 5), *case[1:]) for case in benchmark["make_cases"]()]
    monkeypatch.setitem(benchmark["main"].__globals__, "make_cases", lambda: cases)
    rows = benchmark["main"](["--rounds", "1", "--pixels", "40"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert len(rows) == len(cases)
    assert all(float(row[4]) > 0 and row[0] in output for row in rows)
    assert ("|:--" in output) == markdown


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("space", ["rgb", "hsv", "lab"])
def test_color_speed_compares_what_computes_the_same(benchmark, space, dtype, joint):
    runs = benchmark["make_runs"](((24, 25), dtype, space, joint), 24 * 25)
    ours, theirs = runs["classicvis"][0]()[0], runs["skimage"][0]()[0]
    moved = np.abs(ours * 600 - theirs).sum()
    assert moved < 600 * 0.02  # colours on the edge of two bins
