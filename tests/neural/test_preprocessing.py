"""What a network is fed, beside the same written out in NumPy and OpenCV."""

import cv2
import numpy as np
import pytest

from classicvis.images import ImageReader
from classicvis.neural.running._preprocessing import Given, InputOfModel, plan_preprocessing

RNG = np.random.default_rng(0)
MEAN, STD = (123.7, 116.3, 103.5), (58.4, 57.1, 57.4)
RGB = RNG.integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
GREY = RGB[..., :1]


def plan(shape=(None, 3, None, None), dtype=np.float32, metadata=None, **given):
    return plan_preprocessing(InputOfModel("input", np.dtype(dtype), shape), metadata or {}, Given(**given))


def plan_rgb(shape=(None, 3, None, None), **given):
    return plan(shape, **{"mean": MEAN, "std": STD, "channel_order": "RGB"} | given)


def test_rgb_is_normalised_by_channel_and_brought_to_nchw():
    batch = plan_rgb().apply(RGB)
    expected = ((RGB - np.array(MEAN)) / np.array(STD)).transpose(0, 3, 1, 2)
    assert batch.dtype == np.float32
    assert batch.flags["C_CONTIGUOUS"]
    np.testing.assert_allclose(batch, expected, rtol=1e-5, atol=1e-5)


def test_nhwc_keeps_the_axes():
    batch = plan_rgb((None, None, None, 3)).apply(RGB)
    np.testing.assert_allclose(batch, (RGB - np.array(MEAN)) / np.array(STD), rtol=1e-5, atol=1e-5)


def test_bgr_swaps_the_channels_and_has_its_means_in_that_order():
    batch = plan_rgb(channel_order="BGR").apply(RGB)
    expected = ((RGB[..., ::-1] - np.array(MEAN)) / np.array(STD)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(batch, expected, rtol=1e-5, atol=1e-5)


def test_grey_images_are_repeated_for_rgb_networks():
    np.testing.assert_array_equal(plan_rgb().apply(GREY), plan_rgb().apply(np.repeat(GREY, 3, axis=3)))


def test_colours_are_weighed_for_grey_networks():
    batch = plan((None, 1, None, None), mean=0, std=255).apply(RGB)
    np.testing.assert_allclose(batch[:, 0], RGB @ np.array([0.299, 0.587, 0.114]) / 255, rtol=1e-5)
    greys = plan((None, 1, None, None), mean=0, std=255).apply(GREY)
    np.testing.assert_allclose(greys[:, 0], GREY[..., 0] / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "white"), [("bool", 1), ("uint8", 255), ("uint16", 65535), ("float32", 1), ("float64", 1)]
)
def test_value_range_by_dtype(dtype, white):
    images = (np.linspace(0, 1, 30).reshape(1, 6, 5, 1) * white).astype(dtype)
    batch = plan((None, 1, None, None), mean=0, std=255).apply(images)
    np.testing.assert_allclose(batch[0, 0], images[0, ..., 0] / white, rtol=1e-6)


def test_value_range_in_numbers_is_cut_off_with_one_warning():
    preprocessing = plan((None, 1, None, None), mean=0, std=1, value_range=(-1, 1))
    images = np.array([-2.0, -1, 0, 1, 2]).reshape(1, 5, 1, 1)
    np.testing.assert_allclose(preprocessing.apply(images).ravel(), [0, 0, 127.5, 255, 255])
    with pytest.warns(UserWarning, match="those beyond are cut off") as caught:
        preprocessing.warn_of_values_beyond([images[0], images[0], 10 * images[0]])
    assert len(caught) == 1


def test_8_bit_images_are_resized_as_the_reader_does():
    images = [RNG.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in [(20, 30), (7, 9), (30, 5)]]
    batch = plan_rgb(size=(10, 12)).apply(images)
    read = ImageReader((10, 12)).fit_transform(images)
    np.testing.assert_array_equal(batch, plan_rgb().apply(read))


@pytest.mark.parametrize("shape", [(20, 30), (7, 9), (30, 5), (10, 12)])
def test_float_images_are_resized_as_8_bit_ones_are(shape):
    image = RNG.integers(0, 256, (*shape, 3), dtype=np.uint8)
    image = cv2.blur(image, (3, 3))
    preprocessing = plan((None, 3, 10, 12), mean=0, std=255, channel_order="RGB")
    expected = preprocessing.apply([image])
    for dtype, white in (("float32", 1), ("float64", 1), ("uint16", 65535)):
        actual = preprocessing.apply([(image / 255 * white).astype(dtype)])
        np.testing.assert_allclose(actual, expected, atol=1.5 / 255)


def test_images_of_several_sizes_and_channels_go_together():
    images = [RGB[0], GREY[0], RGB[1, :3]]
    batch = plan_rgb(size=6).apply(images)
    assert batch.shape == (3, 3, 6, 6)
    np.testing.assert_array_equal(batch[1], plan_rgb(size=6).apply(GREY[:1])[0])


def test_images_of_several_sizes_without_a_size_are_refused():
    with pytest.raises(ValueError, match=r"several sizes, such as \(3, 5\) and \(6, 5\).*: give size"):
        plan_rgb().apply([RGB[0], RGB[1, :3]])


@pytest.mark.parametrize("dtype", ["float16", "uint8", "float64"])
def test_dtype_is_that_of_the_input(dtype):
    batch = plan_rgb(dtype=dtype, mean=0, std=1, value_range="dtype").apply(RGB / 255)
    assert batch.dtype == dtype
    np.testing.assert_array_equal(batch, RGB.transpose(0, 3, 1, 2).astype(dtype))


OURS = {
    "classicvis.format": "1",
    "classicvis.layout": "NHWC",
    "classicvis.rows": "6",
    "classicvis.columns": "5",
    "classicvis.channels": "3",
    "classicvis.color_order": "RGB",
}


def test_networks_of_ours_tell_and_take_values_as_they_are():
    preprocessing = plan((None, 6, 5, 3), metadata=OURS)
    assert preprocessing.value_range is None
    np.testing.assert_array_equal(preprocessing.apply(RGB), RGB)
    np.testing.assert_array_equal(preprocessing.apply(RGB / 255), (RGB / 255).astype(np.float32))
    assert plan((None, 6, 5, 3), metadata=OURS, value_range="dtype").apply(RGB / 255).max() > 250
    assert plan((None, 6, 5, 3), metadata=OURS, mean=1, std=2).value_range == "dtype", "what is said goes first"


@pytest.mark.parametrize(
    ("shape", "given", "message"),
    [
        ((None, 3, 4, 4), {}, "give mean, std and channel_order, as they were in its training"),
        ((None, None, 4, None), {"mean": 0}, "give layout, std and channel_order"),
        ((None, 1, 4, 4), {}, "give mean and std,"),
        ((None, 3, 4, 3), {"mean": 0, "std": 1, "channel_order": "RGB"}, "give layout,"),
        ((None, 3, 4, 4), {"mean": 0, "std": 1, "channel_order": "RGBA"}, "channel_order is 'RGBA', but must be"),
        ((None, 3, 4, 4), {"mean": 0, "std": 1, "channel_order": "gray"}, "is 'gray', so 1 channels in layout NCHW"),
        ((None, 3, 4, 4), {"mean": 0, "std": 0, "channel_order": "RGB"}, r"std is \[0.0, .*one for each of 3 channels"),
        ((None, 3, 4, 4), {"mean": (1, 2), "std": 1, "channel_order": "RGB"}, r"mean is \[1.0, 2.0\], but must be"),
        ((None, 3, 4, 4), {"mean": 0, "std": 1, "channel_order": "RGB", "size": 5}, "size is 5 × 5, but the .* 4 × 4"),
        ((None, 3, None, 4), {"mean": 0, "std": 1, "channel_order": "RGB", "size": (0, 4)}, r"size is \(0, 4\), but"),
        ((None, 3, 4, 4), {"mean": 0, "std": 1, "channel_order": "RGB", "value_range": (1, 0)}, "value_range is"),
    ],
)
def test_what_is_missing_or_wrong_is_named(shape, given, message):
    with pytest.raises(ValueError, match=message):
        plan(shape, **given)
