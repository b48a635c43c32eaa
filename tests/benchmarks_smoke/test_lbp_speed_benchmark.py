"""The benchmark of LBP's speed runs, and what it compares computes alike."""

import pathlib
import runpy

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "lbp_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize("markdown", [False, True])
def test_lbp_speed_prints_a_row_for_every_case(benchmark, capsys, markdown):
    rows = benchmark["main"](["--rounds", "1", "--pixels", "1024"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert len(rows) == len(benchmark["make_cases"]())
    assert all(float(row[4]) > 0 and row[0] in output for row in rows)
    assert ("|:--" in output) == markdown


def test_lbp_speed_compares_what_computes_the_same(benchmark):
    case = ((28, 28), "uint8", (8, 1), "uniform")
    runs = benchmark["make_runs"](case, 28 * 28)
    ours, (theirs,) = runs["classicvis"][0](), runs["skimage"][0]()
    np.testing.assert_array_equal(ours[0], (theirs / theirs.sum()).astype(np.float32))
