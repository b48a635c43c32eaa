import hashlib
from importlib.resources import files

import numpy as np
import pytest

from classicvis.datasets import load_fashion_sample

# Of the arrays, not of the file: an image encoder may change, the pixels may not.
SHA256_TRAIN = "ecff6f3f8a00e00743b2896130eee5ed77338fe7f58fc769132708b77d5c92b9"
SHA256_TEST = "e9f89eb06e8c2328785b00abd588a8528d881d7f062acd7b17be736dfe20f1f5"


@pytest.fixture(scope="module")
def sample():
    return load_fashion_sample()


def test_fashion_sample_has_the_pixels_it_was_made_with(sample):
    assert hashlib.sha256(sample.X_train.tobytes()).hexdigest() == SHA256_TRAIN
    assert hashlib.sha256(sample.X_test.tobytes()).hexdigest() == SHA256_TEST


def test_fashion_sample_shapes_and_dtypes(sample):
    assert sample.X_train.shape == (6000, 28, 28)
    assert sample.X_test.shape == (1000, 28, 28)
    assert sample.X_train.dtype == sample.X_test.dtype == np.uint8
    assert sample.y_train.dtype == sample.y_test.dtype == np.intp
    assert sample.class_names.shape == (10,)
    assert sample.X_train.flags.c_contiguous
    assert sample.X_train.flags.writeable


@pytest.mark.parametrize("n_images", [10, 500, 6000])
def test_fashion_sample_is_balanced_from_the_start(sample, n_images):
    assert np.bincount(sample.y_train[:n_images]).tolist() == [n_images // 10] * 10


def test_fashion_sample_test_set_is_balanced(sample):
    assert np.bincount(sample.y_test).tolist() == [100] * 10


def test_fashion_sample_has_no_image_in_both_parts(sample):
    train = {image.tobytes() for image in sample.X_train}
    assert not any(image.tobytes() in train for image in sample.X_test)


def test_fashion_sample_is_small_and_credited(sample):
    data = files("classicvis.datasets") / "data"
    assert len((data / "fashion-sample.png").read_bytes()) <= 3_000_000
    assert "Copyright © 2017 Zalando SE" in (data / "LICENSE-fashion-mnist").read_text(encoding="utf-8")
    assert "MIT" in sample.DESCR


def test_fashion_sample_is_loaded_anew_each_time(sample):
    first = load_fashion_sample()
    first.X_train[:] = 0
    assert np.array_equal(load_fashion_sample().X_train, sample.X_train)
