"""The benchmark of HOG's speed runs, and what it compares computes alike."""

import pathlib
import runpy

import numpy as np
import pytest
from numpy.testing import assert_allclose

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "hog_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


@pytest.mark.parametrize("markdown", [False, True])
def test_hog_speed_prints_a_row_for_every_case(benchmark, capsys, markdown):
    rows = benchmark["main"](["--only", " 32 × 32", "--rounds", "1", "--pixels", "4096"] + ["--markdown"] * markdown)
    output = capsys.readouterr().out
    names = ["grey 32 × 32", "RGB 32 × 32", "float32 32 × 32", "float64 32 × 32"]
    assert [row["case"].name for row in rows[::2]] == names
    assert {row["content"] for row in rows} == {"noise", "smooth"}
    for row in rows:
        assert row["classicvis"] > 0
        assert row["skimage"] > 0
    for name in names:
        assert name in output
    assert ("|:--" in output) == markdown


def test_hog_speed_cases_have_a_name_each(benchmark):
    names = [case.name for case in benchmark["make_cases"]()]
    assert len(names) == len(set(names))
    assert {case.dtype for case in benchmark["make_cases"]()} == {"uint8", "float32", "float64"}


def test_hog_speed_compares_what_computes_the_same(benchmark):
    for case in benchmark["make_cases"]():
        if case.shape[0] > 128 or case.dtype == "float32":
            continue
        for content in benchmark["CONTENTS"]:
            images = benchmark["make_images"](content, 4, case.shape, case.dtype)
            runs = benchmark["make_runs"](case, images)
            ours, theirs = runs["classicvis"][0](), np.stack(runs["skimage"][0]())
            assert_allclose(ours[: len(theirs)], theirs, rtol=0, atol=1e-5, err_msg=case.name)


def test_hog_speed_tables_say_how_many_times_as_fast(benchmark):
    case = benchmark["Case"]("some images", (32, 32), least_over_skimage=100, least_over_opencv=8)
    row = {"case": case, "content": "noise", "classicvis": 2.0, "skimage": 300.0, "opencv": 30.0}
    assert benchmark["cells_of"](row)[4:] == ("150", "100", "30.0", "15.0", "8")
    assert benchmark["cells_of"](row | {"opencv": None})[6:] == ("–", "–", "–")
