"""The benchmark of kernels runs."""

import pathlib
import runpy

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "kernel_svm.py"


@pytest.mark.parametrize("markdown", [False, True])
def test_kernel_svm_prints_a_row_for_every_contender(capsys, markdown):
    benchmark = runpy.run_path(str(SCRIPT))
    names = ["linear", "rbf", "rbf, all features", "SVC", "random features"]
    rows = benchmark["main"](["--images", "150", "--only", *names] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    assert [row[0] for row in rows] == names
    assert all(float(row[1]) > 50 and row[0] in output for row in rows)
    assert ("| --: |" in output or "--:|" in output) == markdown


def test_kernel_svm_makes_every_contender():
    contenders = runpy.run_path(str(SCRIPT))["make_contenders"](1)
    assert {"intersection", "chi2", "Nystroem"} <= set(contenders)
    assert all(hasattr(contender, "fit") for contender in contenders.values())
