import os
import stat

import pytest

from classicvis import _files
from classicvis._files import remove_whole, write_whole


@pytest.mark.parametrize(("content", "expected"), [("naïve\n", "naïve\n".encode()), (b"\x00\xff", b"\x00\xff")])
def test_write_whole_writes_text_and_bytes(tmp_path, content, expected):
    write_whole(tmp_path / "file", content)
    assert (tmp_path / "file").read_bytes() == expected
    assert os.listdir(tmp_path) == ["file"]


def test_write_whole_replaces_what_was_there(tmp_path):
    (tmp_path / "file").write_text("old and longer")
    write_whole(str(tmp_path / "file"), "new")
    assert (tmp_path / "file").read_text() == "new"


def test_write_whole_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("old")

    def fail(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(_files.os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_write_whole_heeds_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", "text")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_write_whole_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_whole("file", "text")
    assert (tmp_path / "file").read_text() == "text"


def test_remove_whole_also_removes_what_a_killed_process_left(tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / (".file-" + "0af3" * 8)).write_text("half of the te")
    for name in ("file2", ".file-of-mine", ".file2-" + "0af3" * 8):
        (tmp_path / name).write_text("mine")
    remove_whole(tmp_path / "file")
    remove_whole(tmp_path / "file")
    assert sorted(os.listdir(tmp_path)) == [".file-of-mine", ".file2-" + "0af3" * 8, "file2"]
