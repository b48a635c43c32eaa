"""The same pixels give the same features to the last bit, whatever the dtype and the container they come in."""

import numpy as np
import pandas as pd
import pytest
import skimage.data
from numpy.testing import assert_array_equal
from reference import pictures

from classicvis import (
    ColorHistogramTransformer,
    FisherVector,
    GaborTransformer,
    HOGTransformer,
    KMeansPatchTransformer,
    LBPTransformer,
    SIFTTransformer,
)
from classicvis.features import dense_sift, hog, local_binary_pattern, sift

TRANSFORMERS = {
    "hog": HOGTransformer(),
    "dense sift": SIFTTransformer(encoder=FisherVector(2, random_state=0), random_state=0),
    "keypoint sift": SIFTTransformer("keypoints", FisherVector(2, random_state=0), random_state=0),
    "lbp": LBPTransformer(grid=(2, 2)),
    "lbp of channels": LBPTransformer(grid=(2, 2), color="channels"),
    "colours": ColorHistogramTransformer(),
    "gabor": GaborTransformer(frequencies=(0.2,), orientations=2),
    "patches": KMeansPatchTransformer(4, n_patches=200, random_state=0),
}
FUNCTIONS = {
    "hog": hog,
    "dense_sift": lambda image: dense_sift(image).descriptors,
    "sift": lambda image: sift(image).descriptors,
    "local_binary_pattern": lambda image: local_binary_pattern(image, 8, 1),
}
INTEGERS = ["int16", "int32", "int64", "uint32", "uint64", ">i4"]
TAKE_NUMBERS_AS_THEY_ARE = ("hog", "gabor")


def images(n_channels=None):
    picture = pictures.photo(64, 64) if n_channels is None else skimage.data.astronaut()[100:164, 200:264]
    return np.stack([picture[i : i + 32, i : i + 32] for i in (0, 8, 16, 32)])


def as_mixed_list(X):
    """Give each image a dtype of its own, in which it means the same."""
    convert = (
        lambda image: image,
        lambda image: image / 255,
        lambda image: image / np.float32(255),
        lambda image: image.astype(np.uint16) * 257,
    )
    return [convert[i % 4](image) for i, image in enumerate(X)]


CONTAINERS = {
    **{dtype: lambda X, dtype=dtype: X.astype(dtype) for dtype in INTEGERS},
    "nested lists": lambda X: X.tolist(),
    "list of arrays": list,
    "list of nested lists": lambda X: [image.tolist() for image in X],
    "list of dtypes": as_mixed_list,
    "object array": lambda X: X.astype(object),
    "series": lambda X: pd.Series(list(X)),
    "values of a dict": lambda X: dict(enumerate(X)).values(),
}
FLAT = {
    "rows": lambda X: X.reshape(len(X), -1),
    "int64 rows": lambda X: X.reshape(len(X), -1).astype(np.int64),
    "frame": lambda X: pd.DataFrame(X.reshape(len(X), -1)),
    "int64 frame": lambda X: pd.DataFrame(X.reshape(len(X), -1).astype(np.int64)),
    "nullable frame": lambda X: pd.DataFrame(X.reshape(len(X), -1)).astype("Int64"),
    "list of rows": lambda X: X.reshape(len(X), -1).tolist(),
}


@pytest.mark.parametrize("n_channels", [None, 3])
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_features_do_not_depend_on_the_container(name, container, n_channels):
    X, transformer = images(n_channels), TRANSFORMERS[name]
    expected = transformer.fit_transform(X)
    converted = CONTAINERS[container](X)
    assert_array_equal(transformer.transform(converted), expected)
    assert_array_equal(transformer.fit_transform(converted), expected)
    assert transformer.value_range_ == (0, 255)


@pytest.mark.parametrize("container", FLAT)
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_features_of_flat_rows_are_those_of_images(name, container):
    X, transformer = images(), TRANSFORMERS[name]
    assert_array_equal(transformer.fit_transform(FLAT[container](X)), transformer.fit_transform(X))


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_do_not_depend_on_the_dtype(name, dtype):
    image = images()[0]
    assert_array_equal(FUNCTIONS[name](image.astype(dtype)), FUNCTIONS[name](image))
    assert_array_equal(FUNCTIONS[name](image.tolist()), FUNCTIONS[name](image))


@pytest.mark.parametrize("value", [-1, 256])
@pytest.mark.parametrize("name", [name for name in TRANSFORMERS if name != "hog"])
def test_other_integers_beyond_8_bits_are_an_error(name, value):
    X = images().astype(np.int64)
    X[2, 3, 4] = value
    for given in (X, list(X), X.reshape(len(X), -1)):
        with pytest.raises(ValueError, match=r"Sample 2 of X has int64 values .* cast to uint16 .* or divide"):
            TRANSFORMERS[name].fit(given)


@pytest.mark.parametrize("name", ["dense_sift", "sift", "local_binary_pattern"])
def test_functions_refuse_other_integers_beyond_8_bits(name):
    with pytest.raises(ValueError, match=r"The image has int64 values from 0 to 256, but .* cast to uint16"):
        FUNCTIONS[name](np.arange(257).reshape(1, -1).repeat(40, axis=0))


def test_hog_takes_any_integer():
    X = images().astype(np.int64) * 1000 - 70_000
    assert_array_equal(HOGTransformer().fit_transform(X), HOGTransformer().fit_transform(X.astype(np.float32)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_channels", [None, 3])
@pytest.mark.parametrize("color", ["gray", "channels"])
@pytest.mark.parametrize("method", ["uniform", "ror"])
def test_local_binary_patterns_of_floats_are_those_of_their_grey_levels(dtype, n_channels, color, method):
    X = images(n_channels)
    X[:, 8:24, 8:24] = 100  # flat ground, where rounding would decide
    transformer = LBPTransformer(
        circles=((8, 1), (16, 2)), method="uniform" if method == "uniform" else "ror", color=color
    )
    of_floats = transformer.fit_transform((X / 255).astype(dtype))
    assert_array_equal(of_floats.astype(np.float32), transformer.fit_transform(X))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_codes_of_a_float_image_are_those_of_its_grey_levels(dtype):
    image = images()[0]
    image[8:24, 8:24] = 100
    assert_array_equal(local_binary_pattern((image / 255).astype(dtype), 8, 1), local_binary_pattern(image, 8, 1))


@pytest.mark.parametrize("name", TAKE_NUMBERS_AS_THEY_ARE)
def test_another_range_of_values_than_in_fit_is_worth_a_warning(name):
    X = images()
    transformer = TRANSFORMERS[name].fit(X)
    with pytest.warns(
        UserWarning, match=r"X has values from 0 to 1, but .* was fitted on values from 0 to 255"
    ) as caught:
        transformer.transform(X / 255)
    assert len(caught) == 1
    assert transformer.fit(X / 255).value_range_ == (0, 1)
    with pytest.warns(UserWarning, match="X has values from 0 to 255, but .* was fitted on values from 0 to 1"):
        transformer.transform(X)


@pytest.mark.parametrize("name", TAKE_NUMBERS_AS_THEY_ARE)
def test_dark_images_and_values_of_one_range_do_not_warn(name):
    X = images()
    transformer = TRANSFORMERS[name].fit(X)
    transformer.transform(np.zeros_like(X))
    transformer.transform(np.zeros(X.shape))
    transformer.transform(X.astype(np.float32))


@pytest.mark.parametrize("name", [name for name in TRANSFORMERS if name not in TAKE_NUMBERS_AS_THEY_ARE])
def test_features_that_know_black_and_white_take_both_ranges(name):
    X = images(3)
    transformer = TRANSFORMERS[name].fit(X)
    of_floats, of_integers = transformer.transform((X / 255).astype(np.float32)), transformer.transform(X)
    cosines = (
        (of_floats * of_integers).sum(axis=1) / np.linalg.norm(of_floats, axis=1) / np.linalg.norm(of_integers, axis=1)
    )
    assert cosines.min() > 0.99, "8-bit greys are rounded, those of floats are not"
