"""Damaged files of networks: each gives an error that names the file and what is wrong, or a network that works."""

import warnings

import numpy as np
import onnx
import pytest
from onnx_models import IMAGES, RGB, make_convolutional

from classicvis import ONNXClassifier, ONNXTransformer
from classicvis.neural import ModelFileError

N_MUTATIONS = 150
LABELS = ["zebra", "ant", "cat"]


def with_metadata(content, **changes):
    """Return a model with other fields of classicvis in its metadata; None removes one."""
    model = onnx.load_from_string(content)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    metadata |= {f"classicvis.{field}": value for field, value in changes.items()}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {key: value for key, value in metadata.items() if value is not None})
    return model.SerializeToString()


def predict(path):
    return ONNXClassifier(path, n_threads=1).predict(np.zeros((1, 12, 12), np.uint8))


@pytest.mark.parametrize("field", ["layout", "rows", "columns", "color_order"])
def test_missing_field_is_named(fitted, tmp_path, field):
    path = tmp_path / "stripes.onnx"
    path.write_bytes(with_metadata(fitted.onnx_model_, **{field: None}))
    with pytest.raises(ModelFileError, match=rf"stripes\.onnx' has no 'classicvis\.{field}' in its metadata"):
        predict(path)
    with pytest.raises(ModelFileError, match=rf"model of \d+ bytes has no 'classicvis\.{field}'"):
        ONNXTransformer(path.read_bytes()).fit(np.zeros((1, 12, 12), np.uint8))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "99"),
        ("format", ""),
        ("layout", "NHCW"),
        ("color_order", "grey"),
        ("color_order", "RGB"),
        ("rows", "twelve"),
        ("rows", "-12"),
        ("columns", "0"),
        ("columns", "13"),
        ("labels", "[0, 1"),
        ("labels", "7"),
        ("labels", "[[0], [1]]"),
        ("labels", "[0, 1, 2, 3, 4]"),
        ("labels", "[0, 0]"),
    ],
)
def test_garbled_field_is_named(fitted, tmp_path, field, value):
    path = tmp_path / "stripes.onnx"
    path.write_bytes(with_metadata(fitted.onnx_model_, **{field: value}))
    with pytest.raises(ModelFileError, match=rf"stripes\.onnx' has 'classicvis\.{field}' = ") as caught:
        predict(path)
    assert repr(value) in str(caught.value)


def test_labels_that_are_given_need_none_in_the_file(fitted, stripes, tmp_path):
    model = with_metadata(fitted.onnx_model_, labels=None)
    expected = fitted.predict(stripes[0])
    np.testing.assert_array_equal(ONNXClassifier(model, labels=fitted.classes_).predict(stripes[0]), expected)


def test_model_without_opset_is_refused(tmp_path):
    model = onnx.load_from_string(make_convolutional())
    del model.opset_import[:]
    path = tmp_path / "network.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"network\.onnx' cannot be used"):
        ONNXTransformer(path, **RGB).fit(IMAGES)
    with pytest.raises(ModelFileError, match=r"network\.onnx' cannot be used"):
        ONNXClassifier(path, labels=LABELS, **RGB).predict(IMAGES)


@pytest.mark.parametrize("location", ["../weights.data", "missing.data"])
@pytest.mark.parametrize("estimator", [ONNXTransformer, ONNXClassifier])
def test_weights_outside_the_folder_of_the_model_are_refused(tmp_path, estimator, location):
    (tmp_path / "model").mkdir()
    path = tmp_path / "model" / "network.onnx"
    onnx.save(
        onnx.load_from_string(make_convolutional()),
        path,
        save_as_external_data=True,
        size_threshold=0,
        location="inside.data",
    )
    (tmp_path / "model" / "inside.data").rename(tmp_path / "weights.data")
    model = onnx.load(path, load_external_data=False)
    for weight in model.graph.initializer:
        for entry in weight.external_data:
            if entry.key == "location":
                entry.value = location
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"network\.onnx' .*weights must be in files beside the model"):
        estimator(path, **RGB).fit(IMAGES, [0] * len(IMAGES))


def mutate(content, rng):
    """Return a model with some bytes changed, a part removed or a part repeated."""
    content = bytearray(content)
    start = int(rng.integers(len(content)))
    stop = start + int(rng.integers(1, 40))
    kind = rng.integers(4)
    if kind == 0:
        content[start] = int(rng.integers(256))
    elif kind == 1:
        content[start:stop] = rng.bytes(stop - start)
    elif kind == 2:
        del content[start:stop]
    else:
        content[start:start] = content[start:stop]
    return bytes(content)


@pytest.mark.parametrize("estimator", [ONNXClassifier, ONNXTransformer])
@pytest.mark.parametrize("is_ours", [True, False])
def test_damaged_network_works_or_is_named(fitted, tmp_path, estimator, is_ours):
    whole = fitted.onnx_model_ if is_ours else make_convolutional()
    parameters = {"n_threads": 1} if is_ours else RGB
    if estimator is ONNXClassifier and not is_ours:
        parameters = parameters | {"labels": LABELS}
    images = np.zeros((2, 12, 12), np.uint8) if is_ours else IMAGES[:2]
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.onnx"
    messages = []
    for _ in range(N_MUTATIONS // 4):
        path.write_bytes(mutate(whole, rng))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # weights that became infinite
                network = estimator(path, **parameters)
                result = network.predict(images) if estimator is ONNXClassifier else network.fit_transform(images)
        except ValueError as error:
            messages.append(str(error))
        else:
            assert len(result) == len(images)
    assert 0 < len(messages) < N_MUTATIONS // 4
    assert [message for message in messages if "damaged.onnx" not in message] == []
