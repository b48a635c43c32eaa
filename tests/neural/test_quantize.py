"""Networks in 8-bit integers: what is quantized, how close it stays, and that losses are refused."""

import pickle

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto
from onnx_models import IMAGES, RGB, make_convolutional
from sklearn.exceptions import NotFittedError

from classicvis import CNNClassifier, ImageReader, ONNXClassifier
from classicvis.neural import _quantize, quantize, save_onnx

LABELS = ["zebra", "ant", "cat"]


@pytest.fixture(scope="module")
def quantized(fitted, stripes):
    return quantize(fitted, stripes[0][:64])


def test_cnn_stays_a_cnn_that_predicts_alike(fitted, quantized, stripes):
    X, y = stripes
    assert type(quantized) is CNNClassifier
    assert quantized.onnx_model_ != fitted.onnx_model_
    assert quantized.score(X, y) >= fitted.score(X, y) - 0.01
    np.testing.assert_allclose(quantized.predict_proba(X), fitted.predict_proba(X), atol=0.1)
    assert not np.array_equal(quantized.predict_proba(X), fitted.predict_proba(X))
    copy = pickle.loads(pickle.dumps(quantized))
    np.testing.assert_array_equal(copy.predict_proba(X), quantized.predict_proba(X))


def test_weights_are_signed_by_filter_and_activations_unsigned(fitted, quantized):
    model = onnx.load_from_string(quantized.onnx_model_)
    onnx.checker.check_model(model)
    weights = {weight.name: weight for weight in model.graph.initializer}
    filters = weights["stage0.0.weight_quantized"]
    assert filters.data_type == TensorProto.INT8
    assert list(weights["stage0.0.weight_scale"].dims) == [filters.dims[0]]
    activations = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    assert activations
    assert {weights[node.input[2]].data_type for node in activations} == {TensorProto.UINT8}
    assert weights["head.weight"].data_type == TensorProto.FLOAT, "the last layer stays as it is"
    own = {prop.key: prop.value for prop in onnx.load_from_string(fitted.onnx_model_).metadata_props}
    assert {prop.key: prop.value for prop in model.metadata_props} == own


def test_quantizing_is_reproducible(fitted, quantized, stripes):
    assert quantize(fitted, stripes[0][:64]).onnx_model_ == quantized.onnx_model_


def test_network_given_as_bytes_or_file_becomes_an_onnx_classifier(fitted, quantized, stripes, tmp_path):
    X, _ = stripes
    save_onnx(fitted, tmp_path / "network.onnx")
    for model in (fitted.onnx_model_, tmp_path / "network.onnx", ONNXClassifier(fitted.onnx_model_)):
        classifier = quantize(model, X[:64])
        assert type(classifier) is ONNXClassifier
        assert classifier.model == quantized.onnx_model_
        np.testing.assert_allclose(classifier.predict_proba(X), quantized.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("head", ["Gemm", "MatMul", "Conv"])
def test_network_from_elsewhere(head):
    classifier = ONNXClassifier(make_convolutional(head=head, softmax=True), labels=LABELS, **RGB)
    quantized = quantize(classifier, list(IMAGES))
    np.testing.assert_allclose(quantized.predict_proba(IMAGES), classifier.predict_proba(IMAGES), atol=0.05)
    assert classifier.model == make_convolutional(head=head, softmax=True), "the one given stays what it is"


def test_network_made_for_single_images():
    classifier = ONNXClassifier(make_convolutional((1, 3, 8, 8)), labels=LABELS, **RGB)
    quantized = quantize(classifier, IMAGES)
    np.testing.assert_allclose(quantized.predict_proba(IMAGES), classifier.predict_proba(IMAGES), atol=0.05)


def test_flat_rows_and_float_images(stripes):
    X, y = stripes
    rows = X.reshape(len(X), -1) / 255
    network = CNNClassifier(widths=(4, 4), max_iter=2, n_threads=1, image_shape=(12, 12), random_state=0)
    network.fit(rows, y)
    assert quantize(network, rows[:50]).score(rows, y) > network.score(rows, y) - 0.02


def test_loss_is_measured_and_refused_with_the_figure(fitted, stripes, monkeypatch):
    X, y = stripes
    assert quantize(fitted, X[:64], X_test=X, y_test=y).score(X, y) > 0.95
    wrong = onnx.load_from_string(fitted.onnx_model_)
    for weight in wrong.graph.initializer:
        if weight.name == "head.weight":
            weight.raw_data = (-onnx.numpy_helper.to_array(weight)).tobytes()
    monkeypatch.setattr(_quantize, "_quantize_content", lambda content, feeds: wrong.SerializeToString())
    with pytest.raises(ValueError, match=r"loses \d+\.\d\d points of accuracy .* where 0\.30 are allowed"):
        quantize(fitted, X[:64], X_test=X, y_test=y)
    assert quantize(fitted, X[:64], X_test=X, y_test=y, max_loss=1).score(X, y) < 0.5


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"X_test": IMAGES}, ValueError, "Only one of X_test and y_test is given"),
        ({"max_loss": 3}, ValueError, "max_loss is 3, but must be a share"),
        ({"model": 7}, TypeError, "model is a int, but must be a fitted CNNClassifier"),
        ({"X_calibration": []}, ValueError, "at least one array|Expected 2D|minimum of 1"),
    ],
)
def test_wrong_arguments_are_told(fitted, stripes, arguments, error, message):
    with pytest.raises(error, match=message):
        quantize(**{"model": fitted, "X_calibration": stripes[0][:20]} | arguments)


def test_unfitted_network_is_refused(stripes):
    with pytest.raises(NotFittedError, match="not fitted"):
        quantize(CNNClassifier(), stripes[0])


def test_quantizing_reads_images_as_the_classifier_does(stripes, tmp_path):
    X, y = stripes
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        cv2.imwrite(str(path), image)
    reader = ImageReader(size=X.shape[1:3], color="gray")
    network = CNNClassifier(reader=reader, widths=(8, 8), max_iter=2, n_threads=1, random_state=0).fit(paths, y)
    quantized = quantize(network, paths)
    assert quantized.score(paths, y) >= network.score(paths, y) - 0.1
