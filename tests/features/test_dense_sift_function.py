"""What dense_sift() takes, returns and refuses; and that results do not depend on how images are put together."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import pictures

from classicvis.features import DenseDescriptors, dense_sift
from classicvis.features.sift._dense import check_dense_settings, dense_positions, dense_sift_of_images
from classicvis.images._grey_levels import grey_levels


def make_settings(**changes):
    parameters = {"step": 3, "bin_size": 4, "window": "flat", "norm": "l2", "magnification": None}
    return check_dense_settings(**(parameters | {"contrast_threshold": 0.0} | changes))


# ---------------------------------------------------------------- results


def test_dense_sift_returns_named_fields_in_order():
    found = dense_sift(pictures.photo(40, 50))
    assert isinstance(found, DenseDescriptors)
    assert found._fields == ("positions", "descriptors", "scales")
    positions, descriptors = found[:2]
    n = 7 * 10
    assert positions.shape == (n, 2)
    assert descriptors.shape == (n, 128)
    assert found.scales.shape == (n,)
    assert positions.dtype == descriptors.dtype == np.float32


def test_positions_are_rows_and_columns_of_centres():
    positions = dense_sift(pictures.photo(20, 30), step=5, bin_size=3).positions
    assert positions[0].tolist() == [4.5, 4.5]
    assert positions[1].tolist() == [4.5, 9.5]
    assert positions.max(axis=0).tolist() == [14.5, 24.5]


def test_results_are_the_callers_own():
    image = pictures.photo(20, 30)
    first = dense_sift(image)
    for array in first:
        array[:] = 0
    assert dense_sift(image).positions.all()
    assert dense_sift(image).scales.all()


@pytest.mark.parametrize("norm", ["l2", "root"])
@pytest.mark.parametrize("window", ["flat", "gaussian"])
def test_descriptors_have_length_one(window, norm):
    descriptors = dense_sift(pictures.photo(40, 50), window=window, norm=norm).descriptors
    assert (descriptors >= 0).all()
    assert_allclose(np.linalg.norm(descriptors, axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("norm", ["l2", "root"])
@pytest.mark.parametrize("value", [0, 77, 255])
def test_images_without_gradient_have_zero_descriptors(value, norm):
    assert (dense_sift(np.full((20, 20), value, np.uint8), norm=norm).descriptors == 0).all()


@pytest.mark.parametrize("quarter_turns", range(4))
def test_orientations_go_from_rightwards_to_downwards(quarter_turns):
    image = np.rot90(pictures.ramp_right(20, 20), -quarter_turns)  # brightness rises rightwards, downwards, …
    cells = dense_sift(image, window="gaussian").descriptors.reshape(-1, 16, 8)
    assert (cells[..., 2 * quarter_turns] > 0).all()
    assert (np.delete(cells, 2 * quarter_turns, axis=2) == 0).all()


def test_transposing_an_image_transposes_descriptors():
    image = pictures.photo(25, 25)
    cells = dense_sift(image).descriptors.reshape(4, 4, 4, 4, 8)
    transposed = dense_sift(image.T).descriptors.reshape(4, 4, 4, 4, 8)
    mirrored = cells.transpose(1, 0, 3, 2, 4)[..., (2 - np.arange(8)) % 8]
    assert_allclose(transposed, mirrored, rtol=0, atol=1e-6)


def test_contrast_does_not_matter_but_for_the_threshold():
    image = pictures.photo(30, 30)
    faint = (image / 255 / 64).astype(np.float32)
    assert_allclose(dense_sift(faint).descriptors, dense_sift(image).descriptors, rtol=0, atol=2e-5)
    assert (dense_sift(faint, contrast_threshold=0.1).descriptors == 0).all()


# ---------------------------------------------------------------- what an image may be


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64", "int32", "int64", "float16"])
def test_dtypes_say_what_white_is(dtype):
    image = pictures.photo(30, 40)
    given = image * np.uint16(257) if dtype == "uint16" else image if dtype.startswith("int") else image / 255
    ours = dense_sift(given.astype(dtype), contrast_threshold=0.01).descriptors
    atol = 1e-2 if dtype == "float16" else 1e-5
    assert_allclose(ours, dense_sift(image, contrast_threshold=0.01).descriptors, rtol=0, atol=atol)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_byte_order_does_not_matter(dtype):
    image = pictures.photo(30, 40).astype(dtype) if dtype == "u2" else (pictures.photo(30, 40) / 255).astype(dtype)
    found = [dense_sift(image.astype(order + dtype), contrast_threshold=1e-4).descriptors for order in "<>"]
    assert found[0].any()
    assert_array_equal(*found)


def test_bool_images_are_black_and_white():
    image = pictures.photo(30, 40) > 127
    expected = dense_sift(image.astype(np.uint8) * 255, contrast_threshold=0.1)
    assert_array_equal(dense_sift(image, contrast_threshold=0.1).descriptors, expected.descriptors)


def test_value_range_says_which_values_are_black_and_white():
    image = pictures.photo(30, 40)
    ours = dense_sift(image / 2.0 - 5, value_range=(-5, 122.5), contrast_threshold=0.02).descriptors
    assert_allclose(ours, dense_sift(image, contrast_threshold=0.02).descriptors, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("image", "value_range"), [(pictures.photo(20, 20) / 200, "dtype"), (pictures.photo(20, 20), (0, 99))]
)
def test_values_outside_the_range_are_clipped_with_one_warning(image, value_range):
    low, high = (0, 1) if value_range == "dtype" else value_range
    with pytest.warns(UserWarning, match=r"those beyond are cut off; set value_range") as record:
        ours = dense_sift(image, value_range=value_range).descriptors
    assert len(record) == 1
    assert record[0].filename == __file__
    expected = dense_sift(np.clip(image, low, high), value_range=value_range).descriptors
    assert_array_equal(ours, expected)


@pytest.mark.parametrize("channel_axis", [0, 1, -1])
def test_colour_becomes_grey_by_the_weights_of_bt601(channel_axis):
    colour = pictures.colour_photo(30, 40)
    grey = np.rint(colour @ [0.299, 0.587, 0.114])
    ours = dense_sift(np.moveaxis(colour, -1, channel_axis), channel_axis=channel_axis).descriptors
    assert_allclose(ours, dense_sift(grey.astype(np.uint8)).descriptors, rtol=0, atol=1e-6)


def test_float_colour_is_not_rounded():
    colour = pictures.smooth(30, 40, 3)
    expected = dense_sift(colour @ [0.299, 0.587, 0.114]).descriptors
    assert_allclose(dense_sift(colour, channel_axis=-1).descriptors, expected, rtol=0, atol=1e-5)


def test_alpha_is_dropped():
    colour = pictures.noise(20, 24, 4)
    expected = dense_sift(colour[..., :3], channel_axis=-1).descriptors
    assert_array_equal(dense_sift(colour, channel_axis=-1).descriptors, expected)


def test_dense_sift_leaves_its_input_alone_and_takes_any_memory_layout():
    image = pictures.photo(40, 48)
    copy = image.copy()
    expected = dense_sift(image).descriptors
    assert_array_equal(image, copy)
    for same in (
        np.asfortranarray(image),
        np.repeat(image, 2, axis=1)[:, ::2],
        image[::-1].copy()[::-1],
        image.tolist(),
    ):
        assert_array_equal(dense_sift(same).descriptors, expected)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": 0}, "step is 0, but must be an integer of at least 1."),
        ({"step": 2.5}, "step is 2.5"),
        ({"bin_size": 0}, "bin_size is 0"),
        ({"bin_size": ()}, r"bin_size is \(\)"),
        ({"bin_size": (4, 0)}, r"bin_size is \(4, 0\)"),
        ({"window": "round"}, "window is 'round', but must be 'flat' or 'gaussian'."),
        ({"norm": "l1"}, "norm is 'l1', but must be 'l2' or 'root'."),
        ({"magnification": 0}, "magnification is 0, but must be a number above 0"),
        ({"magnification": np.inf}, "magnification is inf"),
        ({"contrast_threshold": -1}, "contrast_threshold is -1"),
        ({"contrast_threshold": np.nan}, "contrast_threshold is nan"),
        ({"value_range": (1, 1)}, r"value_range is \(1, 1\)"),
        ({"value_range": ("a", "b")}, "value_range is"),
        ({"value_range": "auto"}, "value_range is 'auto', but must be 'dtype'"),
    ],
)
def test_dense_sift_names_the_parameter_that_is_not_allowed(changes, message):
    with pytest.raises(ValueError, match=message):
        dense_sift(pictures.photo(30, 30), **changes)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((12, 40), np.uint8), "has 12 rows and 40 columns, but .* need at least 13 of both"),
        (np.zeros((40, 1), np.uint8), "has 40 rows and 1 columns"),
        (np.zeros((20, 20, 3), np.uint8), "has 3 axes, but must have two"),
        (np.zeros((0, 20)), "no pixels"),
        (np.full((20, 20), np.nan), "NaN or inf"),
        (np.full((20, 20), np.inf, np.float32), "NaN or inf"),
        (np.zeros((20, 20), complex), "complex128, but pixels are real numbers"),
    ],
)
def test_dense_sift_says_what_is_wrong_with_an_image(image, message):
    with pytest.raises(ValueError, match=message):
        dense_sift(image)


def test_dense_sift_refuses_five_channels():
    with pytest.raises(ValueError, match="has 5 channels"):
        dense_sift(np.zeros((20, 20, 5)), channel_axis=-1)


def test_room_is_needed_for_the_largest_bin():
    with pytest.raises(ValueError, match="bin_size 8 need at least 25 of both"):
        dense_sift(pictures.photo(24, 60), bin_size=(4, 8))


# ---------------------------------------------------------------- batches


@pytest.mark.parametrize("window", ["flat", "gaussian"])
@pytest.mark.parametrize("shape", [(28, 28), (13, 40), (150, 30), (700, 20)])
def test_descriptors_are_bit_identical_however_images_are_put_together(shape, window):
    images = np.stack([pictures.noise(*shape, seed=i) for i in range(41 if shape[0] < 100 else 4)]).astype(np.float32)
    settings = make_settings(window=window, bin_size=(4, 3), magnification=6.0)
    together = dense_sift_of_images(images, settings)
    backwards = dense_sift_of_images(images[::-1], settings)[::-1]
    one_by_one = np.concatenate([dense_sift_of_images(image[None], settings) for image in images])
    assert_array_equal(together, backwards)
    assert_array_equal(together, one_by_one)


def test_a_wide_image_is_made_in_blocks_of_the_same_numbers():
    image = pictures.noise(30, 900).astype(np.float32)
    settings = make_settings(step=4)
    whole = dense_sift_of_images(image[None], settings)[0].reshape(5, -1, 128)
    part = dense_sift_of_images(image[None, :, 300:600], settings)[0].reshape(5, -1, 128)
    assert_array_equal(whole[:, 76:146], part[:, 1:71])  # away from the borders of the part


def test_descriptors_are_written_where_the_caller_wants_them():
    images = np.stack([pictures.noise(20, 24, seed=i) for i in range(3)]).astype(np.float32)
    settings = make_settings(bin_size=(2, 5))
    n = len(dense_positions((20, 24), settings)[0])
    out = np.full((3, n, 128), np.nan, np.float32)
    assert dense_sift_of_images(images, settings, out) is out
    assert_array_equal(out, dense_sift_of_images(images, settings))


def test_grey_levels_of_a_batch_are_those_of_its_images():
    batch = pictures.batch(4, 8, 9, 3)
    levels = grey_levels(batch, (0, 255))
    assert levels.shape == (4, 8, 9)
    for image, expected in zip(batch, levels, strict=True):
        assert_array_equal(grey_levels(image, (0, 255)), expected)


def test_grey_images_within_range_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for image in (np.zeros((13, 13)), np.ones((13, 13), np.float32), np.full((13, 13), 65535, np.uint16)):
            dense_sift(image)


@pytest.mark.parametrize("bin_size", [2, 3, 4, 5])
def test_what_memory_held_before_does_not_matter(bin_size):
    image = pictures.noise(60, 70)
    expected = dense_sift(image, 3, bin_size).descriptors
    assert np.isfinite(expected).all()
    for _ in range(3):
        freed = [np.full(size, np.nan, np.float32) for size in (100, 2_000, 10_000, 30_000, 60_000)]
        del freed
        assert_array_equal(dense_sift(image, 3, bin_size).descriptors, expected)
