"""The benchmark of keypoint SIFT's speed runs, and its table says what it measured."""

import pathlib
import runpy

import cv2
import numpy as np
import pytest
from reference import pictures

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "sift_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


def test_sift_speed_measures_images_of_a_folder(benchmark, capsys, tmp_path):
    (tmp_path / "readme.txt").write_text("no image")
    cv2.imwrite(str(tmp_path / "piece.png"), pictures.photo(90, 90))
    cv2.imwrite(str(tmp_path / "piece without keypoints.png"), np.zeros((50, 50), np.uint8))
    rows = benchmark["main"]([str(tmp_path), "--only", "piece", "--rounds", "1", "--markdown"])
    output = capsys.readouterr().out
    (row,) = rows
    assert row["name"] == "piece.png"
    assert row["n"] == len(row["cosines"]) > 20
    assert all(row[name] > 0 for name in ("classicvis", "opencv", "sift", "detectAndCompute"))
    assert "| piece.png" in output
    assert "of at least 0.99" in output
