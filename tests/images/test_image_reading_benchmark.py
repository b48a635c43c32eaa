"""The benchmark of image reading runs, and its readers agree on what they read."""

import pathlib
import runpy

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "image_reading.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


def test_benchmark_prints_a_rate_for_every_reader(benchmark, capsys):
    rates = benchmark["main"](["--images", "1", "--rounds", "1"])
    output = capsys.readouterr().out
    assert list(rates) == list(benchmark["KINDS"])
    for kind, by_reader in rates.items():
        assert kind in output
        assert list(by_reader) == list(benchmark["READERS"])
        assert min(by_reader.values()) > 0


def test_readers_of_the_benchmark_read_the_same_pictures(benchmark, tmp_path):
    paths = benchmark["write_photos"](tmp_path, 2, (150, 200), "png", {})
    ours, by_pillow, by_skimage = (read(paths).astype(int) for read in benchmark["READERS"].values())
    assert np.abs(ours - by_pillow).mean() < 3  # Pillow's box filter takes whole pixels only
    assert np.abs(ours - by_skimage).mean() < 3
