"""Predicting with onnxruntime: in other processes and threads, without torch, and with a GPU asked for."""

import importlib.metadata
import multiprocessing
import os
import pickle
import sys
import threading
import warnings

import numpy as np
import onnxruntime as ort
import pytest
import torch
from blocking import run_blocking
from joblib import Parallel, delayed
from sklearn.base import clone

from classicvis.neural import CNNClassifier, _classifier
from classicvis.neural.running import _session
from classicvis.neural.running._threads import count_threads
from classicvis.neural.training import _fitting


def test_cnn_loads_and_predicts_where_torch_and_onnx_are_not_installed(stripes, fitted, tmp_path):
    X, _ = stripes
    np.save(tmp_path / "X.npy", X)
    (tmp_path / "network.pkl").write_bytes(pickle.dumps(fitted))
    code = """
        import pickle
        from pathlib import Path
        import numpy as np
        folder = Path(sys.argv[1])
        network = pickle.loads((folder / "network.pkl").read_bytes())
        np.save(folder / "probabilities.npy", network.predict_proba(np.load(folder / "X.npy")))
        print(network.provider_, "torch" in sys.modules, "onnx" in sys.modules)
    """
    printed = run_blocking({"torch", "onnx"}, code, str(tmp_path))
    assert printed.split() == ["CPUExecutionProvider", "False", "False"]
    np.testing.assert_array_equal(np.load(tmp_path / "probabilities.npy"), fitted.predict_proba(X))


def test_neural_is_importable_without_any_network_library():
    code = """
        import numpy as np
        from classicvis.neural import CNNClassifier
        for name in ("torch", "onnx", "onnxruntime"):
            assert name not in sys.modules
        try:
            CNNClassifier().fit(np.zeros((4, 3, 3)), [0, 1, 0, 1])
        except ImportError as error:
            print(error)
    """
    printed = run_blocking({"torch", "onnx", "onnxruntime"}, code)
    assert printed.strip() == "Training a CNN needs 'torch': run `pip install \"classicvis[cnn,onnx]\"`."


@pytest.mark.parametrize("missing", ["torch", "onnx", "onnxruntime"])
def test_cnn_fit_names_the_extra_when_one_part_is_missing(stripes, tiny, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"needs '{missing}': run .*classicvis\[cnn,onnx\]"):
        tiny.fit(*stripes)


def test_cnn_predict_names_the_extra_when_onnxruntime_is_missing(stripes, fitted, monkeypatch):
    copy = pickle.loads(pickle.dumps(fitted))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError, match=r"needs 'onnxruntime': run .*classicvis\[onnx\]"):
        copy.predict(stripes[0])


def test_cnn_pickles_small_and_without_its_session(stripes, fitted):
    X, _ = stripes
    fitted.predict(X)
    pickled = pickle.dumps(fitted)
    assert len(pickled) < len(fitted.onnx_model_) + 5_000
    copy = pickle.loads(pickled)
    assert copy._session._session is None
    np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))


def test_session_is_made_once_and_anew_for_other_settings(stripes, fitted, monkeypatch):
    made = []
    make = _session.make_session
    monkeypatch.setattr(_session, "make_session", lambda *args, **kwargs: made.append(1) or make(*args, **kwargs))
    copy = pickle.loads(pickle.dumps(fitted))
    for _ in range(3):
        copy.predict(stripes[0])
    assert len(made) == 1
    copy.set_params(n_threads=2).predict(stripes[0])
    assert len(made) == 2


def test_session_is_shared_by_threads(stripes, fitted, monkeypatch):
    X, _ = stripes
    made = []
    make = _session.make_session
    monkeypatch.setattr(_session, "make_session", lambda *args, **kwargs: made.append(1) or make(*args, **kwargs))
    copy = pickle.loads(pickle.dumps(fitted))
    results = []
    threads = [threading.Thread(target=lambda: results.append(copy.predict_proba(X))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(results) == 8
    for result in results:
        np.testing.assert_array_equal(result, fitted.predict_proba(X))


def test_cnn_predicts_and_trains_in_loky_workers(stripes, fitted, tiny):
    X, y = stripes
    results = Parallel(n_jobs=2)(delayed(fitted.predict_proba)(X) for _ in range(2))
    for result in results:
        np.testing.assert_array_equal(result, fitted.predict_proba(X))
    for network in Parallel(n_jobs=2)(delayed(CNNClassifier.fit)(clone(tiny), X, y) for _ in range(2)):
        assert network.onnx_model_ == fitted.onnx_model_


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_cnn_predicts_in_a_forked_child(stripes, fitted):
    X, _ = stripes
    network = pickle.loads(pickle.dumps(fitted)).set_params(n_threads=2)
    expected = network.predict_proba(X)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of forks where threads run
        child = context.Process(target=lambda: sender.send(network.predict_proba(X)))
        child.start()
    assert receiver.poll(60)
    np.testing.assert_array_equal(receiver.recv(), expected)
    child.join(60)
    assert child.exitcode == 0


def test_session_uses_the_threads_asked_for(fitted):
    session = _session.make_session(fitted.onnx_model_, device="cpu", n_threads=2)
    assert session.get_session_options().intra_op_num_threads == 2


def test_count_threads_follows_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert count_threads(None) == 1
    assert count_threads(3) == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "100000")
    n_cores = count_threads(None)
    for unlimited in ("", "0", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", unlimited)
        assert count_threads(None) == n_cores >= 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1,2")
    assert count_threads(None) == 1


def test_cnn_training_on_cuda_that_torch_has_not_is_an_error(stripes, tiny, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=r"device='cuda' was asked for, but torch .* finds no GPU"):
        tiny.set_params(device="cuda").fit(*stripes)


def test_cnn_training_on_cuda_that_onnxruntime_has_not_fails_before_training(stripes, tiny, monkeypatch):
    for module in (_classifier, _fitting):
        monkeypatch.setattr(module, "choose_device", lambda device: device)
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    monkeypatch.setattr(_session, "has_nvidia_driver", lambda: True)
    with pytest.raises(RuntimeError, match=r"onnxruntime runs on the CPU, since the wheel .* for the CPU"):
        tiny.set_params(device="cuda").fit(*stripes)


class SessionWithoutCuda:
    """Stands for a session that could not load its CUDA provider."""

    def __init__(self, model, options, providers):
        self.providers = providers

    def get_providers(self):
        return ["CPUExecutionProvider"]


@pytest.fixture
def broken_cuda(monkeypatch):
    """A machine with a driver, whose onnxruntime lists CUDA and cannot load it."""
    monkeypatch.setattr(_session, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(ort, "preload_dlls", lambda: None, raising=False)
    monkeypatch.setattr(ort, "InferenceSession", SessionWithoutCuda)
    monkeypatch.setattr(_session, "_warned", set())
    monkeypatch.setattr(_session.shutil, "which", lambda name: "/usr/bin/nvidia-smi")


@pytest.mark.usefixtures("broken_cuda")
def test_cuda_that_the_session_does_not_have_is_an_error():
    with pytest.raises(RuntimeError, match=r"device='cuda' was asked for, .* cannot be loaded"):
        _session.make_session(b"", device="cuda", n_threads=1)


@pytest.mark.usefixtures("broken_cuda")
def test_auto_falls_back_and_warns_once():
    with pytest.warns(RuntimeWarning, match=r"There is an NVIDIA GPU, but onnxruntime runs on the CPU") as caught:
        sessions = [_session.make_session(b"", device="auto", n_threads=1) for _ in range(2)]
    assert len(caught) == 1
    assert [name for name, _ in sessions[0].providers[:1]] == ["CUDAExecutionProvider"]


@pytest.mark.usefixtures("broken_cuda")
def test_cpu_does_not_ask_for_cuda():
    assert _session.make_session(b"", device="cpu", n_threads=1).providers == ["CPUExecutionProvider"]


def test_cuda_without_a_driver_is_not_asked_for(broken_cuda, monkeypatch):
    monkeypatch.setattr(_session, "has_nvidia_driver", lambda: False)
    monkeypatch.setattr(_session.shutil, "which", lambda name: None)
    assert _session.make_session(b"", device="auto", n_threads=1).providers == ["CPUExecutionProvider"]
    with pytest.raises(RuntimeError, match=r"since there is no NVIDIA driver .*: install it, or set device='auto' or"):
        _session.make_session(b"", device="cuda", n_threads=1)


@pytest.mark.parametrize(
    ("wheels", "advice"),
    [
        ({"onnxruntime"}, "the wheel installed is for the CPU: `pip uninstall onnxruntime`, then"),
        ({"onnxruntime", "onnxruntime-gpu"}, "two wheels .*: `pip uninstall onnxruntime onnxruntime-gpu`, then"),
    ],
)
@pytest.mark.filterwarnings("ignore:Both onnxruntime")
def test_cuda_that_onnxruntime_does_not_list_is_an_error(fitted, monkeypatch, wheels, advice):
    monkeypatch.setattr(_session, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(_session, "version_of", lambda name: "1.31.1" if name in wheels else None)
    with pytest.raises(RuntimeError, match=advice):
        _session.make_session(fitted.onnx_model_, device="cuda", n_threads=1)


def test_what_onnxruntime_prints_while_it_looks_for_cuda_is_kept_back(monkeypatch, capsys):
    monkeypatch.setattr(ort, "preload_dlls", lambda: print("Failed to load libcublas"), raising=False)
    _session.preload_cuda(ort)
    assert capsys.readouterr().out == ""


def test_auto_without_a_gpu_says_nothing(fitted, monkeypatch):
    monkeypatch.setattr(_session.shutil, "which", lambda name: None)
    monkeypatch.setattr(_session, "_warned", set())
    session = _session.make_session(fitted.onnx_model_, device="auto", n_threads=1)
    assert "CPUExecutionProvider" in session.get_providers()


def test_both_wheels_installed_is_told_once(fitted, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.30.0")
    monkeypatch.setattr(_session, "_warned", set())
    with pytest.warns(RuntimeWarning, match=r"Both onnxruntime 1\.30\.0 and onnxruntime-gpu 1\.30\.0") as caught:
        [_session.make_session(fitted.onnx_model_, device="cpu", n_threads=1) for _ in range(2)]
    assert len(caught) == 1
