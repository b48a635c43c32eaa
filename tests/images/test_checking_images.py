"""check_images tells of all the bad files that ImageReader would refuse, and of no others."""

import pathlib
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from classicvis.images import BadImage, ImageReader, ImageReadError, check_images


@pytest.fixture
def mixed(folder, tmp_path):
    """Good files, a missing one, an empty one, a text and a truncated picture."""
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("these are no pixels")
    (tmp_path / "half.jpg").write_bytes(pathlib.Path(folder[2]).read_bytes()[:700])
    bad = [str(tmp_path / name) for name in ("empty.png", "missing.png", "notes.txt", "half.jpg")]
    return [bad[0], *folder[:3], bad[1], bad[2], *folder[3:], bad[3]]


def test_all_bad_files_are_listed_in_order(mixed):
    bad = check_images(mixed)
    assert all(isinstance(entry, BadImage) for entry in bad)
    assert [entry.row for entry in bad] == [0, 4, 5, 10]
    assert [entry.path for entry in bad] == [mixed[row] for row in (0, 4, 5, 10)]
    assert [entry.reason.split(" (")[0].split(":")[0] for entry in bad] == [
        "is empty",
        "does not exist",
        "is not a JPEG, PNG, WebP, BMP, TIFF, GIF, PPM, JPEG 2000 or AVIF image",
        "is truncated",
    ]


def test_what_is_listed_is_what_the_reader_refuses(mixed):
    bad = {entry.row: entry for entry in check_images(mixed)}
    for row, path in enumerate(mixed):
        if row in bad:
            with pytest.raises(ImageReadError) as caught:
                ImageReader(size=4).transform([path])
            assert (caught.value.path, caught.value.reason) == bad[row][1:]
        else:
            assert ImageReader(size=4).transform([path]).shape == (1, 4, 4, 3)


def test_good_files_give_an_empty_list(folder):
    assert check_images(folder) == []


def test_result_does_not_depend_on_n_jobs(mixed):
    assert check_images(mixed * 9, n_jobs=3) == check_images(mixed * 9)


@pytest.mark.parametrize(
    "container",
    [
        tuple,
        np.array,
        pd.Series,
        pl.Series,
        iter,
        lambda paths: pd.DataFrame({"file": paths}),
        lambda p: map(pathlib.Path, p),
    ],
)
def test_paths_come_in_any_container(container, mixed):
    assert check_images(container(mixed)) == check_images(mixed)


def test_glob_is_taken(tmp_path, folder):
    assert check_images(tmp_path.glob("*")) == []


@pytest.mark.parametrize("empty", [[], (), np.array([], dtype=object), iter([])])
def test_no_paths_are_no_bad_files(empty):
    assert check_images(empty) == []


def test_max_pixels_is_passed_on(folder):
    bad = check_images(folder, max_pixels=100)
    assert len(bad) == len(folder)
    assert bad[0].reason == "has 47 × 61 pixels, more than max_pixels=100 allows"


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ("cat.png", "X is a single image"),
        (pathlib.Path("cat.png"), "X is a single image"),
        ([1, 2], "list without paths"),
        (["cat.png", 3], "Row 1 of X is 3"),
        (["cat.png", np.zeros((2, 2))], "Row 1 of paths is ndarray"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), "X has the columns 'a', 'b', but images come in one"),
    ],
)
def test_other_input_is_refused(paths, message):
    with pytest.raises(ValueError, match=message):
        check_images(paths)


def test_progress_bar_shows_on_a_terminal_only(folder, capsys, monkeypatch):
    check_images(folder)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    check_images(folder)
    assert "Checking images: 100%" in capsys.readouterr().err
