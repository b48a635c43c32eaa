"""The ONNX model: valid, self-contained, and saying what torch says."""

import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from classicvis.neural import CNNClassifier
from classicvis.neural.architectures._architectures import plan_network
from classicvis.neural.architectures._views import Views
from classicvis.neural.graphs._export import write_onnx
from classicvis.neural.running._session import make_session, run_in_batches
from classicvis.neural.training._evaluation import predict_logits
from classicvis.neural.training._normalisation import measure_normalisation
from classicvis.neural.training._run import require_same_logits
from classicvis.neural.training._training import make_network

SHAPES = [(1, 1, 1), (1, 7, 1), (8, 8, 1), (28, 28, 1), (33, 17, 3), (64, 64, 3), (150, 20, 3), (224, 224, 3)]


def network_with_statistics(shape, architecture="small", n_classes=5, **options):
    """Return an untrained network whose batch normalisations have seen images, and the images."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(6, *shape)).astype(np.uint8)
    normalisation = measure_normalisation(images)
    network = make_network(plan_network(architecture, shape, n_classes, **options), 0, normalisation, images).train()
    with torch.no_grad():
        network(torch.from_numpy(normalisation.apply(images)).permute(0, 3, 1, 2))
        generator = torch.Generator().manual_seed(1)
        network.head.weight.normal_(generator=generator)
        for shift in network.shifts():
            shift.uniform_(-1, 1, generator=generator)
    return network.eval(), normalisation, images


def require_logits_of_torch(network, normalisation, images):
    model = write_onnx(network, normalisation, {})
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    expected = predict_logits(network, normalisation, images)
    assert expected.std() > 0.01
    session = make_session(model, device="cpu", n_threads=1)
    actual = run_in_batches(session, images)
    np.testing.assert_allclose(actual, expected, atol=1e-5 * max(1, np.abs(expected).max()))
    np.testing.assert_array_equal(run_in_batches(session, images[2:3]), actual[2:3])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("architecture", ["small", "airbench", "resnet20"])
def test_onnx_model_gives_the_logits_of_torch(architecture, shape):
    require_logits_of_torch(*network_with_statistics(shape, architecture, widths=(4, 6, 8)))


@pytest.mark.parametrize("shape", [(1, 1, 1), (8, 9, 3)])
@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("architecture", ["small", "airbench", "resnet20"])
def test_onnx_model_averages_views_as_torch_does(architecture, is_mirrored, shape):
    views = Views(is_shifted=True, is_mirrored=is_mirrored)
    require_logits_of_torch(*network_with_statistics(shape, architecture, views=views, widths=(4, 6, 8)))


def test_views_are_averaged_by_their_weights():
    network, normalisation, images = network_with_statistics((8, 9, 1), views=Views(True, True), widths=(4, 4))
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    logits = 0
    for at, weight in ((1, 0.5), (0, 0.25), (2, 0.25)):
        window = padded[:, at : at + 8, at : at + 9]
        for side in (window, window[:, :, ::-1]):
            x = torch.from_numpy(normalisation.apply(side)).permute(0, 3, 1, 2)
            logits = logits + weight / 2 * network.one_view(x).detach().numpy()
    np.testing.assert_allclose(predict_logits(network, normalisation, images), logits, atol=1e-5)


def test_onnx_model_of_three_convolutions_a_group_gives_the_logits_of_torch():
    options = (("depth", 3),)
    require_logits_of_torch(*network_with_statistics((20, 16, 3), "airbench", options=options, widths=(4, 6)))


def test_onnx_model_gives_the_same_in_the_reference_evaluator():
    network, normalisation, images = network_with_statistics((12, 9, 3))
    model = onnx.load_from_string(write_onnx(network, normalisation, {}))
    outputs = ReferenceEvaluator(model).run(None, {"images": images.astype(np.float32)})
    logits, probabilities, feature_maps, class_weights, class_biases = outputs
    np.testing.assert_allclose(
        feature_maps.max(axis=(2, 3)) @ class_weights[:, :, 0, 0].T + class_biases, logits, atol=1e-4
    )
    np.testing.assert_allclose(logits, predict_logits(network, normalisation, images), atol=1e-4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_onnx_model_runs_without_us(stripes, fitted):
    X, _ = stripes
    session = ort.InferenceSession(fitted.onnx_model_, providers=["CPUExecutionProvider"])
    (images,) = session.get_inputs()
    assert (images.name, images.type, images.shape) == ("images", "tensor(float)", ["batch", 12, 12, 1])
    logits, probabilities = session.run(["logits", "probabilities"], {"images": X[..., None].astype(np.float32)})
    np.testing.assert_allclose(logits[:, 1] - logits[:, 0], fitted.decision_function(X), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(probabilities, fitted.predict_proba(X), atol=1e-5)


def metadata_of(model):
    return {prop.key: prop.value for prop in onnx.load_from_string(model).metadata_props}


def test_onnx_metadata_tell_of_the_images(fitted, stripes):
    metadata = metadata_of(fitted.onnx_model_)
    assert metadata == {
        "classicvis.format": "2",
        "classicvis.layout": "NHWC",
        "classicvis.rows": "12",
        "classicvis.columns": "12",
        "classicvis.channels": "1",
        "classicvis.color_order": "gray",
        "classicvis.pooling": "max",
        "classicvis.views": "[[1.0, false]]",
        "classicvis.dtype": "uint8",
        "classicvis.minimum": str(stripes[0].min()),
        "classicvis.maximum": str(stripes[0].max()),
        "classicvis.labels": "[0, 1]",
    }


@pytest.mark.parametrize("labels", [["é", "b"], [False, True], [1.0, 2.0]])
def test_onnx_metadata_hold_plain_labels(stripes, tiny, labels):
    model = tiny.set_params(max_iter=1).fit(stripes[0], np.array(labels)[stripes[1]]).onnx_model_
    assert json.loads(metadata_of(model)["classicvis.labels"]) == sorted(labels)


def test_onnx_input_is_float64_where_x_is(stripes, tiny):
    X, y = stripes
    model = tiny.set_params(max_iter=1).fit(X / 255, y).onnx_model_
    assert ort.InferenceSession(model).get_inputs()[0].type == "tensor(double)"


def test_onnx_model_that_differs_from_torch_is_not_accepted(stripes, tiny, monkeypatch):
    from classicvis.neural.graphs import _export

    convolve = _export.GraphWriter.convolve
    monkeypatch.setattr(
        _export.GraphWriter,
        "convolve",
        lambda self, x, name, layer, *rest: self.add("Abs", convolve(self, x, name, layer, *rest)),
    )
    with pytest.raises(RuntimeError, match=r"logits differ from torch's .* not accepted"):
        tiny.fit(*stripes)
    assert not hasattr(tiny, "onnx_model_")


def test_logits_are_the_same_within_the_tolerance_only():
    expected = np.array([[0.0, 20.0]])
    require_same_logits(expected + 1e-3, expected)
    for wrong in (expected + 3e-3, expected * np.nan):
        with pytest.raises(RuntimeError, match="not accepted"):
            require_same_logits(wrong, expected)


def test_onnx_model_is_small(stripes):
    network = CNNClassifier(max_iter=1, n_threads=1, random_state=0).fit(*stripes)
    assert len(network.onnx_model_) < 330_000
