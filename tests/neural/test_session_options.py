"""What onnxruntime is told: options that reach it, and those that are refused."""

import numpy as np
import onnxruntime as ort
import pytest

from classicvis import ONNXClassifier
from classicvis.neural import explain_in_batches
from classicvis.neural.running import _session
from classicvis.neural.running._session_options import ALLOWED, DEFAULTS, complete_options, provider_options


def test_every_option_has_a_default_and_a_check():
    assert set(ALLOWED) == set(DEFAULTS)
    for options in (None, {}, DEFAULTS):
        assert complete_options(options) == DEFAULTS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threads": 2}, r"session_options has 'threads', but may have only 'cudnn_conv_algo_search'"),
        ({"gpu_mem_limit": -1}, r"session_options\['gpu_mem_limit'\] is -1, but must be a number of bytes"),
        ({"gpu_mem_limit": True}, r"is True, but must be a number of bytes"),
        ({"spinning": 1}, r"session_options\['spinning'\] is 1, but must be True or False"),
        ({"cudnn_conv_algo_search": "BEST"}, r"is 'BEST', but must be one of 'HEURISTIC', 'EXHAUSTIVE'"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        complete_options(options)


def test_options_of_cuda_reach_the_provider(monkeypatch):
    made = {}

    class Session:
        def __init__(self, model, settings, providers):
            made["providers"] = providers

        def get_providers(self):
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])
    monkeypatch.setattr(ort, "preload_dlls", lambda: None, raising=False)
    monkeypatch.setattr(_session, "has_nvidia_driver", lambda: True)
    monkeypatch.setattr(ort, "InferenceSession", Session)
    options = {"gpu_mem_limit": 2**30, "cudnn_conv_algo_search": "EXHAUSTIVE", "use_tf32": False}
    _session.make_session(b"", device="cuda", n_threads=1, options=options)
    cuda, cpu = made["providers"]
    assert cpu == "CPUExecutionProvider"
    assert cuda == (
        "CUDAExecutionProvider",
        {
            "cudnn_conv_algo_search": "EXHAUSTIVE",
            "arena_extend_strategy": "kSameAsRequested",
            "gpu_mem_limit": 2**30,
            "use_tf32": 0,
        },
    )


def test_no_limit_of_memory_is_not_passed_on():
    assert "gpu_mem_limit" not in provider_options(complete_options(None))


def test_options_of_the_cpu_reach_the_session(fitted):
    options = {"cpu_mem_arena": False, "spinning": True}
    session = _session.make_session(fitted.onnx_model_, device="cpu", n_threads=1, options=options)
    settings = session.get_session_options()
    assert settings.enable_cpu_mem_arena is False
    assert settings.get_session_config_entry("session.intra_op.allow_spinning") == "1"
    quiet = _session.make_session(fitted.onnx_model_, device="cpu", n_threads=1).get_session_options()
    assert quiet.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_other_options_make_another_session(fitted):
    lazy = _session.LazySession()
    first = lazy.get(fitted.onnx_model_, device="cpu", n_threads=1)
    assert lazy.get(fitted.onnx_model_, device="cpu", n_threads=1) is first
    assert lazy.get(fitted.onnx_model_, device="cpu", n_threads=1, options={"spinning": True}) is not first


def test_options_reach_a_trained_network(fitted, stripes):
    X, _ = stripes
    expected = fitted.predict_proba(X)
    try:
        for options in ({"fixed_batch": True}, {"spinning": True, "cpu_mem_arena": False}):
            np.testing.assert_array_equal(fitted.set_params(session_options=options).predict_proba(X), expected)
        with pytest.raises(ValueError, match="session_options has 'threads'"):
            fitted.set_params(session_options={"threads": 2}).predict(X)
    finally:
        fitted.set_params(session_options=None)


def test_batches_are_filled_up(fitted, stripes):
    class Recorder:
        """A session that tells the sizes of its batches."""

        def __init__(self, session):
            self.session, self.sizes = session, []

        def __getattr__(self, name):
            return getattr(self.session, name)

        def run(self, outputs, feed):
            self.sizes.append(len(feed["images"]))
            return self.session.run(outputs, feed)

    images = np.concatenate([stripes[0]] * 4)[:, :, :, None][:90]
    session = Recorder(_session.make_session(fitted.onnx_model_, device="cpu", n_threads=1))
    logits = _session.run_in_batches(session, images, is_fixed=True)
    assert session.sizes == [32, 32, 32]
    np.testing.assert_array_equal(logits, _session.run_in_batches(session, images))


def test_explanations_do_not_hold_the_padding_of_fixed_batches(fitted, stripes):
    images = stripes[0][:5]
    [expected] = explain_in_batches(fitted, images)
    [explanation] = explain_in_batches(
        ONNXClassifier(fitted.onnx_model_, session_options={"fixed_batch": True}), images
    )
    assert len(explanation.feature_maps) == len(expected.feature_maps)
    np.testing.assert_array_equal(explanation.logits, expected.logits)
