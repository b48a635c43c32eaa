"""What sift() takes, returns and refuses, and that it leaves OpenCV as it was."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import pictures

from classicvis.features import KeypointDescriptors, sift
from classicvis.features.sift._keypoints import one_opencv_thread
from classicvis.images._color import grey_from_rgb


def test_sift_returns_named_fields_in_order():
    found = sift(pictures.photo(120, 120))
    assert isinstance(found, KeypointDescriptors)
    assert found._fields == ("positions", "descriptors", "scales", "angles", "responses")
    positions, descriptors = found[:2]
    n = len(positions)
    assert n > 50
    assert positions.shape == (n, 2)
    assert descriptors.shape == (n, 128)
    assert found.scales.shape == found.angles.shape == found.responses.shape == (n,)
    assert all(array.dtype == np.float32 for array in found)


def test_a_blob_is_found_where_it_is():
    rows, columns = np.mgrid[:80, :100]
    blob = np.exp(-((rows - 50) ** 2 + (columns - 30) ** 2) / (2 * 5.0**2))
    found = sift(blob, max_keypoints=1)
    assert_allclose(found.positions, [[50, 30]], atol=0.5)
    assert_allclose(found.scales, 5, rtol=0.15)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (5, 5), (40, 30)])
def test_images_without_keypoints_give_empty_arrays(shape):
    found = sift(np.full(shape, 99, np.uint8))
    assert [array.shape for array in found] == [(0, 2), (0, 128), (0,), (0,), (0,)]
    assert all(array.dtype == np.float32 for array in found)


@pytest.mark.parametrize("norm", ["l2", "root"])
def test_descriptors_have_length_one(norm):
    descriptors = sift(pictures.photo(120, 120), norm=norm).descriptors
    assert (descriptors >= 0).all()
    assert_allclose(np.linalg.norm(descriptors, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("max_keypoints", [1, 7, 30])
def test_the_strongest_keypoints_are_kept_in_order(max_keypoints):
    image = pictures.photo(120, 120)
    everything, found = sift(image), sift(image, max_keypoints=max_keypoints)
    strongest = np.sort(np.argsort(-everything.responses, kind="stable")[:max_keypoints])
    for all_of_it, kept in zip(everything, found, strict=True):
        assert_array_equal(kept, all_of_it[strongest])


def test_max_keypoints_may_be_more_than_there_are():
    image = pictures.photo(60, 60)
    for ours, expected in zip(sift(image, max_keypoints=10**6), sift(image), strict=True):
        assert_array_equal(ours, expected)


def test_thresholds_leave_out_keypoints():
    image = pictures.photo(120, 120)
    n = len(sift(image).positions)
    assert len(sift(image, contrast_threshold=0.1).positions) < n < len(sift(image, contrast_threshold=0.01).positions)
    assert len(sift(image, edge_threshold=3).positions) < n < len(sift(image, edge_threshold=50.0).positions)


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float64", "int64"])
def test_dtypes_say_what_white_is(dtype):
    image = pictures.photo(100, 100)
    given = image * np.uint16(257) if dtype == "uint16" else image if dtype == "int64" else image / 255
    for ours, expected in zip(sift(given.astype(dtype)), sift(image), strict=True):
        assert_allclose(ours, expected, rtol=0, atol=1e-4)


def test_values_outside_the_range_are_clipped_with_a_warning():
    with pytest.warns(UserWarning, match="set value_range") as record:
        sift(pictures.photo(50, 50) / 100)
    assert len(record) == 1
    assert record[0].filename == __file__


@pytest.mark.parametrize("channel_axis", [0, -1])
def test_colour_becomes_grey(channel_axis):
    colour = pictures.colour_photo(100, 100)
    grey = grey_from_rgb(colour)
    for ours, expected in zip(
        sift(np.moveaxis(colour, -1, channel_axis), channel_axis=channel_axis), sift(grey), strict=True
    ):
        assert_allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_keypoints": 0}, "max_keypoints is 0, but must be an integer of at least 1, or None"),
        ({"norm": "l1"}, "norm is 'l1', but must be 'l2' or 'root'."),
        ({"contrast_threshold": -1}, "contrast_threshold is -1"),
        ({"edge_threshold": 0}, "edge_threshold is 0"),
        ({"sigma": np.nan}, "sigma is nan"),
        ({"n_octave_layers": 0}, "n_octave_layers is 0"),
        ({"value_range": (3, 2)}, r"value_range is \(3, 2\)"),
    ],
)
def test_sift_names_the_parameter_that_is_not_allowed(changes, message):
    with pytest.raises(ValueError, match=message):
        sift(pictures.photo(30, 30), **changes)


@pytest.mark.parametrize("image", [np.zeros((20, 20, 3)), np.zeros((0, 5)), np.full((20, 20), np.nan)])
def test_sift_refuses_what_is_no_image(image):
    with pytest.raises(ValueError, match="The image"):
        sift(image)


# ---------------------------------------------------------------- threads


@pytest.fixture
def three_threads():
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    yield
    cv2.setNumThreads(before)


def test_opencv_has_its_threads_afterwards(three_threads):
    sift(pictures.photo(40, 40))
    assert cv2.getNumThreads() == 3
    with pytest.raises(ValueError, match="NaN"):
        sift(np.full((40, 40), np.nan))
    assert cv2.getNumThreads() == 3


def test_opencv_has_one_thread_until_the_last_user_is_done(three_threads):
    with one_opencv_thread():
        with one_opencv_thread():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 3


def test_images_can_be_described_in_threads(three_threads):
    images = [pictures.photo(60 + 8 * i, 80) for i in range(6)]
    expected = [sift(image) for image in images]
    with ThreadPoolExecutor(3) as pool:
        for found, wanted in zip(pool.map(sift, images), expected, strict=True):
            for ours, theirs in zip(found, wanted, strict=True):
                assert_array_equal(ours, theirs)
    assert cv2.getNumThreads() == 3
