"""Averaging when shrinking, interpolating when growing, and the three ways with proportions."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicvis.images._resize import resample, resize_image


def test_image_of_the_right_size_is_left_alone(photo):
    assert resize_image(photo, (47, 61)) is photo


def test_shrinking_by_whole_factors_is_the_mean_of_blocks():
    image = np.random.default_rng(0).integers(0, 256, (12, 20), dtype=np.uint8)
    means = image.reshape(4, 3, 5, 4).mean(axis=(1, 3))
    assert np.abs(resize_image(image, (4, 5)) - means).max() <= 0.5001


def test_shrinking_is_by_area(photo):
    expected = cv2.resize(photo, (20, 30), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(resize_image(photo, (30, 20)), expected)


def test_growing_is_linear(photo):
    expected = cv2.resize(photo, (90, 80), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(resize_image(photo, (80, 90)), expected)


@pytest.mark.parametrize("size", [(20, 90), (80, 30)])
def test_each_axis_goes_its_own_way(photo, size):
    smaller = min(47, size[0]), min(61, size[1])
    expected = cv2.resize(photo, smaller[::-1], interpolation=cv2.INTER_AREA)
    expected = cv2.resize(expected, size[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(resize_image(photo, size), expected)


def test_fine_stripes_vanish_along_an_axis_that_shrinks_while_the_other_grows():
    stripes = np.tile(np.array([0, 255], np.uint8), (4, 64))
    image = resize_image(stripes, (8, 16))
    assert set(np.unique(image)) <= {127, 128}


def test_growing_keeps_constant_images_constant():
    image = np.full((3, 5, 3), 77, np.uint8)
    for aspect in ("stretch", "pad", "crop"):
        np.testing.assert_array_equal(resize_image(image, (31, 29), aspect, pad_value=77), 77)


def test_pad_fits_the_whole_image_inside():
    image = np.full((10, 20), 200, np.uint8)
    padded = resize_image(image, (8, 8), "pad", pad_value=9)
    np.testing.assert_array_equal(padded[:2], 9)
    np.testing.assert_array_equal(padded[2:6], 200)
    np.testing.assert_array_equal(padded[6:], 9)


def test_pad_of_the_same_proportions_adds_nothing(photo):
    doubled = resize_image(photo, (94, 122), "pad")
    np.testing.assert_array_equal(doubled, resample(photo, 94, 122))


def test_pad_of_colour_fills_all_channels():
    padded = resize_image(np.zeros((20, 10, 3), np.uint8), (4, 4), "pad", pad_value=255)
    np.testing.assert_array_equal(padded[:, 0], 255)
    np.testing.assert_array_equal(padded[:, 3], 255)
    np.testing.assert_array_equal(padded[:, 1:3], 0)


def test_crop_takes_the_middle(photo):
    np.testing.assert_array_equal(resize_image(photo, (47, 47), "crop"), photo[:, 7:54])
    np.testing.assert_array_equal(resize_image(photo, (20, 20), "crop"), resample(photo[:, 7:54], 20, 20))
    np.testing.assert_array_equal(resize_image(photo, (61, 122), "crop"), resample(photo[8:39], 61, 122))


def test_stretch_uses_all_of_the_image():
    image = np.zeros((4, 8), np.uint8)
    image[:, 4:] = 200
    np.testing.assert_array_equal(resize_image(image, (4, 2)), [[0, 200]] * 4)


sides = st.integers(1, 40)


@given(shape=st.tuples(sides, sides), size=st.tuples(sides, sides), channels=st.sampled_from([(), (3,)]))
@pytest.mark.parametrize("aspect", ["stretch", "pad", "crop"])
def test_every_shape_becomes_the_size(aspect, shape, size, channels):
    image = np.full((*shape, *channels), 123, np.uint8)
    resized = resize_image(image, size, aspect, pad_value=123)
    assert resized.shape == (*size, *channels)
    np.testing.assert_array_equal(resized, 123)


@pytest.mark.parametrize("aspect", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("shape", [(1, 100_000), (100_000, 1)])
def test_extreme_proportions_are_no_problem(aspect, shape):
    image = np.full(shape, 50, np.uint8)
    assert resize_image(image, (32, 32), aspect).shape == (32, 32)


def test_read_only_images_and_views_are_taken(photo):
    assert not photo.flags.writeable
    view = np.asfortranarray(photo)[::2, ::-1]
    expected = resize_image(np.ascontiguousarray(view), (9, 9))
    np.testing.assert_array_equal(resize_image(view, (9, 9)), expected)
