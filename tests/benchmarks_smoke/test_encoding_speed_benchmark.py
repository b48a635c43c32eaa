"""The benchmark of encoding speed runs, and what it compares computes alike."""

import pathlib
import runpy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import encodings as twin

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "encoding_speed.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def descriptors(tmp_path):
    """A file of a few descriptors."""
    path = tmp_path / "descriptors.npy"
    np.save(path, np.random.default_rng(0).normal(size=(400, 6)))
    return str(path)


@pytest.mark.parametrize("markdown", [False, True])
def test_encoding_speed_prints_a_row_for_every_encoder(benchmark, descriptors, capsys, markdown):
    arguments = ["--descriptors", descriptors, "--rounds", "1", "--sizes", "4"] + ["--markdown"] * markdown
    rows = benchmark["main"](arguments)
    output = capsys.readouterr().out
    assert [row["name"] for row in rows] == ["FisherVector(4)", "VLAD(4)", "BagOfVisualWords(4)"]
    for row in rows:
        assert row["ours"] > 0
        assert row["name"] in output
    assert rows[0]["skimage"] > 0
    assert ("|:--" in output) == markdown


def test_encoding_speed_compares_what_computes_the_same(benchmark):
    fitted = benchmark["make_descriptors"](1000)
    images = fitted[:80].reshape(8, 10, -1)
    vlfeat = benchmark["vlfeat"]
    library = vlfeat.load_library() if vlfeat.is_installed() else None
    for make in ("fisher_runs", "vlad_runs"):
        runs = benchmark[make](4, fitted, images, library)[1]
        ours = runs["ours"]()[0]
        if "vlfeat" in runs:
            assert_allclose(ours, runs["vlfeat"](), rtol=0, atol=1e-4)
        for name in {"skimage", "skimage, float64"} & set(runs):
            theirs = runs[name]()[4:]
            theirs[len(theirs) // 2 :] *= -1
            assert_allclose(ours, twin.unit(theirs), rtol=0, atol=1e-3)


def test_encoding_speed_does_without_vlfeat(benchmark):
    fitted = benchmark["make_descriptors"](200)
    images = fitted[:80].reshape(8, 10, -1)
    for make in ("fisher_runs", "vlad_runs", "bag_runs"):
        name, runs, entries = benchmark[make](4, fitted, images, None)
        assert "vlfeat" not in runs
        row = {"name": name, "entries": entries} | dict.fromkeys(runs, 2.0)
        assert benchmark["cells_of"](row)[-2:] == ["–", "–"]
        assert len(benchmark["cells_of"](row)) == len(benchmark["HEADINGS"])
