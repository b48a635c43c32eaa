"""The benchmark of the speed of HOG's variants runs."""

import pathlib
import runpy
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "hog_variants_speed.py"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(SCRIPT.parent), *sys.path])
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize("markdown", [False, True])
def test_hog_variants_speed_prints_a_row_for_every_case(benchmark, capsys, markdown):
    rows = benchmark["main"](["--rounds", "1", "--pixels", "1024"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert len(rows) == len(benchmark["make_cases"]())
    assert all(float(row[3]) > 0 and row[1] in output for row in rows)
    assert ("|:--" in output) == markdown


def test_hog_variants_speed_compares_what_computes_as_many_values(benchmark):
    for case in benchmark["make_cases"]():
        _, runs = benchmark["make_runs"](case, 1)
        assert len({run()[0].size for run, _ in runs.values()}) == 1
