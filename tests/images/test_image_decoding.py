"""Every allowed format and kind of pixel gives the documented result."""

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from classicvis.images._decode import decode_image, turn_upright
from classicvis.images._errors import UnreadableImage
from classicvis.images.formats import identify_format
from classicvis.pixels import scale_to_uint8

MANY = 10**6
LOSSLESS = [
    ("PNG", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"compression": "packbits"}),
    ("TIFF", {"big_tiff": True}),
    ("WEBP", {"lossless": True, "exact": True}),
    ("GIF", {}),
]
ORIENTABLE = [
    ("JPEG", {"quality": 100, "subsampling": 0}),
    ("PNG", {}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"big_tiff": True}),
]


def read(data):
    """Decode to uint8, with three channels."""
    image = scale_to_uint8(decode_image(data, MANY))
    return np.dstack([image] * 3) if image.ndim == 2 else image


def as_rgb(image):
    return np.asarray(image.convert("RGB"))


def write_tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def all_modes(photo):
    """One PIL image of each mode that some format stores."""
    rgb = Image.fromarray(photo)
    alpha = Image.fromarray(np.arange(47 * 61, dtype=np.uint32).astype(np.uint8).reshape(47, 61))
    grey = rgb.convert("L")
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    return {
        "1": rgb.convert("1"),
        "L": grey,
        "LA": Image.merge("LA", (grey, alpha)),
        "P": rgb.convert("P", palette=Image.Palette.ADAPTIVE),
        "RGB": rgb,
        "RGBA": rgba,
        "CMYK": rgb.convert("CMYK"),
    }


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize(("format_", "options"), LOSSLESS)
def test_lossless_file_gives_the_colours_that_pil_reads(format_, options, mode, photo, encode):
    if format_ == "BMP" and mode == "LA":
        mode = "L"  # the format has no grey with alpha
    data = encode(all_modes(photo)[mode], format_, **options)
    np.testing.assert_array_equal(read(data), as_rgb(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 1}])
def test_jpeg_file_gives_the_colours_that_pil_reads(options, mode, photo, encode):
    data = encode(all_modes(photo)[mode], "JPEG", **options)
    difference = read(data).astype(int) - as_rgb(Image.open(io.BytesIO(data)))
    assert np.abs(difference).max() <= 1  # two builds of libjpeg


def test_lossy_webp_file_is_near_the_photo(photo, encode):
    difference = read(encode(photo, "WEBP", quality=95)).astype(int) - photo
    assert np.abs(difference).mean() < 5


def test_cmyk_jpeg_is_taken_for_inverted(photo, encode):
    data = encode(Image.fromarray(photo).convert("CMYK"), "JPEG", quality=100, subsampling=0)
    assert b"Adobe" in data
    assert np.abs(read(data).astype(int) - photo).max() <= 3


def test_cmyk_tiff_is_multiplied_out(photo, encode):
    cmyk = np.dstack([photo, photo[::-1, :, 0]])
    data = encode(_cmyk(cmyk), "TIFF")
    ink = cmyk.astype(float) / 255
    expected = 255 * (1 - ink[..., :3]) * (1 - ink[..., 3:])
    assert np.abs(read(data) - expected).max() <= 1


def _cmyk(array):
    return Image.frombytes("CMYK", array.shape[1::-1], np.ascontiguousarray(array).tobytes())


def test_sixteen_bit_png_is_rounded_to_eight(photo):
    deep = np.random.default_rng(1).integers(0, 2**16, (47, 61, 3), dtype=np.uint16)
    data = cv2.imencode(".png", deep[..., ::-1])[1].tobytes()
    np.testing.assert_array_equal(read(data), np.rint(deep / 257))


def test_sixteen_bit_grey_png_with_alpha_drops_it(photo, make_png):
    deep = (photo[..., :2].astype(">u2") * 257).astype(">u2")
    data = make_png(47, 61, 16, 4, [row.tobytes() for row in deep])
    np.testing.assert_array_equal(read(data), np.dstack([photo[..., 0]] * 3))


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_png_of_few_bits_spans_black_to_white(depth, make_png):
    values = np.random.default_rng(depth).integers(0, 2**depth, (9, 16), dtype=np.uint8)
    bits = np.unpackbits(values[..., np.newaxis], axis=2)[..., -depth:]
    rows = [row.tobytes() for row in np.packbits(bits.reshape(9, -1), axis=1)]
    expected = values * (255 // (2**depth - 1))
    np.testing.assert_array_equal(read(make_png(9, 16, depth, 0, rows)), np.dstack([expected] * 3))


def test_png_with_a_transparent_colour_keeps_it(photo, make_png):
    transparent = (b"tRNS", struct.pack(">HHH", *photo[0, 0].tolist()))
    data = make_png(47, 61, 8, 2, [row.tobytes() for row in photo], extra=[transparent])
    np.testing.assert_array_equal(read(data), photo)


def test_png_with_gamma_is_read_as_stored(photo, make_png):
    data = make_png(47, 61, 8, 2, [row.tobytes() for row in photo], extra=[(b"gAMA", struct.pack(">I", 100_000))])
    np.testing.assert_array_equal(read(data), photo)


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF"])
def test_only_the_first_of_several_frames_is_read(format_, photo, encode):
    options = {"lossless": True} if format_ == "WEBP" else {}
    first, second = (Image.fromarray(picture) for picture in (photo, 255 - photo))
    data = encode(first, format_, save_all=True, append_images=[second], **options)
    np.testing.assert_array_equal(read(data), as_rgb(Image.open(io.BytesIO(data))))


def test_gif_frame_that_is_smaller_than_the_screen_stands_in_its_place(photo, encode):
    data = bytearray(encode(Image.fromarray(photo[:5, :6]).convert("P"), "GIF"))
    struct.pack_into("<HH", data, 6, 10, 9)  # the screen, columns first
    frame_at = data.index(b"\x2c", 13 + 3 * 256 if data[10] & 7 == 7 else 13 + 3 * 2 ** ((data[10] & 7) + 1))
    struct.pack_into("<HH", data, frame_at + 1, 3, 2)  # the frame's column and row
    image = read(bytes(data))
    assert image.shape == (9, 10, 3)
    np.testing.assert_array_equal(image[2:7, 3:9], read(encode(Image.fromarray(photo[:5, :6]).convert("P"), "GIF")))


def bmp(n_rows, n_cols, n_bits, pixels, encoding=0):
    headers = struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54)
    headers += struct.pack("<IiiHHIIiiII", 40, n_cols, n_rows, 1, n_bits, encoding, len(pixels), 0, 0, 0, 0)
    return b"BM" + headers + pixels


def test_bmp_of_32_bits_drops_the_fourth(photo):
    bgra = np.dstack([photo[..., ::-1], photo[..., 0]])
    np.testing.assert_array_equal(read(bmp(47, 61, 32, bgra[::-1].tobytes())), photo)


def test_bmp_with_negative_height_is_stored_from_the_top(photo):
    bgra = np.dstack([photo[..., ::-1], photo[..., 0]])
    np.testing.assert_array_equal(read(bmp(-47, 61, 32, bgra.tobytes())), photo)


def test_bmp_with_the_header_of_os2_is_read(photo):
    rows = b"".join(row.tobytes() + b"\0" for row in np.ascontiguousarray(photo[::-1, :, ::-1]))
    header = b"BM" + struct.pack("<IHHI", 26 + len(rows), 0, 0, 26) + struct.pack("<IHHHH", 12, 61, 47, 1, 24)
    np.testing.assert_array_equal(read(header + rows), photo)


def test_run_length_encoded_bmp_is_read():
    palette = range(256)
    table = b"".join(bytes([value, value, value, 0]) for value in palette)
    pixels = b"\x04\x07\x00\x00\x04\x09\x00\x01"  # four pixels of 7, end of row, four of 9, end of image
    headers = struct.pack("<IHHI", 54 + len(table) + len(pixels), 0, 0, 54 + len(table))
    headers += struct.pack("<IiiHHIIiiII", 40, 4, 2, 1, 8, 1, len(pixels), 0, 0, 256, 0)
    image = read(b"BM" + headers + table + pixels)
    np.testing.assert_array_equal(image[..., 0], [[9] * 4, [7] * 4])


TIFF_KINDS = {
    "rgb16": ("deep", {"photometric": "rgb"}),
    "rgb16 big-endian": ("deep", {"photometric": "rgb", "byteorder": ">"}),
    "rgb8 big-endian": ("rgb", {"photometric": "rgb", "byteorder": ">"}),
    "rgb8 in strips": ("rgb", {"photometric": "rgb", "rowsperstrip": 5}),
    "rgb8 in planes": ("planes", {"photometric": "rgb", "planarconfig": "separate"}),
    "rgba8 straight": ("rgba", {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "rgba8 premultiplied": ("rgba", {"photometric": "rgb", "extrasamples": ["assocalpha"]}),
    "rgba8 big-endian": ("rgba", {"photometric": "rgb", "extrasamples": ["unassalpha"], "byteorder": ">"}),
    "rgba16": ("deep rgba", {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "rgb float": ("float", {"photometric": "rgb"}),
}


@pytest.mark.parametrize("kind", TIFF_KINDS)
def test_colour_tiff_is_read_without_its_alpha(kind, photo):
    alpha = photo[::-1, ::-1, 0]
    array, options = TIFF_KINDS[kind]
    arrays = {
        "rgb": photo,
        "planes": photo.transpose(2, 0, 1),
        "rgba": np.dstack([photo, alpha]),
        "deep": photo.astype(np.uint16) * 257,
        "deep rgba": np.dstack([photo, alpha]).astype(np.uint16) * 257,
        "float": (photo / 255).astype(np.float32),
    }
    data = write_tiff(np.ascontiguousarray(arrays[array]), **options)
    np.testing.assert_array_equal(read(data), photo)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64", "int8", "int16", "int32"])
def test_grey_tiff_follows_the_rules_for_its_number_type(dtype, photo):
    grey = photo[..., 0] // 2 if dtype == "int8" else photo[..., 0]
    stored = {"bool": grey > 127, "uint16": grey.astype(np.uint16) * 257}.get(dtype, grey)
    stored = (grey / 255).astype(dtype) if dtype.startswith("float") else stored.astype(dtype)
    expected = np.where(grey > 127, 255, 0) if dtype == "bool" else grey
    image = read(write_tiff(stored, photometric="minisblack"))
    np.testing.assert_array_equal(image, np.dstack([expected] * 3))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_in_which_white_is_zero_is_inverted(dtype, photo):
    stored = photo[..., 0].astype(dtype) * (257 if dtype == "uint16" else 1)
    image = read(write_tiff(stored, photometric="miniswhite"))
    np.testing.assert_array_equal(image, np.dstack([255 - photo[..., 0]] * 3))


def test_tiled_tiff_is_read(photo):
    large = np.tile(photo, (3, 3, 1))
    np.testing.assert_array_equal(read(write_tiff(large, photometric="rgb", tile=(64, 64))), large)


@pytest.mark.parametrize(
    ("array", "options", "reason"),
    [
        (
            np.zeros((3, 8, 9), np.uint16),
            {"photometric": "rgb", "planarconfig": "separate"},
            "separate planes",
        ),
        (np.zeros((8, 9, 5), np.uint8), {"photometric": "rgb"}, "has 5 channels"),
        (np.full((8, 9), 1.5, np.float32), {"photometric": "minisblack"}, r"from 1.5 to 1.5, outside 0 to 1"),
        (
            np.full((8, 9), 256, np.int32),
            {"photometric": "minisblack"},
            "from 256 to 256, but integers other than uint16 mean 0 to 255",
        ),
    ],
)
def test_tiff_of_a_kind_that_has_no_meaning_here_is_refused(array, options, reason):
    with pytest.raises(UnreadableImage, match=reason):
        read(write_tiff(array, **options))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("format_", "options"), ORIENTABLE)
def test_orientation_is_applied_once(format_, options, orientation, photo, encode):
    exif = Image.Exif()
    exif[274] = orientation
    data = encode(photo, format_, exif=exif, **options)
    upright = turn_upright(photo, orientation)
    image = read(data)
    assert image.shape == upright.shape
    assert np.abs(image.astype(int) - upright).max() <= 6  # JPEG at its best


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_deep_tiff_is_applied_once(orientation, photo):
    deep = photo.astype(np.uint16) * 257
    data = write_tiff(deep, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    np.testing.assert_array_equal(read(data), turn_upright(photo, orientation))


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("tag_type", ["H", "I"])
def test_orientation_may_be_short_or_long(tag_type, byteorder, photo):
    options = {"photometric": "rgb", "byteorder": byteorder}
    data = write_tiff(photo, extratags=[(274, tag_type, 1, 3, True)], **options)
    np.testing.assert_array_equal(read(data), photo[::-1, ::-1])


def test_turn_upright_agrees_with_pil(photo, encode):
    from PIL import ImageOps

    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        stored = Image.open(io.BytesIO(encode(photo, "PNG", exif=exif)))
        np.testing.assert_array_equal(turn_upright(photo, orientation), np.asarray(ImageOps.exif_transpose(stored)))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_illegal_orientation_counts_as_upright(orientation, photo, encode):
    exif = Image.Exif()
    exif[274] = orientation
    np.testing.assert_array_equal(read(encode(photo, "PNG", exif=exif)), photo)


@pytest.mark.parametrize(
    "block", [b"", b"II", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff", b"junk" * 9]
)
def test_broken_exif_block_counts_as_upright(block, photo, make_png):
    data = make_png(47, 61, 8, 2, [row.tobytes() for row in photo], extra=[(b"eXIf", block)])
    np.testing.assert_array_equal(read(data), photo)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (16, 16)])
def test_any_size_is_read(format_, shape, encode):
    picture = np.full((*shape, 3), 200, np.uint8)
    assert np.abs(read(encode(picture, format_)).astype(int) - picture).max() <= 3


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_bytes_after_the_end_are_ignored(format_, photo, encode):
    data = encode(photo, format_)
    np.testing.assert_array_equal(read(data + b"\xff\xd8 preview"), read(data))


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_format_is_told_by_the_first_bytes(format_, photo, encode):
    assert identify_format(encode(photo, format_)[:12]).name.upper() == format_


@pytest.mark.parametrize(
    "data", [b"\0" * 99, b"%PDF-1.7", b"<svg/>", b"\xff\xd8", b"RIFF\0\0\0\0WAVE", b"P7 1 1 255 abc"]
)
def test_other_formats_are_refused(data):
    with pytest.raises(UnreadableImage, match="is not a JPEG, PNG, WebP, BMP, TIFF, GIF, PPM, JPEG 2000 or AVIF image"):
        identify_format(data)
