"""A photo-like picture, and ways to write it to files of all kinds."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def photo():
    """A smooth RGB picture whose corners differ, of 47 × 61 pixels."""
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (61, 47), interpolation=cv2.INTER_CUBIC)
    picture.flags.writeable = False
    return picture


@pytest.fixture(scope="session")
def encode():
    """Return the bytes of a PIL image or an array in a format of PIL's."""

    def encode(image, format_, **options):
        image = image if isinstance(image, Image.Image) else Image.fromarray(image)
        buffer = io.BytesIO()
        image.save(buffer, format_, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def make_png():
    """Return a PNG file from parts that PIL would not write."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    def make_png(n_rows, n_cols, depth, color_type, rows, extra=()):
        header = struct.pack(">IIBBBBB", n_cols, n_rows, depth, color_type, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
        chunks = [(b"IHDR", header), *extra, (b"IDAT", pixels), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*parts) for parts in chunks)

    return make_png


@pytest.fixture
def write_file(tmp_path):
    """Write bytes to a file and return its path as a str."""

    def write_file(data, name="image.bin"):
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write_file


@pytest.fixture
def folder(tmp_path, photo, encode):
    """Seven readable files of one size in the order of their names, as a list of str."""
    formats = ["BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP", "PNG"]
    paths = []
    for number, format_ in enumerate(formats):
        path = tmp_path / f"{number}.{format_.lower()}"
        path.write_bytes(encode(np.roll(photo, 5 * number, axis=1), format_))
        paths.append(str(path))
    return paths
