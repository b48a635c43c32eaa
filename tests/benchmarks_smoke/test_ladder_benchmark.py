"""The ladder of methods runs, and splits data as it says."""

import gzip
import pathlib
import runpy
from functools import partial

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from classicvis import ImageReader, make_hog_svm

SCRIPT = pathlib.Path(__file__).parents[2] / "benchmarks" / "ladder.py"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))


def save_images(folder, names, rng):
    folder.mkdir(parents=True)
    for name in names:
        Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8)).save(folder / f"{name}.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for label in "ab":
        save_images(folder / "caltech20" / label, range(34), rng)
        save_images(folder / "gtsrb" / label, [f"{track:05d}_{i:05d}" for track in range(10) for i in range(3)], rng)
    (folder / "fashion-mnist").mkdir()
    for part, n in (("train", 40), ("t10k", 20)):
        images, labels = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), np.arange(n, dtype=np.uint8) % 2
        for name, array in ((f"{part}-images-idx3", images), (f"{part}-labels-idx1", labels)):
            head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
            (folder / "fashion-mnist" / f"{name}-ubyte.gz").write_bytes(gzip.compress(head + array.tobytes()))
    (folder / "cifar10").mkdir()
    colours = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    arrays = {"x_train": colours, "y_train": np.arange(40) % 2, "x_test": colours[:10], "y_test": np.arange(10) % 2}
    np.savez(folder / "cifar10" / "cifar10.npz", **arrays)
    return folder


def make_nearest(random_state, n_jobs):
    flatten = FunctionTransformer(lambda images: images.reshape(len(images), -1))
    return make_pipeline(ImageReader(16, color="gray"), flatten, KNeighborsClassifier(1))


@pytest.mark.parametrize("name", ["fashion-mnist", "cifar10", "gtsrb", "caltech20"])
def test_ladder_loads_every_data_set(benchmark, folder, name):
    split = benchmark["LADDERS"][name].load(folder / name, 0)
    assert len(split.X_train) == len(split.y_train)
    assert len(split.X_test) == len(split.y_test) > 0


def test_ladder_keeps_tracks_on_one_side(benchmark, folder):
    split = benchmark["load_gtsrb"](folder / "gtsrb", 0)
    tracks = [{path.split("gtsrb")[1].partition("_")[0] for path in paths} for paths in (split.X_train, split.X_test)]
    assert not tracks[0] & tracks[1]


def test_ladder_draws_as_many_photos_of_each_class(benchmark, folder):
    splits = [benchmark["load_caltech"](folder / "caltech20", seed) for seed in (0, 1)]
    assert np.bincount(splits[0].y_train).tolist() == [30, 30]
    assert np.bincount(splits[0].y_test).tolist() == [4, 4]
    assert set(splits[0].X_train) != set(splits[1].X_train)


def test_ladder_prints_a_row_for_each_method(benchmark, folder, capsys, monkeypatch):
    methods = {"nearest": make_nearest, "hog": partial(make_hog_svm, size=16)}
    ladder = benchmark["Ladder"](benchmark["load_caltech"], "nobody", methods, "balanced_accuracy")
    monkeypatch.setitem(benchmark["LADDERS"], "caltech20", ladder)
    benchmark["main"]([str(folder), "--data", "caltech20", "--seeds", "2"])
    output = capsys.readouterr().out
    assert "caltech20; published: nobody" in output
    assert "nearest" in output
    assert "hog" in output


def test_ladder_methods_are_made(benchmark):
    for ladder in benchmark["LADDERS"].values():
        for make in ladder.methods.values():
            assert hasattr(make(random_state=0, n_jobs=-1), "fit")
