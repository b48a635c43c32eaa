import cv2
import numpy as np
import pytest
from PIL import Image

from classicvis.benchmark._pictures import make_heat_map, make_picture

GREY = np.arange(28 * 28, dtype=np.uint32).reshape(28, 28).astype(np.uint8)


def decode(picture):
    image = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_UNCHANGED)
    return image if image.ndim == 2 else image[..., ::-1]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (GREY, GREY),
        (GREY[..., None], GREY),
        (GREY.ravel(), GREY),
        (GREY / 255, GREY),
        (GREY.astype(np.float32), GREY),
        (GREY.astype(np.uint16) * 257, GREY),
        (GREY > 100, np.where(GREY > 100, 255, 0)),
        (GREY / 255 * 6 - 3, GREY),
        (Image.fromarray(GREY), GREY),
    ],
    ids=["grey", "channel", "flat", "unit float", "float", "uint16", "bool", "standardised", "PIL"],
)
def test_picture_keeps_every_pixel_of_a_small_image(item, expected):
    picture = make_picture(item)
    assert picture.media_type == "image/png"
    assert picture.shape == (28, 28)
    assert np.abs(decode(picture).astype(int) - expected).max() <= 1


def test_picture_keeps_colours():
    image = np.zeros((8, 8, 3), dtype=np.uint8)
    image[..., 0] = 200
    assert np.array_equal(decode(make_picture(image)), image)


def test_picture_of_a_constant_float_image():
    assert decode(make_picture(np.full((8, 8), -2.5))).shape == (8, 8)


def test_picture_of_a_photo_is_small(tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (300, 600, 3), dtype=np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    picture = make_picture(str(tmp_path / "photo.png"))
    assert picture.media_type == "image/jpeg"
    assert picture.shape == (72, 144)
    assert len(picture.content) < 20_000


def test_picture_of_a_thin_image():
    assert make_picture(np.zeros((1, 5000), dtype=np.uint8)).shape == (1, 144)


@pytest.mark.parametrize("item", [np.zeros(50), np.full((4, 4), np.nan), "no such file.jpg"])
def test_no_picture_of_what_cannot_be_drawn(item):
    assert make_picture(item) is None


def test_heat_map_is_darker_where_the_share_is_larger():
    confusion = np.diag([100] * 30)
    confusion[3, 4] = 20
    confusion[5] = 0
    image = decode(make_heat_map(confusion)).astype(int).sum(axis=2)
    assert image.shape == (30, 30)
    assert image[0, 0] < image[3, 4] < image[0, 1]
    assert image[5, 5] == image[0, 1], "a class without test images has no share"
