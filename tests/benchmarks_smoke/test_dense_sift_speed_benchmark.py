"""The benchmark of dense SIFT's speed runs, with VLFeat where it is installed, and its table says what it measured."""

import pathlib
import runpy
import sys

import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield runpy.run_path(str(FOLDER / "dense_sift_speed.py"))
    sys.modules.pop("vlfeat", None)


def test_dense_sift_speed_prints_a_row_for_every_case(benchmark, capsys):
    rows = benchmark["main"](["--only", "28 × 28, step 8, flat", "--rounds", "1", "--markdown"])
    output = capsys.readouterr().out
    assert [row["case"].content for row in rows] == ["photo", "noise"]
    names = ("classicvis", "opencv", "vlfeat") if benchmark["vlfeat"].is_installed() else ("classicvis", "opencv")
    assert all(row[name] > 0 for row in rows for name in names)
    assert output.count("| 28 × 28, step 8, flat") == 2


def test_what_is_compared_describes_alike(benchmark):
    case = next(case for case in benchmark["make_cases"]() if case.shape == (128, 128) and case.step == 8)
    image = benchmark["make_images"](case)[0]
    runs = benchmark["make_runs"](case, image[None])
    ours = runs["classicvis"][0]()
    if benchmark["vlfeat"].is_installed():  # else the golden file of test_dense_sift_reference.py speaks for it
        theirs = benchmark["vlfeat"].DenseSIFT(case.shape, case.step, 4, case.window)(image)[1]
        assert np.abs(ours - theirs).max() < 1e-4
    mirrored = runs["opencv"][0]()[0].reshape(-1, 16, 8)[..., -np.arange(8) % 8].reshape(-1, 128)  # upwards is +90°
    smoothed = benchmark["dense_sift"](image, 8, 4, window="gaussian", magnification=4 / 1.52).descriptors
    cosines = (smoothed * mirrored).sum(axis=1) / np.linalg.norm(mirrored, axis=1)
    assert np.median(cosines) > 0.95  # the same cells, as OpenCV smooths the image first
