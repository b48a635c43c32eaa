"""PBM, PGM and PPM, JPEG 2000, AVIF, HEIC, and kinds of TIFF that cannot be read."""

import io

import numpy as np
import PIL.features
import pytest
import tifffile
from PIL import Image

from classicvis.images import ImageReader, ImageReadError

needs_avif = pytest.mark.skipif(not PIL.features.check("avif"), reason="this Pillow has no AVIF")


def read(data, **parameters):
    return ImageReader(**parameters).transform([data])[0]


def refuse(data, message, **parameters):
    with pytest.raises(ImageReadError, match=f"Row 0 of X {message}"):
        read(data, **parameters)


BITS = np.array([[255, 0, 255], [255, 255, 0]], np.uint8)
LEVELS = np.array([[0, 85, 170], [255, 85, 0]], np.uint8)
GREY_FILES = {
    "P1": (b"P1 3 2\n0 1 0\n0 0 1\n", BITS),
    "P1 without spaces": (b"P1\n3 2\n010001", BITS),
    "P1 with comments": (b"P1 # a face\n# of three columns\n3 2\n0 1 0 # first\n0 0 1", BITS),
    "P2": (b"P2\n3 2 255\n0 85 170\n255 85 0", LEVELS),
    "P2 of another white": (b"P2\n3 2 3\n0 1 2 3 1 0", LEVELS),
    "P2 of 16 bits": (b"P2\n3 2\n65535\n0 21845 43690 65535 21845 0", LEVELS),
    "P4": (b"P4\n3 2\n\x40\x20", BITS),
    "P5": (b"P5 3 2 255\n" + LEVELS.tobytes(), LEVELS),
    "P5 with a comment": (b"P5\n#made by hand\r\n3 2\n#white:\n255\n" + LEVELS.tobytes(), LEVELS),
    "P5 of another white": (b"P5 3 2 3\n\0\1\2\3\1\0", LEVELS),
    "P5 of 16 bits": (b"P5 3 2 65535\n" + (LEVELS.astype(">u2") * 257).tobytes(), LEVELS),
    "P5 of 12 bits": (b"P5 3 2 4095\n" + (LEVELS.astype(float) * 4095 / 255).astype(">u2").tobytes(), LEVELS),
    "P5 with white space in its pixels": (b"P5 3 2 255\n" + b"\n #\r\t ", np.array([[10, 32, 35], [13, 9, 32]])),
    "P5 with bytes after its end": (b"P5 3 2 255\n" + LEVELS.tobytes() + b"more", LEVELS),
}


@pytest.mark.parametrize("name", GREY_FILES)
def test_pbm_and_pgm(name):
    data, expected = GREY_FILES[name]
    np.testing.assert_array_equal(read(data, color="gray"), expected)


@pytest.mark.parametrize("header", [b"P3\n61 47\n255\n", b"P6\n61 47\n255\n", b"P6 61 47 65535 "])
def test_ppm(header, photo):
    if header.startswith(b"P3"):
        pixels = " ".join(map(str, photo.ravel())).encode()
    else:
        pixels = photo.tobytes() if b"65535" not in header else (photo.astype(">u2") * 257).tobytes()
    np.testing.assert_array_equal(read(header + pixels), photo)


def test_ppm_of_pil(photo, encode):
    np.testing.assert_array_equal(read(encode(photo, "PPM")), photo)


@pytest.mark.parametrize("data", [data for data, _ in GREY_FILES.values()][:-1], ids=list(GREY_FILES)[:-1])
def test_pbm_and_pgm_are_not_read_in_part(data):
    refuse(data.rstrip(b"\n")[:-1].rstrip() if data[1] in b"123" else data[:-1], "is (truncated|damaged)")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"P5 100000 100000 255\n", "has 100000 × 100000 pixels, more than max_pixels"),
        (b"P2 100000 100000 255\n", "has 100000 × 100000 pixels, more than max_pixels"),
        (b"P5 0 5 255\n", "is damaged: it states a size of 5 × 0"),
        (b"P5 x 5 255\n", "is damaged: its header does not state its columns"),
        (b"P5 5 5", "is damaged: its header does not state its white"),
        (b"P5 1 1 0\n\0", "is damaged: its header states 0 as the value of white"),
        (b"P5 1 1 70000\n\0\0\0", "is damaged: its header states 70000 as the value of white"),
        (b"P5 1 1 3\n\7", "is damaged: it has the value 7, but its header states 3"),
        (b"P1 1 1 7", "is damaged: it has the value 7"),
        (b"P2 1 1 255 x", "is damaged: its pixels are not all numbers"),
        (b"P2 1 1 255 -1", "is damaged: its pixels are not all numbers"),
        (b"P2 2 1 255", "is truncated"),
    ],
)
def test_bad_pgm(data, message):
    refuse(data, message)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"tile_size": (32, 32)}], ids=str)
def test_jpeg_2000(mode, options, photo, encode):
    image = Image.fromarray(photo).convert(mode)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(read(encode(image, "JPEG2000", **options)), expected)


def test_jpeg_2000_of_16_bits(photo, encode):
    grey = photo[..., 0]
    data = encode(Image.fromarray(grey.astype(np.uint16) * 257), "JPEG2000")
    np.testing.assert_array_equal(read(data, color="gray"), grey)


@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"tile_size": (32, 32)}], ids=str)
def test_jpeg_2000_that_ends_early(options, photo, encode):
    data = encode(photo, "JPEG2000", **options)
    for n_bytes in (13, 45, 90, len(data) // 2, len(data) - 2, len(data) - 1):
        refuse(data[:n_bytes], "is (truncated|damaged)")


def test_large_jpeg_2000_is_refused_by_its_header(photo, encode):
    refuse(encode(photo, "JPEG2000")[:200], "has 47 × 61 pixels, more than max_pixels=2000", max_pixels=2000)


@needs_avif
@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif(orientation, photo, encode):
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = read(encode(photo, "PNG", exif=exif))
    image = read(encode(photo, "AVIF", quality=100, subsampling="4:4:4", exif=exif))  # takes its tag out of exif
    assert image.shape == upright.shape
    assert np.abs(image.astype(int) - upright).mean() < 2


@needs_avif
def test_bad_avif(photo, encode):
    data = encode(photo, "AVIF")
    refuse(data, "has 47 × 61 pixels, more than max_pixels=2000", max_pixels=2000)
    for n_bytes in (40, len(data) // 2, len(data) - 10):
        refuse(data[:n_bytes], "is damaged")


def test_avif_where_pillow_has_none(monkeypatch):
    monkeypatch.setattr(PIL.features, "check", lambda feature: False)
    refuse(b"\0\0\0\x20ftypavif" + bytes(50), "is an AVIF image, which .* install Pillow 11.3")


@pytest.mark.parametrize("brands", [b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heic", b"hevc\0\0\0\0msf1"])
def test_heic_is_named(brands):
    refuse(b"\0\0\0\x18ftyp" + brands + bytes(50), "is a HEIC image, which is not read from files: .*pillow-heif")


def test_video_is_not_heic():
    refuse(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(50), "is not a JPEG")


@pytest.mark.parametrize("photometric", [8, 9, 10])
def test_lab_tiff_is_refused(photometric, photo):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, photo, photometric=photometric)
    refuse(buffer.getvalue(), r"has L\*a\*b\* colours, .* save it as RGB")


def test_lab_tiff_of_pil_is_refused(photo, encode):
    from PIL import ImageCms

    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    refuse(encode(ImageCms.applyTransform(Image.fromarray(photo), to_lab), "TIFF"), "has L")


def test_tiff_of_16_bit_floats_is_named():
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.full((8, 9), 0.5, np.float16), photometric="minisblack")
    refuse(buffer.getvalue(), "has 16-bit floats, .* save it as float32")
