"""Networks to begin with: downloaded from a local server in place of the real one, checked by hash, ready to use."""

import hashlib
import re

import numpy as np
import pytest
from onnx_models import make_convolutional

from classicvis import ONNXTransformer, make_transfer_svm
from classicvis.datasets import _backbones, _fetch, fetch_backbone

NAME = "mobilenet-v2"


@pytest.fixture
def served(server, monkeypatch):
    """Serve a tiny network in place of the real one; return its path."""
    folder, url, _ = server
    real = _backbones.BACKBONES[NAME]
    path = folder / real.file
    path.write_bytes(make_convolutional(("n", 3, 224, 224)))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(_backbones.BACKBONES, NAME, real._replace(base_url=url, sha256=digest))
    return path


def test_backbone_is_downloaded_once_and_knows_its_preprocessing(served, server, tmp_path):
    backbone = fetch_backbone(NAME, data_home=tmp_path / "home")
    assert backbone.model.parent == tmp_path / "home" / "backbones"
    assert backbone.model.read_bytes() == served.read_bytes()
    assert fetch_backbone(NAME, data_home=tmp_path / "home", download_if_missing=False) == backbone
    assert len(server[2]) == 1
    photos = np.random.default_rng(0).integers(0, 256, (4, 30, 40, 3), dtype=np.uint8)
    assert ONNXTransformer(**backbone).fit_transform(photos).shape == (4, 5)
    pipeline = make_transfer_svm(**backbone).fit(photos, [0, 1, 0, 1])
    assert pipeline.predict(photos).shape == (4,)


def test_backbone_that_is_not_the_one_published_is_refused(served, tmp_path, monkeypatch):
    monkeypatch.setattr(_fetch, "N_RETRIES", 0)
    served.write_bytes(b"something else")
    with pytest.raises(ValueError, match="hash"):
        fetch_backbone(NAME, data_home=tmp_path / "home")
    assert not list((tmp_path / "home").rglob("*.onnx"))


def test_backbone_that_may_not_be_downloaded(served, server, tmp_path):
    with pytest.raises(OSError, match=r"'mobilenetv2-12\.onnx' is not in .* download_if_missing=False"):
        fetch_backbone(NAME, data_home=tmp_path / "home", download_if_missing=False)
    assert server[2] == []


def test_backbone_that_there_is_not():
    with pytest.raises(ValueError, match=r"There is no backbone 'vgg': give one of 'mobilenet-v2', 'resnet18'"):
        fetch_backbone("vgg")


@pytest.mark.parametrize("name", _backbones.BACKBONES)
def test_backbones_are_https_and_hashed(name):
    backbone = _backbones.BACKBONES[name]
    assert re.fullmatch(r"https://huggingface\.co/onnxmodelzoo/[\w/.-]+/", backbone.base_url)
    assert re.fullmatch("[0-9a-f]{64}", backbone.sha256)
    assert backbone.file.endswith(".onnx")
    assert f"{name!r}".replace("'", '"') in fetch_backbone.__doc__
