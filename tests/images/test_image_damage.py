"""Files that are missing, too large, cut off, altered or no images at all raise, and never crash or hang."""

import os
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

import classicvis.images._file as file_module
from classicvis.images import ImageReader, ImageReadError, check_images
from classicvis.images._decode import decode_image
from classicvis.images._errors import UnreadableImage
from classicvis.images.formats._jpeg import MOST_SCANS
from classicvis.pixels import scale_to_uint8

MEGA = 10**6
KINDS = {
    "JPEG": ("JPEG", {}),
    "progressive JPEG": ("JPEG", {"progressive": True}),
    "JPEG with restarts": ("JPEG", {"restart_marker_blocks": 2}),
    "PNG": ("PNG", {}),
    "lossy WebP": ("WEBP", {}),
    "lossless WebP": ("WEBP", {"lossless": True}),
    "BMP": ("BMP", {}),
    "TIFF": ("TIFF", {}),
    "LZW TIFF": ("TIFF", {"compression": "tiff_lzw"}),
    "GIF": ("GIF", {}),
    "PPM": ("PPM", {}),
    "JPEG 2000": ("JPEG2000", {}),
    "tiled JPEG 2000": ("JPEG2000", {"no_jp2": True, "tile_size": (32, 32)}),
    **({"AVIF": ("AVIF", {})} if features.check("avif") else {}),
}


@pytest.fixture(scope="session")
def whole_files(photo, encode):
    """One file of each kind, with an EXIF block where the format has one."""
    exif = Image.Exif()
    exif[274] = 6
    return {
        kind: encode(photo, format_, **options, **({} if format_ in ("BMP", "GIF") else {"exif": exif}))
        for kind, (format_, options) in KINDS.items()
    }


def assert_image_or_error(data):
    """Decode; whatever comes back is an image, whatever is raised is the one error."""
    try:
        image = scale_to_uint8(decode_image(bytes(data), MEGA))
    except UnreadableImage:
        return
    assert image.dtype == np.uint8
    assert image.size > 0
    assert image.ndim == 2 or image.shape[2] == 3


@pytest.mark.parametrize("kind", KINDS)
def test_file_cut_off_anywhere_is_refused(kind, whole_files):
    data = whole_files[kind]
    lengths = {*range(0, len(data), max(1, len(data) // 150)), *range(max(0, len(data) - 40), len(data))}
    if KINDS[kind][0] == "GIF":
        lengths.discard(len(data) - 1)  # the trailer byte after the first frame is not needed
    for length in lengths:
        with pytest.raises(UnreadableImage):
            decode_image(data[:length], MEGA)


@pytest.mark.parametrize("kind", ["JPEG", "progressive JPEG", "JPEG with restarts", "PNG", "LZW TIFF", "GIF"])
def test_file_filled_up_with_zeros_is_refused(kind, whole_files):
    data = whole_files[kind]
    with pytest.raises(UnreadableImage):
        decode_image(data[: len(data) // 8] + bytes(len(data) - len(data) // 8), MEGA)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "LZW TIFF", "GIF"])
def test_truncation_is_named(kind, whole_files):
    data = whole_files[kind]
    with pytest.raises(UnreadableImage, match="is truncated: the data ends before"):
        decode_image(data[: len(data) * 2 // 3], MEGA)


@pytest.mark.parametrize("kind", KINDS)
def test_single_altered_bytes_do_no_harm(kind, whole_files):
    data = whole_files[kind]
    rng = np.random.default_rng(0)
    for position in {*range(min(64, len(data))), *rng.integers(0, len(data), 60).tolist()}:
        for value in (0x00, 0xFF, data[position] ^ 0x80):
            altered = bytearray(data)
            altered[position] = value
            assert_image_or_error(altered)


def test_png_altered_anywhere_is_refused(whole_files):
    data = whole_files["PNG"]
    for position in np.random.default_rng(0).integers(0, len(data), 200).tolist():
        altered = bytearray(data)
        altered[position] ^= 0x10
        with pytest.raises(UnreadableImage):
            decode_image(bytes(altered), MEGA)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(KINDS)))
def test_mutated_file_gives_an_image_or_the_error(whole_files, kind, data):
    altered = bytearray(whole_files[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(altered)))
        stop = start + data.draw(st.integers(0, 50))
        altered[start:stop] = data.draw(st.binary(max_size=50))
    assert_image_or_error(altered)


@settings(max_examples=200, deadline=None)
@given(
    head=st.sampled_from(
        [
            b"",
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x40\0\0\0WEBPVP8 ",
            b"BM",
            b"II*\0",
            b"MM\0*",
            b"II+\0\x08\0\0\0",
            b"GIF89a",
        ]
    ),
    body=st.binary(max_size=200),
)
def test_random_bytes_give_an_image_or_the_error(head, body):
    assert_image_or_error(head + body)


def assert_row_is_named(path, reason, max_pixels=MEGA, row=2):
    """Read a list whose third row is the path."""
    good = np.zeros((2, 2), np.uint8)
    with pytest.raises(ImageReadError, match=reason) as caught:
        ImageReader(size=4, max_pixels=max_pixels).transform([good] * row + [path])
    assert (caught.value.row, caught.value.path) == (row, os.fspath(path))
    assert str(caught.value).startswith(f"Row {row} of X, {os.fspath(path)!r}, ")
    assert str(caught.value).endswith("(check_images lists all such files).")


def test_missing_file_is_named(tmp_path):
    assert_row_is_named(tmp_path / "no such cat.jpg", "does not exist")


def test_empty_path_is_named():
    assert_row_is_named("", "does not exist")


def test_path_with_a_null_character_is_named():
    assert_row_is_named("a\0b.png", "cannot be opened: embedded null")


def test_empty_file_is_named(write_file):
    assert_row_is_named(write_file(b""), r"is empty \(0 bytes\)")


def test_directory_is_named(tmp_path):
    assert_row_is_named(tmp_path, "is a directory, not a file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_is_not_waited_for(tmp_path):
    path = str(tmp_path / "pipe.png")
    os.mkfifo(path)
    assert_row_is_named(path, "is a device or a pipe, not a file")


def test_file_without_permission_is_named(monkeypatch, folder):
    def refuse(path, *args, **options):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(file_module, "open", refuse, raising=False)
    assert_row_is_named(folder[0], "cannot be opened: Permission denied")


def test_text_file_is_named(write_file):
    assert_row_is_named(write_file(b"not an image at all", "notes.png"), "is not a JPEG, PNG, WebP")


def test_truncated_file_is_named(write_file, whole_files):
    assert_row_is_named(write_file(whole_files["JPEG"][:-200]), "is truncated")


def test_file_out_of_proportion_to_its_pixels_is_not_loaded(write_file, whole_files):
    path = write_file(whole_files["PNG"])
    with open(path, "r+b") as file:
        file.truncate(2**33)  # takes no space on the disk
    assert_row_is_named(path, "has 8589934592 bytes, more than max_pixels=1000000 can take up")


def test_png_that_claims_ten_gigapixels_is_refused_by_its_header(make_png):
    bomb = make_png(100_000, 100_000, 8, 2, [b""])
    with pytest.raises(UnreadableImage, match=r"has 100000 × 100000 pixels, more than max_pixels=64000000 allows"):
        decode_image(bomb, 64_000_000)


def large_headers():
    """Headers of each format that claim 30,000 × 30,000 pixels."""
    size = 30_000
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", size, size) + b"\x03\x01\x11\0\x02\x11\1\x03\x11\1"
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, size) for tag in (256, 257))
    return {
        "JPEG": b"\xff\xd8" + frame,
        "WebP": b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + (size - 1).to_bytes(3, "little") * 2,
        "BMP": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 60, 0, 0, 54, 40, size, size, 1, 24, 0, 0, 0, 0, 0, 0),
        "TIFF": b"II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4),
        "GIF": b"GIF89a" + struct.pack("<HHBBB", size, size, 0, 0, 0) + b"\x2c" + bytes(4) + b"\1\0\1\0\0\2\0",
    }


@pytest.mark.parametrize("format_", ["JPEG", "WebP", "BMP", "TIFF", "GIF"])
def test_large_size_is_refused_before_decoding(format_):
    with pytest.raises(UnreadableImage, match="has 30000 × 30000 pixels, more than max_pixels"):
        decode_image(large_headers()[format_], 64_000_000)


def test_max_pixels_is_inclusive(photo, encode):
    data = encode(photo, "PNG")
    assert decode_image(data, 47 * 61).shape == photo.shape
    with pytest.raises(UnreadableImage, match="has 47 × 61 pixels"):
        decode_image(data, 47 * 61 - 1)


def test_tiff_with_vast_tiles_is_refused():
    tags = [(256, 9), (257, 9), (322, 100_000), (323, 100_000), (324, 8), (325, 8)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(99)
    with pytest.raises(UnreadableImage, match="has tiles of 10000000000 pixels"):
        decode_image(data, 64_000_000)


def test_jpeg_of_endless_scans_is_refused(whole_files):
    data = whole_files["progressive JPEG"]
    last = data.rindex(b"\xff\xda")
    bomb = data[:-2] + data[last:-2] * MOST_SCANS + data[-2:]
    with pytest.raises(UnreadableImage, match="more than 100 scans"):
        decode_image(bomb, MEGA)


def test_jpeg_that_states_more_rows_than_its_bytes_can_hold_is_refused(whole_files):
    data = bytearray(whole_files["JPEG"])
    frame = data.index(b"\xff\xc0")
    struct.pack_into(">H", data, frame + 5, 60_000)
    with pytest.raises(UnreadableImage, match="cannot hold the 60000 × 61 pixels"):
        decode_image(bytes(data), 64_000_000)


def test_size_that_differs_from_the_header_is_refused(whole_files):
    data = bytearray(whole_files["lossy WebP"])
    assert data[12:16] == b"VP8X"
    data[24] += 1  # one more column than the picture inside has
    with pytest.raises(UnreadableImage, match="is damaged"):
        decode_image(bytes(data), MEGA)


def test_many_damaged_files_are_read_through_the_reader(tmp_path, whole_files):
    rng = np.random.default_rng(0)
    paths = []
    for number in range(120):
        data = bytearray(whole_files[sorted(KINDS)[number % len(KINDS)]])
        start = int(rng.integers(0, len(data)))
        data[start : start + int(rng.integers(1, 99))] = rng.bytes(int(rng.integers(0, 99)))
        path = tmp_path / f"{number}.img"
        path.write_bytes(data)
        paths.append(path)
    bad = check_images(paths)
    assert 20 < len(bad) < 120
    with pytest.raises(ImageReadError) as caught:
        ImageReader(size=(5, 6)).transform(paths)
    assert (caught.value.row, caught.value.path, caught.value.reason) == bad[0]
    bad_paths = {entry.path for entry in bad}
    good_paths = [path for path in paths if str(path) not in bad_paths]
    assert ImageReader(size=(5, 6)).transform(good_paths).shape == (len(good_paths), 5, 6, 3)
