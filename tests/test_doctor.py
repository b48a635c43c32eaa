"""What the doctor says of installations as they may be: wheels that clash or are missing, GPUs, caches."""

import importlib.metadata
import os
import re
import sys
import tomllib
from pathlib import Path

import onnxruntime as ort
import pytest
import torch

from classicvis.cli import _doctor, main
from classicvis.neural.running import _providers, _session

ALL = {
    "torch": "2.13.0",
    "onnx": "1.23.2",
    "onnxruntime": "1.31.1",
    "pandas": "3.0.0",
    "matplotlib": "3.11.0",
    "jinja2": "3.1.6",
    "pooch": "1.9.0",
    "opencv-python-headless": "5.0.0",
}
ROOT = Path(__file__).parents[1]
REQUIRED = ['torch>=2.6; extra == "cnn"', 'onnx>=1.17; extra == "cnn"', 'onnxruntime>=1.20; extra == "onnx"']
REQUIRED += ['pandas>=2.2; extra == "compare"', "pooch>=1.8 ; extra == 'datasets'", "numpy>=2.0"]
REQUIRED += ['onnxruntime-gpu[cuda,cudnn]>=1.28; extra == "onnx-gpu"']


@pytest.fixture
def machine(monkeypatch):
    """A machine on which all is well; a dict of its packages, to be changed."""
    packages = dict(ALL)
    monkeypatch.setattr(_doctor, "version_of", packages.get)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: REQUIRED)
    monkeypatch.setattr(_doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(_doctor, "_is_writable", lambda folder: True)
    return packages


@pytest.fixture
def gpu(machine, monkeypatch):
    monkeypatch.setattr(_doctor.shutil, "which", lambda name: "/usr/bin/nvidia-smi")


def test_doctor_finds_nothing_where_all_is_well(machine, capsys):
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    for word in ("versions", "numpy", "networks", "CPUExecutionProvider", "threads", "caches", "Nothing was found."):
        assert word in printed


def test_doctor_tells_of_neither_wheel(machine, monkeypatch, capsys):
    del machine["onnxruntime"]
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert main(["doctor"]) == 1
    printed = capsys.readouterr().out
    assert 'onnxruntime missing, for running networks: run `pip install "classicvis[onnx]"`, or, with' in printed
    assert re.search("onnxruntime +not installed", printed)
    assert printed.count("  - ") == 1


@pytest.mark.parametrize("wheel", ["onnxruntime", "onnxruntime-gpu"])
def test_doctor_is_content_with_either_wheel(machine, wheel):
    del machine["onnxruntime"]
    machine[wheel] = "1.31.1"
    assert _doctor.diagnose().wrong == []


def test_doctor_tells_of_both_wheels(machine, capsys):
    machine["onnxruntime-gpu"] = "1.30.0"
    assert main(["doctor"]) == 1
    message = "onnxruntime 1.31.1 and onnxruntime-gpu 1.30.0 are installed and overwrite each other's files"
    assert message in capsys.readouterr().out


def test_doctor_tells_of_two_wheels_of_opencv(machine):
    machine["opencv-python"] = "5.0.0"
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith("opencv-python 5.0.0 and opencv-python-headless 5.0.0 are installed")


@pytest.mark.parametrize(("package", "extra"), [("pooch", "datasets"), ("pandas", "compare"), ("onnx", "cnn")])
def test_doctor_names_the_extra_that_is_missing(machine, package, extra):
    del machine[package]
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith(f"{package} missing, for ")
    assert sentence.endswith(f'run `pip install "classicvis[{extra}]"`.')


def test_doctor_knows_the_extras_of_the_project():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(_doctor.PURPOSES) | {"onnx-gpu", "test", "docs"} == set(extras)
    assert _doctor._packages_of("datasets") == ["pooch"]
    assert {"torch", "onnx"} <= set(_doctor._packages_of("cnn"))


@pytest.mark.parametrize("module", ["onnxruntime", "torch"])
def test_doctor_tells_of_what_is_installed_and_broken(machine, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith(f"{module} is installed, but cannot be imported (")


@pytest.mark.usefixtures("gpu")
def test_doctor_tells_of_a_gpu_that_lies_idle(machine):
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith("There is an NVIDIA GPU, which lies idle for onnxruntime (install onnxruntime-gpu")
    assert "and for torch (install a build for CUDA)" in sentence


@pytest.mark.usefixtures("gpu")
def test_doctor_is_content_with_a_gpu_in_use(machine, monkeypatch):
    monkeypatch.setattr(
        _doctor, "find_providers", lambda: {"CUDAExecutionProvider": None, "CPUExecutionProvider": None}
    )
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    diagnosis = _doctor.diagnose()
    assert diagnosis.wrong == []
    assert diagnosis.sections["networks"]["torch"] == "CUDA, 2 GPU"
    assert diagnosis.sections["networks"]["onnxruntime"] == "CUDAExecutionProvider, CPUExecutionProvider"


class SessionOnTheCPU:
    """Stands for a session that could not load its CUDA provider."""

    def __init__(self, model, settings, providers):
        pass

    def run(self, outputs, feed):
        pass

    def get_providers(self):
        return ["CPUExecutionProvider"]


@pytest.mark.usefixtures("gpu")
def test_doctor_tells_of_cuda_that_is_listed_and_cannot_be_loaded(machine, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(ort, "preload_dlls", lambda: None, raising=False)
    monkeypatch.setattr(_providers, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(ort, "InferenceSession", SessionOnTheCPU)
    wrong = _doctor.diagnose().wrong
    assert wrong[0].startswith("onnxruntime lists CUDAExecutionProvider, but it cannot be loaded: install what")
    assert "lies idle for onnxruntime" in wrong[1]


def test_doctor_tells_that_cuda_wants_a_driver(machine, monkeypatch):
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(_providers, "has_nvidia_driver", lambda: False)
    monkeypatch.setattr(_session, "has_nvidia_driver", lambda: False)
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith("onnxruntime lists CUDAExecutionProvider, but it cannot be loaded, since there is no NV")


def test_providers_that_classicvis_does_not_use_are_left_out(monkeypatch):
    names = ["TensorrtExecutionProvider", "AzureExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(ort, "get_available_providers", lambda: names)
    assert _providers.find_providers() == {"CPUExecutionProvider": None}


def test_doctor_tells_of_what_an_uninstallation_left_behind(machine, monkeypatch, tmp_path):
    (tmp_path / "onnxruntime").mkdir()
    monkeypatch.delitem(sys.modules, "onnxruntime")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *(p for p in sys.path if "site-packages" not in p)])
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith("onnxruntime is installed, but cannot be imported (only remains of it are there): unins")


def test_providers_that_fail_are_told_of(monkeypatch):
    def fail(*arguments, **keywords):
        raise RuntimeError("no such device\nand more")

    monkeypatch.setattr(ort, "InferenceSession", fail)
    assert _providers.find_providers() == {"CPUExecutionProvider": "fails (no such device)"}


def test_tiny_model_is_what_onnx_writes():
    from onnx import TensorProto, helper

    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "tiny", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    assert model.SerializeToString(deterministic=True) == _providers.TINY_MODEL


def test_doctor_tells_of_folders_that_cannot_be_written_to(machine, monkeypatch):
    monkeypatch.setattr(_doctor, "_is_writable", lambda folder: False)
    kernels, data = _doctor.diagnose().wrong
    assert re.search(r"folder for compiled kernels, .* cannot be written to: set NUMBA_CACHE_DIR", kernels)
    assert re.search(r"folder for data sets, networks, .* set CLASSICVIS_DATA", data)


def test_doctor_tells_that_kernels_are_not_kept(machine, monkeypatch):
    monkeypatch.setattr(_doctor, "cache_folder", lambda dispatcher: None)
    [sentence] = _doctor.diagnose().wrong
    assert sentence.startswith("Compiled kernels are not kept")


def test_folder_that_is_not_there_yet_may_be_made(tmp_path, monkeypatch):
    assert _doctor._is_writable(str(tmp_path / "a" / "b"))
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    assert not _doctor._is_writable(str(tmp_path / "a" / "b"))
