"""Averaging when shrinking, interpolating when growing, and the three ways with proportions."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classicvis.images._resize import resample, resize_image

sides = st.integers(1, 40)


def test_image_of_the_right_size_is_left_alone(photo):
    assert resize_image(photo, (47, 61)) is photo


def test_shrinking_by_whole_factors_is_the_mean_of_blocks():
    image = np.random.default_rng(0).integers(0, 256, (12, 20), dtype=np.uint8)
    means = image.reshape(4, 3, 5, 4).mean(axis=(1, 3))
    assert np.abs(resize_image(image, (4, 5)) - means).max() <= 0.5001


def area_weights(n_old, n_new):
    """Return the part of each old pixel in the mean of each new one, as an array of shape (n_new, n_old)."""
    edges = np.arange(n_new + 1)[:, np.newaxis] * n_old / n_new
    old = np.arange(n_old)
    overlap = np.minimum(edges[1:], old + 1) - np.maximum(edges[:-1], old)
    return np.maximum(overlap, 0) * n_new / n_old


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("size", [(1, 1), (1, 61), (47, 1), (46, 60), (24, 31), (5, 7), (30, 20), (47, 3)])
def test_shrinking_is_the_mean_over_areas(size, channels):
    image = np.random.default_rng(0).integers(0, 256, (47, 61, *channels), dtype=np.uint8)
    rows, cols = area_weights(47, size[0]), area_weights(61, size[1])
    means = np.einsum("ir,jc,rc...->ij...", rows, cols, image.astype(float))
    assert np.abs(resize_image(image, size) - means).max() <= 0.5001


@settings(max_examples=60, deadline=None)
@given(shape=st.tuples(sides, sides), size=st.tuples(sides, sides), seed=st.integers(0, 99))
def test_shrinking_agrees_with_opencv(shape, size, seed):
    size = min(shape[0], size[0]), min(shape[1], size[1])
    image = np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)
    expected = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(resize_image(image, size).astype(int) - expected).max() <= 1


def test_shrinking_a_large_image_stays_accurate():
    image = np.full((3000, 3000), 255, np.uint8)
    image[::2] = 0
    assert resize_image(image, (1, 1)) in (127, 128)  # 127.5 in single precision
    image[:] = 255
    np.testing.assert_array_equal(resize_image(image, (7, 7)), 255)


def test_growing_is_linear(photo):
    expected = cv2.resize(photo, (90, 80), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(resize_image(photo, (80, 90)), expected)


@pytest.mark.parametrize("size", [(20, 90), (80, 30)])
def test_each_axis_goes_its_own_way(photo, size):
    smaller = min(47, size[0]), min(61, size[1])
    expected = cv2.resize(resize_image(photo, smaller), size[::-1], interpolation=cv2.INTER_LINEAR)
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


@settings(deadline=None)
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
