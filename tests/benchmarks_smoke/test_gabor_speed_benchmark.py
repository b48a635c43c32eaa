"""The benchmark of the speed of Gabor filters runs, and what it compares computes alike."""

import pathlib
import runpy

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "gabor_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize("markdown", [False, True])
def test_gabor_speed_prints_a_row_for_every_case(benchmark, capsys, monkeypatch, markdown):
    cases = [((6, 7), "uint8", (0.3,)), ((5, 9), "float64", (0.3, 0.4))]
    assert {len(case) for case in benchmark["make_cases"]()} == {3}
    monkeypatch.setitem(benchmark["main"].__globals__, "make_cases", lambda: cases)
    rows = benchmark["main"](["--rounds", "1", "--pixels", "100"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert len(rows) == len(cases)
    assert all(float(row[3]) > 0 and row[0] in output for row in rows)
    assert ("|:--" in output) == markdown


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_gabor_speed_compares_what_computes_the_same(benchmark, dtype):
    runs = benchmark["make_runs"](((16, 20), dtype, (0.2, 0.4)), 16 * 20)
    ours, theirs = runs["classicvis"][0](), np.array(runs["skimage"][0]())
    means = ours.reshape(2, 8, 2, 16)[:, :4, 0].mean(axis=-1)  # cells of one size
    np.testing.assert_allclose(means.ravel(), theirs[:, 0], rtol=1e-5)
