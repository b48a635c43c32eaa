"""The benchmark of learned patches runs."""

import pathlib
import runpy

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "patches_speed.py"


@pytest.mark.parametrize("markdown", [False, True])
def test_patches_speed_prints_a_row_for_every_case(capsys, markdown):
    benchmark = runpy.run_path(str(SCRIPT))
    del benchmark["CASES"][:]
    benchmark["CASES"] += [((9, 9), 8, 3, "triangle"), ((10, 8, 3), 8, 3, "soft_threshold")]
    rows = benchmark["main"](["--rounds", "1", "--images", "2"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert [row[0] for row in rows] == ["9 × 9", "10 × 8 × 3"]
    assert all(float(row[6]) > 0 and row[0] in output for row in rows)
    assert ("| --: |" in output) == markdown
