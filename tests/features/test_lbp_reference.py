"""local_binary_pattern() gives scikit-image's codes to the bit, and the histograms those of the plain twin."""

from pathlib import Path

import numpy as np
import pytest
import skimage.feature
from golden.make_lbp import CASES, METHODS
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference import lbp as twin
from reference import pictures

from classicvis.features import LBPTransformer, local_binary_pattern

GOLDEN = Path(__file__).parents[1] / "golden" / "lbp.npz"
DTYPES = ("bool", "uint8", "uint16", "float32", "float64")
NORMS = ("L1", "L1-sqrt", "L2")

pytestmark = pytest.mark.filterwarnings("ignore:Applying `local_binary_pattern` to floating-point:UserWarning")


def assert_as_skimage(image, n_points, radius, method):
    ours = local_binary_pattern(image, n_points, radius, method)
    assert ours.dtype == np.float64
    assert_array_equal(ours, skimage.feature.local_binary_pattern(image, n_points, radius, method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("circle", [(8, 1), (8, 1.5), (5, 2), (3, 0.3)])
def test_twin_equals_skimage(circle, method):
    for image in (pictures.checkerboard(13, 16), pictures.smooth(11, 9), pictures.noise(6, 20) // 100):
        ours = twin.local_binary_pattern(image, *circle, method)
        assert_array_equal(ours, skimage.feature.local_binary_pattern(image, *circle, method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("circle", [(8, 1), (16, 2), (24, 3), (12, 1.7), (7, 5)])
@pytest.mark.parametrize("picture", pictures.GREY)
def test_lbp_equals_skimage_on_every_picture(picture, circle, method):
    assert_as_skimage(pictures.GREY[picture](41, 67), *circle, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("picture", ["photo", "noise", "checkerboard"])
def test_lbp_equals_skimage_for_every_dtype(picture, dtype, method):
    assert_as_skimage(pictures.as_dtype(pictures.GREY[picture](40, 51), dtype), 8, 1, method)
    assert_as_skimage(pictures.as_dtype(pictures.GREY[picture](40, 51), dtype), 10, 2.5, method)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint32", "float16"])
def test_lbp_takes_every_other_real_dtype(dtype):
    assert_as_skimage((pictures.photo(30, 30) // 2).astype(dtype), 8, 1, "nri_uniform")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_points", range(1, 32))
def test_lbp_equals_skimage_for_every_number_of_points(n_points, method):
    assert_as_skimage(pictures.noise(17, 22) // 60, n_points, 2, method)


@pytest.mark.parametrize("radius", [0.001, 0.5, 1, 1.4142135, 2, 3.3, 8, 40])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (1, 40), (40, 1), (3, 3), (9, 300), (5, 1100)])
def test_lbp_equals_skimage_for_every_size_and_radius(size, radius):
    assert_as_skimage(pictures.noise(*size) // 80, 8, radius, "default")


def test_lbp_equals_skimage_where_the_rounding_of_a_point_tips():
    image = np.array([[0, 1, 1, 1], [1, 1, 0, 1], [0, 1, 1, 1]], np.uint8)
    codes = local_binary_pattern(image, 3, 2.00001)  # a point at -1.000005, which single precision rounds away
    assert_array_equal(codes, twin.local_binary_pattern(image, 3, 2.00001, "default"))
    assert codes[2, 2] == 2


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_lbp_equals_skimage_for_random_draws(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    shape = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    image = rng.integers(0, data.draw(st.sampled_from([2, 4, 256])), shape, dtype=np.uint8)
    if data.draw(st.booleans()):
        image = rng.standard_normal(shape) * 10.0 ** data.draw(st.integers(-300, 300))
    circle = data.draw(st.integers(1, 31)), data.draw(st.floats(0.01, 12))
    assert_as_skimage(image, *circle, data.draw(st.sampled_from(METHODS)))


# ---------------------------------------------------------------- golden file


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_lbp_equals_the_golden_file(golden, case):
    picture, n_points, radius, method = case
    expected = golden[f"{picture}: {n_points}, {radius}, {method}"]
    assert_array_equal(local_binary_pattern(golden[picture], n_points, radius, method), expected)


# ---------------------------------------------------------------- histograms


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("grid", [(1, 1), (2, 3), (5, 4)])
def test_lbp_histograms_equal_the_twin(grid, method, norm):
    image = pictures.noise(14, 17) // 50
    features = LBPTransformer(((6, 1), (4, 2)), method, grid, norm).fit_transform(image[None].astype(np.float64))
    expected = [twin.histograms(image, n, r, method, grid, norm) for n, r in ((6, 1), (4, 2))]
    assert_allclose(features[0], np.concatenate(expected), rtol=0, atol=1e-15)


def test_lbp_histograms_of_colour_are_those_of_its_channels():
    image = pictures.colour_photo(20, 24)
    features = LBPTransformer(((8, 1), (8, 2)), grid=(2, 2), color="channels").fit_transform(image[None])
    grey = LBPTransformer(((8, 1), (8, 2)), grid=(2, 2)).fit_transform(np.moveaxis(image, -1, 0))
    expected = np.moveaxis(grey.reshape(3, 2, -1), 0, 1)  # circle by circle, then channel by channel
    assert_array_equal(features[0], expected.ravel())


@pytest.mark.parametrize("dtype", ["bool", "uint16", "float32", "float64"])
def test_lbp_weighs_channels_as_documented(dtype):
    image = pictures.as_dtype(pictures.colour_photo(30, 24), dtype)
    red, green, blue = np.moveaxis(image, -1, 0).astype(np.float64)
    features = LBPTransformer().fit_transform(image[None])
    assert features.dtype == ("float64" if dtype == "float64" else "float32")
    grey = LBPTransformer().fit_transform((red * 0.299 + green * 0.587 + blue * 0.114)[None])
    assert_array_equal(features, grey.astype(features.dtype))


def test_lbp_weighs_channels_of_8_bits_to_the_nearest_integer():
    image = pictures.colour_photo(30, 24)
    rounded = np.floor(image @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)
    assert_array_equal(LBPTransformer().fit_transform(image[None]), LBPTransformer().fit_transform(rounded[None]))
