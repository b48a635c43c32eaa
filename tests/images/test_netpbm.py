"""PBM, PGM and PPM files, as text and as bytes, beside Pillow."""

import numpy as np
import pytest
from PIL import Image

from classicvis.images import ImageReader, ImageReadError, check_images

RNG = np.random.default_rng(0)


def read(data, color="rgb"):
    return ImageReader(color=color).transform([data])[0]


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 16), (7, 9)])
def test_netpbm_files_are_read_as_pillow_does(mode, shape, encode):
    image = Image.fromarray(RNG.integers(0, 256, (*shape, 3), dtype=np.uint8)).convert(mode)
    np.testing.assert_array_equal(read(encode(image, "PPM")), np.asarray(image.convert("RGB")))


def as_text(array, kind, largest):
    shape = f"{array.shape[1]} {array.shape[0]}"
    values = " ".join(map(str, array.ravel().tolist()))
    return (
        f"P{kind}\n# made by hand\n{shape} # columns, rows\n{'' if largest is None else largest}\n{values}\n".encode()
    )


@pytest.mark.parametrize("largest", [1, 15, 255, 1000, 65535])
def test_values_of_text_files_are_brought_to_8_bits(largest):
    grey = RNG.integers(0, largest + 1, (4, 6))
    expected = np.rint(np.rint(grey * ((255 if largest < 256 else 65535) / largest)) / (1 if largest < 256 else 257))
    np.testing.assert_array_equal(read(as_text(grey, 2, largest), "gray"), expected)
    rgb = RNG.integers(0, largest + 1, (4, 6, 3))
    assert read(as_text(rgb, 3, largest)).shape == (4, 6, 3)


def test_files_of_16_bits_are_big_endian():
    levels = np.array([[0, 257, 65535]], np.uint16)
    data = b"P5 3 1 65535\n" + levels.astype(">u2").tobytes()
    np.testing.assert_array_equal(read(data, "gray"), [[0, 1, 255]])


def test_black_and_white_text_needs_no_space():
    np.testing.assert_array_equal(read(b"P1\n3 2\n101\n0 1 0", "gray"), [[0, 255, 0], [255, 0, 255]])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"P5", "header has no width, height and value of white"),
        (b"P5 3 x 255\n", "header has no width, height and value of white"),
        (b"P4\nfoo", "header has no width and height"),
        (b"P5 3 1 255\n\0\1", "is truncated: the data ends before the last pixel"),
        (b"P2 3 1 255\n0 1", "is truncated"),
        (b"P2 3 1 255\n0 1 x", "is damaged"),
        (b"P2 1 1 9\n10", "has the value 10, but states that white is 9"),
        (b"P5 3 1 0\n\0\0\0", "states that white is 0"),
        (b"P5 0 1 255\n", "states a size of 1 × 0 pixels"),
        (b"P5 99999 99999 255\n", "more than max_pixels"),
    ],
)
def test_damaged_files_are_named(data, reason, tmp_path):
    path = tmp_path / "image.pgm"
    path.write_bytes(data)
    [bad] = check_images([path])
    assert reason in bad.reason
    with pytest.raises(ImageReadError, match=r"Row 0 of X, '.*image.pgm', "):
        ImageReader().transform([path])
