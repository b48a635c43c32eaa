"""ImageReader reads images from the content of files, and from open files."""

import io
import pathlib

import numpy as np
import pandas as pd
import polars as pl
import pytest

from classicvis.images import ImageReader, ImageReadError

CONTENTS = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "BytesIO": io.BytesIO,
    "buffered file": lambda content: io.BufferedReader(io.BytesIO(content)),
}
LISTINGS = {
    "list": list,
    "tuple": tuple,
    "pandas Series": pd.Series,
    "pandas frame": lambda contents: pd.DataFrame({"image": contents}),
    "polars Series": pl.Series,
    "object array": lambda contents: np.array([*contents, None], dtype=object)[:-1],
    "dict.values()": lambda contents: dict(enumerate(contents)).values(),
}


@pytest.fixture
def contents(folder):
    return [pathlib.Path(path).read_bytes() for path in folder]


@pytest.mark.parametrize("kind", CONTENTS)
def test_content_gives_the_images_of_the_files(kind, folder, contents):
    given = [CONTENTS[kind](content) for content in contents]
    expected = ImageReader(20).transform(folder)
    reader = ImageReader(20).fit(given)
    np.testing.assert_array_equal(reader.transform(given), expected)
    np.testing.assert_array_equal(reader.transform(given), expected)  # an open file is read from its beginning


@pytest.mark.parametrize("listing", LISTINGS)
def test_listings_of_bytes(listing, folder, contents):
    images = ImageReader(20).fit_transform(LISTINGS[listing](contents))
    np.testing.assert_array_equal(images, ImageReader(20).transform(folder))


def test_open_files_are_read_and_left_where_they_were(folder):
    with open(folder[3], "rb") as file:
        file.seek(5)
        images = ImageReader(20).transform([file, pathlib.Path(folder[3])])
        assert file.tell() == 5
    np.testing.assert_array_equal(images[0], images[1])


def test_threads_may_read_the_same_open_file(folder, contents):
    images = ImageReader(20, n_jobs=4).transform([io.BytesIO(contents[3])] * 300)
    np.testing.assert_array_equal(images[::299], ImageReader(20).transform(folder[3:4] * 2))


def closed_file(content):
    file = io.BytesIO(content)
    file.close()
    return file


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda content: content[:200], "Row 3 of X is truncated"),
        (lambda content: b"", r"Row 3 of X is empty \(0 bytes\)"),
        (lambda content: b"no pixels", "Row 3 of X is not a JPEG"),
        (lambda content: io.BytesIO(content[:200]), "Row 3 of X is truncated"),
        (lambda content: io.StringIO("text"), 'Row 3 of X is a text file: open it in the mode "rb"'),
        (closed_file, "Row 3 of X cannot be read: .*closed"),
    ],
    ids=["truncated", "empty", "text in bytes", "truncated file", "text file", "closed file"],
)
def test_errors_name_the_row(make, reason, contents):
    contents[3] = make(contents[3])
    with pytest.raises(ImageReadError, match=reason) as caught:
        ImageReader(20).transform(contents)
    assert caught.value.row == 3
    assert caught.value.path is None
    with pytest.warns(UserWarning, match=reason.replace("Row", "row").replace(" of X", "")):
        assert not ImageReader(20, on_error="warn").transform(contents)[3].any()


def test_content_larger_than_its_pixels_is_refused(contents):
    contents[3] += bytes(2**25)
    for content in (contents[3], io.BytesIO(contents[3])):
        with pytest.raises(ImageReadError, match=r"Row 1 of X has \d+ bytes, more than max_pixels=2867 can take up"):
            ImageReader(20, max_pixels=47 * 61).transform([contents[0], content])
