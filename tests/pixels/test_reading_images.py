"""`read_images` and `record`: every dtype and every container that a user may have."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image
from sklearn.base import BaseEstimator

from classicvis.pixels import list_items, read_images, record

INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
PIXELS = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)  # small enough for every integer dtype
LEVELS = np.linspace(0, 255, 48).round().astype(np.uint8).reshape(3, 4, 4)


class Tensor:
    """What a tensor of another library shows of itself."""

    def __init__(self, values):
        self.values = values
        self.ndim, self.shape = values.ndim, values.shape

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


def lists(images):
    return [image.tolist() for image in images]


CONTAINERS = {
    "list of arrays": list,
    "tuple": tuple,
    "nested lists": lists,
    "nested tuples": lambda images: tuple(tuple(map(tuple, image)) for image in lists(images)),
    "tensors": lambda images: [Tensor(image) for image in images],
    "one tensor": Tensor,
    "PIL images": lambda images: [Image.fromarray(image) for image in images],
    "object array": lambda images: pd.Series(list(images)).to_numpy(),
    "pandas Series": lambda images: pd.Series(list(images), index=[5, 3, 9]),
    "pandas frame": lambda images: pd.DataFrame({"image": list(images)}, index=[5, 3, 9]),
    "polars Series": lambda images: pl.Series("image", lists(images)),
    "polars Series of arrays": lambda images: pl.Series("image", images),
    "polars frame": lambda images: pl.DataFrame({"image": lists(images)}),
    "dict.values()": lambda images: dict(enumerate(images)).values(),
    "flat rows": lambda images: images.reshape(len(images), -1),
    "frame of columns": lambda images: pd.DataFrame(images.reshape(len(images), -1)),
    "polars frame of columns": lambda images: pl.DataFrame(images.reshape(len(images), -1)),
    "nullable frame": lambda images: pd.DataFrame(images.reshape(len(images), -1)).astype("Int64"),
    "object table": lambda images: images.reshape(len(images), -1).astype(object),
}


@pytest.mark.parametrize("value_range", [None, "dtype", (0, 255), [0, 255], np.array([0, 255])], ids=str)
@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_hold_the_same_pixels(container, value_range):
    batch = read_images(CONTAINERS[container](LEVELS), value_range=value_range)
    assert batch.dtype == np.uint8
    assert np.array_equal(batch.pixels[..., 0], LEVELS)
    assert batch.value_range == (0, 255)
    assert batch.sample_shape == (4, 4)


@pytest.mark.parametrize("as_container", [np.asarray, list, lists, lambda images: images.reshape(3, -1)])
@pytest.mark.parametrize("dtype", sorted(set(INTEGERS) - {"uint16"}))
def test_integers_of_0_to_255_are_8_bit_pixels(dtype, as_container):
    batch = read_images(as_container(PIXELS.astype(dtype)), value_range="dtype")
    assert batch.dtype == np.uint8
    assert np.array_equal(batch.pixels[..., 0], PIXELS)
    assert batch.value_range == (0, 255)


@pytest.mark.parametrize("as_container", [np.asarray, list, lambda images: images.reshape(3, -1)])
def test_uint16_stays(as_container):
    batch = read_images(as_container(PIXELS.astype(np.uint16)), value_range="dtype")
    assert batch.dtype == np.uint16
    assert batch.value_range == (0, 65535)


@pytest.mark.parametrize("as_container", [np.asarray, list, lambda images: images.reshape(3, -1), pd.Series])
@pytest.mark.parametrize("dtype", sorted(set(INTEGERS) - {"uint8", "uint16"}))
def test_other_integers_name_the_sample(dtype, as_container):
    images = PIXELS.astype(dtype)
    images[1, 2, 2] = -1 if dtype == "int8" else 300 if np.iinfo(dtype).max > 300 else 0
    given = as_container(list(images)) if as_container is pd.Series else as_container(images)
    with pytest.raises(ValueError, match=rf"Sample 1 of X has {dtype} values .* mean 0 to 255"):
        read_images(given)


@pytest.mark.parametrize("as_container", [np.asarray, list, lists, lambda images: images.reshape(3, -1)])
@pytest.mark.parametrize("value", [-7, 300, 2**24 + 1])
def test_any_integer(value, as_container):
    images = PIXELS.astype(np.int64)
    images[1, 2, 2] = value
    batch = read_images(as_container(images), any_integer=True)
    assert batch.dtype == (np.float64 if value > 2**24 else np.float32)
    assert np.array_equal(batch.pixels[..., 0], images)


def test_any_integer_beside_floats_names_the_sample():
    images = [PIXELS[0] / 255, PIXELS[1].astype(np.int64) * 10]
    with pytest.raises(ValueError, match="Sample 1 of X has int64 values from 160 to 310"):
        read_images(images, any_integer=True)


@pytest.mark.parametrize("value_range", [None, "dtype"])
@pytest.mark.parametrize(
    "other",
    [
        lambda image: image / 255,
        lambda image: image.astype(np.float32) / np.float32(255),
        lambda image: image.astype(np.uint16) * 257,
    ],
    ids=["float64", "float32", "uint16"],
)
def test_mixed_dtypes_become_8_bit(other, value_range):
    batch = read_images([other(LEVELS[0]), LEVELS[1], LEVELS[2].astype(np.int64)], value_range=value_range)
    assert batch.dtype == np.uint8
    assert np.array_equal(batch.pixels[..., 0], LEVELS)
    assert batch.value_range == (0, 255)


def test_bool_beside_8_bit_becomes_black_and_white():
    batch = read_images([LEVELS[0] > 40, LEVELS[1]], value_range="dtype")
    assert np.array_equal(batch.pixels[0, ..., 0], np.where(LEVELS[0] > 40, 255, 0))
    assert batch.dtype == np.uint8


@pytest.mark.parametrize(
    ("value_range", "image", "dtype"),
    [
        ((0, 255), LEVELS[1], np.uint8),
        (np.array([16, 235]), LEVELS[1], np.uint8),
        ((0, 1000), LEVELS[1], np.float64),
        ((-1.0, 1.0), LEVELS[1] / np.float32(255), np.float32),
    ],
)
def test_bool_in_a_given_range_becomes_black_and_white(value_range, image, dtype):
    is_white = LEVELS[0] > 40
    batch = read_images([is_white, image], value_range=value_range)
    assert batch.dtype == dtype
    assert np.array_equal(batch.pixels[0, ..., 0], np.where(is_white, value_range[1], value_range[0]))
    assert np.array_equal(batch.pixels[1, ..., 0], image)


def test_only_bool_stays():
    batch = read_images([LEVELS[0] > 40, LEVELS[1] > 40], value_range=(0, 255))
    assert batch.dtype == bool
    assert batch.value_range == (0, 1)


@pytest.mark.parametrize("factor", [2.0, 255.0, -0.5])
def test_floats_beyond_0_to_1_beside_8_bit_name_the_sample(factor):
    images = [LEVELS[0], LEVELS[1], LEVELS[2] / 255 * factor]
    with pytest.raises(ValueError, match=r"Sample 2 of X has float64 values .* outside 0 to 1"):
        read_images(images)


REFUSED = {
    "a PIL image": (lambda path: Image.fromarray(LEVELS[0]), "X is a single image, .* put it into a list"),
    "bytes": (lambda path: b"\x89PNG", "X is a single image, 4 bytes"),
    "a path": (lambda path: path / "a.png", "X is a single image, .*a.png"),
    "Path.glob()": (lambda path: path.glob("*.png"), "can be read only once: give list"),
    "a generator": (lambda path: (image for image in LEVELS), "X is a generator, which can be read only once"),
    "a map": (lambda path: map(np.asarray, LEVELS), "X is a map, which can be read only once"),
    "a dict": (lambda path: dict(enumerate(LEVELS)), "X is a dict, .* give list\\(X.values\\(\\)\\)"),
    "a set": (lambda path: {"a.png", "b.png"}, "X is a set, which has no order"),
    "dict.keys()": (lambda path: {"a.png": 0}.keys(), "X is a dict_keys, which has no order"),
    "two columns": (
        lambda path: pd.DataFrame({"image": list(LEVELS), "label": [0, 1, 2]}),
        "X has the columns 'image', 'label', but images come in one: give that column, X\\['image'\\]",
    ),
    "two columns, the second of images": (
        lambda path: pl.DataFrame({"label": [0, 1, 2], "image": lists(LEVELS)}),
        "give that column, X\\['image'\\]",
    ),
    "a list of paths": (lambda path: ["a.png"], "put ImageReader"),
    "a list of bytes": (lambda path: [b"\x89PNG"], "put ImageReader"),
    "an image and a path": (lambda path: [LEVELS[0], "a.png"], "Sample 1 of X .*put ImageReader"),
    "an image and a number": (lambda path: [LEVELS[0], 7], "Row 1 of X is 7"),
    "an image and None": (lambda path: [LEVELS[0], None], "Row 1 of X is None"),
    "an empty list": (lambda path: [], "at least one image"),
    "text": (lambda path: [np.full((4, 4), "a")], "Sample 0 of X has values of dtype <U1"),
    "uneven lists": (lambda path: [[[1, 2], [3]]], "Sample 0 of X cannot be turned into an array"),
    "five channels": (lambda path: [np.zeros((4, 4, 5))], "Sample 0 of X has the shape \\(4, 4, 5\\)"),
    "NaN": (lambda path: [LEVELS[0], np.full((4, 4), np.nan)], "Sample 1 of X contains NaN"),
}


@pytest.mark.parametrize("given", REFUSED)
def test_what_is_not_a_listing_of_images_gets_one_sentence(given, tmp_path):
    make, message = REFUSED[given]
    with pytest.raises(ValueError, match=message):
        read_images(make(tmp_path))


@pytest.mark.parametrize(
    "X",
    [LEVELS, LEVELS.reshape(3, -1), pd.DataFrame(LEVELS.reshape(3, -1)), [[1, 2], [3, 4]]],
    ids=lambda X: type(X).__name__,
)
def test_numbers_are_not_a_listing(X):
    assert list_items(X) is None


@pytest.mark.parametrize(
    "as_listing", [list, tuple, np.array, pd.Series, lambda names: pd.DataFrame({"path": names}), pl.Series]
)
def test_list_items_of_paths(as_listing):
    assert list_items(as_listing(["b.png", "a.png"])) == ["b.png", "a.png"]


def test_record_keeps_shape_range_and_names():
    frame = pd.DataFrame(LEVELS.reshape(3, -1), columns=[f"pixel{i}" for i in range(16)])
    estimator = BaseEstimator()
    record(estimator, read_images(frame))
    assert estimator.sample_shape_ == (4, 4)
    assert estimator.value_range_ == (0, 255)
    assert estimator.n_features_in_ == 16
    assert estimator.feature_names_in_.tolist() == list(frame.columns)
    record(estimator, read_images([LEVELS[0], LEVELS[1, :2] / 255], any_size=True))
    assert estimator.sample_shape_ is None
    assert not hasattr(estimator, "n_features_in_")
    assert not hasattr(estimator, "feature_names_in_")
