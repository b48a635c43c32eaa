"""Number types to 8 bits, colour to grey, grey to colour."""

import cv2
import numpy as np
import pytest
from PIL import Image

from classicvis.images._color import convert_color, grey_from_rgb, rgb_from_grey
from classicvis.images._errors import UnreadableImage
from classicvis.pixels import scale_to_uint8


def all_colours():
    red, green, blue = np.meshgrid(*[np.arange(256, dtype=np.uint8)] * 3, indexing="ij")
    return np.stack([red, green, blue], axis=-1).reshape(4096, 4096, 3)


def test_grey_of_every_colour_is_the_documented_integer():
    colours = all_colours()
    red, green, blue = (colours[..., channel].astype(np.uint32) for channel in range(3))
    expected = (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15
    np.testing.assert_array_equal(grey_from_rgb(colours), expected)


def test_grey_is_within_one_of_pil_and_equal_to_opencv(photo):
    grey = grey_from_rgb(photo)
    assert np.abs(grey.astype(int) - np.asarray(Image.fromarray(photo).convert("L"))).max() <= 1
    np.testing.assert_array_equal(grey, cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY))


def test_grey_of_grey_is_itself():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(grey_from_rgb(rgb_from_grey(grey)), grey)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (5, 7, 4)])
def test_any_number_of_channels_becomes_the_wanted_colour(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    rgb = np.dstack([image] * 3) if image.ndim == 2 or shape[2] == 1 else image[..., :3]
    np.testing.assert_array_equal(convert_color(image, "rgb"), rgb)
    np.testing.assert_array_equal(convert_color(image, "gray"), grey_from_rgb(np.ascontiguousarray(rgb)))


def test_uint8_is_kept():
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert scale_to_uint8(image) is image


def test_bool_is_black_and_white():
    np.testing.assert_array_equal(scale_to_uint8(np.array([[False, True]])), [[0, 255]])
    np.testing.assert_array_equal(scale_to_uint8(np.array([[False, True]]), (0, 9)), [[0, 255]])


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_uint16_is_divided_by_257_to_the_nearest_integer(byteorder):
    every = np.arange(2**16).astype(f"{byteorder}u2").reshape(256, 256)
    scaled = scale_to_uint8(every)
    assert scaled.dtype == np.uint8
    np.testing.assert_array_equal(scaled, (every.astype(np.int64) + 128) // 257)
    np.testing.assert_array_equal(scaled.reshape(-1)[::257], np.arange(256))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "longdouble"])
def test_floats_from_0_to_1_come_back_as_they_were(dtype):
    levels = np.arange(256).reshape(16, 16)
    scaled = scale_to_uint8((levels / 255).astype(dtype))
    assert scaled.dtype == np.uint8
    np.testing.assert_array_equal(scaled, levels)


def test_floats_are_rounded_to_the_nearest_integer():
    values = np.array([[0.0, 0.49, 0.51, 1.49, 254.51, 255.0]]) / 255
    np.testing.assert_array_equal(scale_to_uint8(values), [[0, 0, 1, 1, 255, 255]])


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint32", "uint64"])
def test_other_integers_are_levels(dtype):
    image = np.array([[0, 1, 127]], dtype=dtype)
    np.testing.assert_array_equal(scale_to_uint8(image), [[0, 1, 127]])


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.array([[0.0, 1.001]]), "float64 values from 0.0 to 1.001, outside 0 to 1"),
        (np.array([[-1e-6, 0.5]], np.float32), "outside 0 to 1"),
        (np.array([[np.nan, 0.5]]), "outside 0 to 1"),
        (np.array([[np.inf, 0.5]]), "outside 0 to 1"),
        (np.array([[-1, 0]]), "int64 values from -1 to 0, but integers other than uint16 mean 0 to 255"),
        (np.array([[0, 256]], np.uint32), "mean 0 to 255"),
        (np.array([[1j]]), "has values of dtype complex128"),
        (np.array([["a"]]), "has values of dtype <U1"),
        (np.array([[None]]), "has values of dtype object"),
    ],
)
def test_values_without_meaning_are_refused(image, message):
    with pytest.raises(UnreadableImage, match=message):
        scale_to_uint8(image)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32", "float64"])
def test_value_range_says_what_is_black_and_white(dtype):
    values = np.array([[0, 51, 255]], dtype=dtype)
    np.testing.assert_array_equal(scale_to_uint8(values, (0, 255)), [[0, 51, 255]])
    np.testing.assert_array_equal(scale_to_uint8(values, (0, 510)), [[0, 26, 128]])  # 25.5 and 127.5 to even


def test_value_range_may_be_negative():
    np.testing.assert_array_equal(scale_to_uint8(np.array([[-1.0, 0.0, 1.0]]), (-1, 1)), [[0, 128, 255]])


def test_value_outside_the_given_range_is_refused():
    with pytest.raises(UnreadableImage, match="uint8 values from 3 to 5, outside 0 to 4"):
        scale_to_uint8(np.array([[3, 5]], np.uint8), (0, 4))
