"""What hog() takes, returns and refuses; its picture; and the properties that scikit-image tests of its own hog."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import skimage.data
import skimage.feature
from numpy.testing import assert_allclose, assert_array_equal
from reference import pictures

from classicvis.features import hog


def test_hog_returns_a_vector_unless_told_otherwise():
    image = pictures.photo(40, 50)
    assert hog(image).shape == (3 * 4 * 3 * 3 * 9,)
    assert hog(image, feature_vector=False).shape == (3, 4, 3, 3, 9)
    assert_array_equal(hog(image), hog(image, feature_vector=False).ravel())


def test_hog_leaves_its_input_alone_and_takes_any_memory_layout():
    image = pictures.smooth(40, 48)
    copy = image.copy()
    expected = hog(image, transform_sqrt=True)
    assert_array_equal(image, copy)
    image.flags.writeable = False
    wide = np.zeros((80, 96))
    wide[::2, ::2] = image
    for same in (image, np.asfortranarray(image), wide[::2, ::2], image[::-1, ::-1].copy()[::-1, ::-1]):
        assert_array_equal(hog(same, transform_sqrt=True), expected)


def test_hog_takes_what_numpy_takes_for_an_array():
    image = pictures.photo(24, 24)
    assert_allclose(hog(image.tolist()), hog(image), rtol=0, atol=0)


# ---------------------------------------------------------------- the picture


def test_hog_takes_one_row_as_an_image_of_one_row_as_skimage_does():
    row = pictures.noise(1, 40)[0]
    parameters = {"pixels_per_cell": (1, 8), "cells_per_block": (1, 2)}
    assert_allclose(hog(row, **parameters), skimage.feature.hog(row, **parameters), rtol=0, atol=1e-5)


@pytest.mark.parametrize("transform_sqrt", [False, True])
@pytest.mark.parametrize("cell", [(8, 8), (7, 7), (5, 12), (2, 2), (1, 6), (3, 2), (20, 31)])
@pytest.mark.parametrize("orientations", [1, 3, 8, 9])
def test_hog_picture_equals_the_one_of_skimage(orientations, cell, transform_sqrt):
    parameters = {"orientations": orientations, "pixels_per_cell": cell, "cells_per_block": (1, 1)}
    parameters |= {"transform_sqrt": transform_sqrt, "visualize": True}
    image = pictures.photo(47, 66)
    features, picture = hog(image, **parameters)
    _, expected = skimage.feature.hog(image, **parameters)
    assert picture.shape == image.shape
    assert picture.dtype == features.dtype == np.float32
    assert_allclose(picture, expected, rtol=1e-5, atol=1e-5)


def test_hog_draws_cells_of_one_pixel_where_skimage_leaves_the_picture():
    picture = hog(pictures.photo(47, 66), pixels_per_cell=(1, 1), cells_per_block=(1, 1), visualize=True)[1]
    assert picture.shape == (47, 66)
    assert np.isfinite(picture).all()
    assert picture.max() > 0


@pytest.mark.parametrize("dtype", ["bool", "uint16", "float32", "float64"])
@pytest.mark.parametrize("channel_axis", [None, 0, 1, -1])
def test_hog_picture_equals_the_one_of_skimage_for_every_dtype_and_channel_axis(channel_axis, dtype):
    image = pictures.photo(40, 50) if channel_axis is None else pictures.noise(40, 50, 3)
    if channel_axis is not None:
        image = np.moveaxis(image, -1, channel_axis)
    image = pictures.as_dtype(image, dtype)
    features, picture = hog(image, visualize=True, channel_axis=channel_axis)
    expected_features, expected = skimage.feature.hog(image, visualize=True, channel_axis=channel_axis)
    assert picture.shape == (40, 50)
    assert picture.dtype == features.dtype == (np.float64 if dtype == "float64" else np.float32)
    assert_allclose(picture, expected, rtol=1e-5, atol=1e-5)
    assert_allclose(features, expected_features, rtol=0, atol=1e-5)


def test_hog_picture_changes_neither_features_nor_their_shape():
    image = pictures.photo(40, 50)
    for feature_vector in (False, True):
        features, _ = hog(image, visualize=True, feature_vector=feature_vector)
        assert_array_equal(features, hog(image, feature_vector=feature_vector))


def test_hog_picture_draws_lines_at_right_angles_to_the_gradient():
    size = 11
    image = np.zeros((size, size))
    image[size // 2 :] = 1  # brightness rises downwards, in the middle one of three bins
    _, picture = hog(image, 3, (size, size), (1, 1), visualize=True)
    middle = size // 2
    assert (np.delete(picture, middle, axis=0) == 0).all()
    assert (picture[middle, 1:-1] > 0).all()


# ---------------------------------------------------------------- what scikit-image tests


def test_hog_has_as_many_values_as_cells_and_bins():
    image = skimage.data.astronaut()[:256].mean(axis=2) / 255
    assert len(hog(image, 9, (8, 8), (1, 1), "L1")) == 9 * (256 // 8) * (512 // 8)


def test_hog_leaves_out_pixels_beyond_the_last_whole_cell():
    image = pictures.photo(150, 200)
    result = hog(image, 9, (8, 8), (1, 1), "L1", feature_vector=False)
    assert result.shape == (150 // 8, 200 // 8, 1, 1, 9)
    noisy = image.copy()
    noisy[146:] = 255 - noisy[146:]  # beyond the last row that is the neighbour of a pixel in a cell
    assert_array_equal(hog(noisy, 9, (8, 8), (1, 1), "L1", feature_vector=False), result)


def test_hog_uses_every_pixel_of_a_cell_of_odd_size():
    image = np.zeros((3, 3))
    image[2, 2] = 1  # a horizontal gradient in the last row, a vertical one in the last column
    expected = np.zeros(9)
    expected[[0, 4]] = 0.5
    assert_allclose(hog(image, 9, (3, 3), (1, 1), "L1"), expected, atol=1e-4)


@pytest.mark.parametrize("quarter_turns", range(4))
def test_hog_of_a_step_has_one_direction_whatever_the_dtype(quarter_turns):
    image = np.zeros((35, 35))
    image[17:] = 100
    image = np.rot90(image, quarter_turns)
    settings = {"orientations": 4, "cells_per_block": (1, 1), "block_norm": "L1"}
    in_floats = hog(image, **settings)
    assert_allclose(hog(image.astype(np.uint8), **settings), in_floats, atol=1e-7)
    assert_allclose(hog(image, transform_sqrt=True, **settings), in_floats, atol=1e-4)
    assert_allclose(hog(image.astype(np.uint8), transform_sqrt=True, **settings), in_floats, atol=1e-4)
    expected = [0, 0, 1, 0] if quarter_turns % 2 == 0 else [1, 0, 0, 0]
    assert_allclose(in_floats.reshape(-1, 4).max(axis=0), expected, atol=1e-2)


@pytest.mark.parametrize("orientations", range(2, 15))
def test_hog_of_a_disk_has_all_directions_alike(orientations):
    image = pictures.disk(100, 100)
    shares = hog(image, orientations, (100, 100), (1, 1), "L1")
    assert_allclose(shares, 1 / orientations, atol=0.06)


@pytest.mark.parametrize("channel_axis", [0, 1, -1, -2])
def test_hog_finds_a_picture_in_whatever_channel(channel_axis):
    image = pictures.colour_photo(64, 32).copy()
    image[..., 1:] = 0
    expected = hog(image[..., 0])
    for n in range(3):
        moved = np.moveaxis(np.roll(image, n, axis=-1), -1, channel_axis)
        assert_array_equal(hog(moved, channel_axis=channel_axis), expected)


@pytest.mark.parametrize("image", [np.full((40, 40), 7), np.full((40, 40), 0.1), np.zeros((40, 40), np.uint8)])
@pytest.mark.parametrize("block_norm", ["L1", "L1-sqrt", "L2", "L2-Hys"])
def test_hog_of_a_constant_is_zero(block_norm, image):
    assert not hog(image, block_norm=block_norm).any()


def test_hog_gives_the_same_from_many_threads():
    images = [pictures.noise(60, 50, seed=seed) for seed in range(32)]
    expected = [hog(image) for image in images]
    with ThreadPoolExecutor(8) as pool:
        for ours, alone in zip(pool.map(hog, images * 4), expected * 4, strict=True):
            assert_array_equal(ours, alone)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(("shape", "channel_axis"), [((30, 30, 3), None), ((30, 30), -1), ((3, 30, 30, 3), -1)])
def test_hog_refuses_another_number_of_axes(shape, channel_axis):
    with pytest.raises(ValueError, match=f"{len(shape)} axes"):
        hog(np.zeros(shape), channel_axis=channel_axis)


@pytest.mark.parametrize(("shape", "message"), [((23, 24), "23 rows and 24"), ((24, 23), "24 rows and 23")])
def test_hog_refuses_an_image_smaller_than_a_block(shape, message):
    assert hog(np.zeros((24, 24))).shape == (81,)
    with pytest.raises(ValueError, match="image is too small given") as caught:
        hog(np.zeros(shape))
    assert message in str(caught.value)
    assert "at least 24 rows and 24 columns" in str(caught.value)


@pytest.mark.parametrize("shape", [(0, 20), (20, 0), (0, 0)])
def test_hog_refuses_an_image_without_pixels(shape):
    with pytest.raises(ValueError, match="no pixels"):
        hog(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hog_refuses_pixels_that_are_not_finite(dtype, value):
    image = np.zeros((30, 30), dtype)
    image[29, 29] = value  # beyond the last cell
    with pytest.raises(ValueError, match="NaN or inf"):
        hog(image)


def test_hog_refuses_the_root_of_negative_pixels():
    with pytest.raises(ValueError, match="negative values"):
        hog(np.full((30, 30), -1.0), transform_sqrt=True)
    with pytest.raises(ValueError, match="negative values"):
        hog(np.full((30, 30), -1), transform_sqrt=True)


@pytest.mark.parametrize("dtype", ["complex128", "U3", "object"])
def test_hog_refuses_what_is_no_real_number(dtype):
    with pytest.raises(ValueError, match="real numbers"):
        hog(np.full((30, 30), "1").astype(dtype))


@pytest.mark.parametrize(
    "parameters",
    [
        {"block_norm": "Linf"},
        {"block_norm": "none"},
        {"block_norm": None},
        {"orientations": 0},
        {"orientations": 9.0},
        {"pixels_per_cell": (0, 8)},
        {"pixels_per_cell": (8,)},
        {"pixels_per_cell": (8, 8, 8)},
        {"pixels_per_cell": (8.0, 8)},
        {"cells_per_block": (2, -1)},
        {"cells_per_block": 2.5},
    ],
    ids=str,
)
def test_hog_refuses_parameters_out_of_range_by_name_and_value(parameters):
    ((name, value),) = parameters.items()
    with pytest.raises(ValueError, match=f"{name} is {re.escape(repr(value))}, but must be"):
        hog(np.zeros((30, 30)), **parameters)
