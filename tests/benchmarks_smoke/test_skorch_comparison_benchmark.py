"""The comparison with skorch runs, and both learn."""

import pathlib
import runpy

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "skorch_comparison.py"


@pytest.mark.filterwarnings("default")  # skorch and torch warn about one another
def test_both_train_the_same_network(capsys):
    main = runpy.run_path(str(SCRIPT))["main"]
    settings = ["--data", "digits", "--epochs", "16", "--limit", "300", "--seeds", "1", "--threads", "1"]
    rows = main([*settings, "--markdown"])
    assert [row[0] for row in rows] == ["classicvis", "skorch"]
    assert all(float(row[1]) > 60 for row in rows)
    assert "| skorch" in capsys.readouterr().out
