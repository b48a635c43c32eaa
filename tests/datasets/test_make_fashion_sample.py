import gzip
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from classicvis.datasets import load_fashion_sample

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "make_fashion_sample.py"


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(header + array.astype(np.uint8).tobytes(), compresslevel=1))


def test_make_fashion_sample_takes_the_first_images_of_each_class(tmp_path):
    sample = load_fashion_sample()
    more = np.zeros((20, 28, 28)), np.arange(20) % 10  # that come too late to be taken
    order = np.random.default_rng(0).permutation(10).repeat(600) + 10 * np.tile(np.arange(600), 10)  # class by class
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", np.concatenate([sample.X_train[order], more[0]]))
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", np.concatenate([sample.y_train[order], more[1]]))
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", np.concatenate([sample.X_test, more[0]]))
    write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", np.concatenate([sample.y_test, more[1]]))
    target = tmp_path / "sample.png"
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path), "--target", str(target)], check=True)
    bundled = (files("classicvis.datasets") / "data" / "fashion-sample.png").read_bytes()
    expected = cv2.imdecode(np.frombuffer(bundled, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(cv2.imread(str(target), cv2.IMREAD_UNCHANGED), expected)
    assert target.stat().st_size <= 3_000_000
