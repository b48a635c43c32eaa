"""The benchmark of transfer learning runs, on a few small photos."""

import pathlib
import runpy

import numpy as np
import pytest
from onnx_models import make_convolutional
from PIL import Image

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "transfer.py"


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for channel, label in enumerate(("red", "green")):
        (tmp_path / "photos" / label).mkdir(parents=True)
        for i in range(35):
            photo = rng.integers(0, 60, (10, 12, 3), dtype=np.uint8)
            photo[..., channel] += 150
            Image.fromarray(photo).save(tmp_path / "photos" / label / f"{i}.png")
    (tmp_path / "network.onnx").write_bytes(make_convolutional())
    return tmp_path


@pytest.mark.parametrize("mean", [["127.5"], ["120", "110", "100"]])
def test_transfer_benchmark_prints_a_row_for_each_seed(folder, capsys, mean):
    main = runpy.run_path(str(SCRIPT))["main"]
    network = str(folder / "network.onnx")
    settings = ["--mean", *mean, "--std", "127.5", "--size", "8", "--threads", "1", "--seeds", "2"]
    runs = main([str(folder / "photos"), network, *settings])
    assert len(runs) == 2
    assert all(run.accuracy > 0.9 for run in runs)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[-3:]] == ["0", "1", "mean"]


def test_transfer_benchmark_takes_a_backbone_by_name():
    describe = runpy.run_path(str(SCRIPT))["describe_network"]
    options = runpy.run_path(str(SCRIPT))["parse_arguments"](["photos", "no-network"])
    with pytest.raises(ValueError, match="There is no backbone 'no-network'"):
        describe(options)
