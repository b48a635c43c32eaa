"""Importing what only some users have installed, and what they are told where they have not."""

import sys

import pytest

from classicvis import _optional
from classicvis._optional import import_optional


def test_a_module_that_is_there_is_returned():
    assert import_optional("json.decoder", extra="cnn", purpose="Reading") is sys.modules["json.decoder"]


def test_a_folder_without_code_is_no_module(tmp_path, monkeypatch):
    (tmp_path / "hollow").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match=r"needs 'hollow', of which only remains lie in .*hollow.*remove that folder"):
        import_optional("hollow", extra="onnx", purpose="Running")
    del sys.modules["hollow"]


@pytest.mark.parametrize(
    ("is_installed", "extra", "expected"),
    [
        (False, "cnn,onnx", "cnn,onnx"),
        (True, "cnn,onnx", "cnn,onnx-gpu"),
        (True, "onnx", "onnx-gpu"),
        (True, "cnn", "cnn"),
    ],
)
def test_the_wheel_for_gpus_is_kept(monkeypatch, is_installed, extra, expected):
    monkeypatch.setattr(_optional, "version_of", lambda name: "1.31.1" if is_installed else None)
    with pytest.raises(ImportError) as caught:
        import_optional("no_such_module", extra=extra, purpose="Training")
    assert str(caught.value) == f"Training needs 'no_such_module': run `pip install \"classicvis[{expected}]\"`."
