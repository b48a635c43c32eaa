"""The benchmark of importing and first calls runs."""

import pathlib
import runpy

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "import_time.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


def test_import_time_prints_the_seconds_of_the_import(benchmark, capsys):
    (row,) = benchmark["main"](["--rounds", "1", "--kinds"])
    assert row[:2] == ("import", "")
    assert 0 < row[2] < 10
    assert f"{row[2]:.3f}" in capsys.readouterr().out


@pytest.mark.slow
def test_import_time_prints_the_seconds_of_first_calls(benchmark, capsys):
    rows = benchmark["main"](["--rounds", "1", "--kinds", "uint8, grey", "--markdown"])
    (_, _, first, _), (_, _, cached, _) = rows[1:]
    assert cached < first
    assert "| first call, cached | uint8, grey" in capsys.readouterr().out
