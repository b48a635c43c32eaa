"""ONNXTransformer: features of networks from elsewhere, and how it behaves as an estimator."""

import pickle
import sys

import numpy as np
import onnx
import pytest
from blocking import run_blocking
from joblib import Parallel, delayed
from onnx_models import (
    IMAGES,
    RGB,
    Graph,
    make_convnext,
    make_convolutional,
    make_network_of_any_size,
    make_squeeze,
    make_vit,
    values_of,
)
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn_checks import IMAGES_HAVE_SHAPES, SETTINGS, OnGrey, OnOneChannel, run_checks

from classicvis import ONNXTransformer
from classicvis.neural.graphs._pooling import pool_features

RNG = np.random.default_rng(1)


class OnGreyImages(OnGrey, ONNXTransformer):
    pass


class OnOneChannelImages(OnOneChannel, ONNXTransformer):
    pass


@pytest.mark.parametrize("estimator", [OnGreyImages, OnOneChannelImages])
def test_onnx_transformer_passes_the_checks_on_images(estimator):
    assert len(run_checks(estimator(**SETTINGS[ONNXTransformer]), IMAGES_HAVE_SHAPES)) > 35


@pytest.mark.parametrize("head", ["Gemm", "MatMul", "Conv"])
def test_features_are_what_the_last_layer_takes(head):
    model = make_convolutional(head=head)
    features = ONNXTransformer(model, **RGB).fit_transform(IMAGES)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, values_of(model, "flat"), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pooling", ["auto", "mean", "max", "flatten"])
def test_maps_are_pooled(pooling):
    model = make_convolutional()
    maps = values_of(model, "maps")
    expected = {"max": maps.max(axis=(2, 3)), "flatten": maps.reshape(7, -1)}.get(pooling, maps.mean(axis=(2, 3)))
    features = ONNXTransformer(model, output="maps", pooling=pooling, **RGB).fit_transform(IMAGES)
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-6)


def test_squeezenet_gives_its_last_maps_pooled():
    images = RNG.integers(0, 256, (3, 9, 9, 3), dtype=np.uint8)
    transformer = ONNXTransformer(make_squeeze(), **RGB).fit(images)
    assert transformer.output_ == "features"
    assert transformer.transform(images).shape == (3, 6)


@pytest.mark.parametrize("output", ["auto", "tokens"])
def test_vision_transformer_gives_its_class_token(output):
    model = make_vit()
    features = ONNXTransformer(model, output=output, **RGB).fit_transform(IMAGES)
    np.testing.assert_allclose(features, values_of(model, "class_token"), rtol=1e-4, atol=1e-5)
    tokens = values_of(model, "tokens")
    mean = ONNXTransformer(model, output="tokens", pooling="mean", **RGB).fit_transform(IMAGES)
    np.testing.assert_allclose(mean, tokens.mean(axis=1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("output", "axes"), [("stage", (2, 3)), ("channels_last", (1, 2))])
def test_convnext_gives_pooled_maps_wherever_their_channels_are(output, axes):
    model, images = make_convnext(), RNG.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    x = ((images - np.array(RGB["mean"])) / np.array(RGB["std"])).transpose(0, 3, 1, 2).astype(np.float32)
    features = ONNXTransformer(model, output=output, **RGB).fit_transform(images)
    np.testing.assert_allclose(features, values_of(model, output, x).mean(axis=axes), rtol=1e-4, atol=1e-5)


def test_pooling_of_tokens_and_maps():
    tokens = RNG.normal(size=(2, 17, 3)).astype(np.float32)
    np.testing.assert_array_equal(pool_features(tokens), tokens[:, 0])
    np.testing.assert_allclose(pool_features(tokens[:, 1:]), tokens[:, 1:].mean(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(pool_features(tokens[:, 1:], "first"), tokens[:, 1])
    maps = RNG.normal(size=(2, 5, 3, 4)).astype(np.float32)
    np.testing.assert_array_equal(pool_features(maps, "max"), maps.max(axis=(2, 3)))
    np.testing.assert_allclose(pool_features(maps), maps.mean(axis=(2, 3)), rtol=1e-5, atol=1e-6)


def test_our_own_networks_need_no_settings(fitted, stripes):
    X, y = stripes
    features = ONNXTransformer(fitted.onnx_model_, n_threads=1).fit_transform(X)
    assert features.shape == (len(X), 4)
    assert LogisticRegression().fit(features, y).score(features, y) > 0.95


def test_networks_from_elsewhere_must_be_told_of():
    with pytest.raises(ValueError, match="give mean, std and channel_order"):
        ONNXTransformer(make_convolutional()).fit(IMAGES)


def test_size_is_the_networks_own_and_images_of_any_size_are_brought_to_it():
    transformer = ONNXTransformer(make_convolutional(), **RGB)
    images = [IMAGES[0], RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8), RNG.integers(0, 256, (5, 9), np.uint8)]
    features = transformer.fit_transform(images)
    assert features.shape == (3, 5)
    assert transformer.sample_shape_ is None
    np.testing.assert_allclose(features[:1], clone(transformer).fit_transform(IMAGES[:1]), rtol=1e-5)
    as_objects = np.empty(3, object)
    as_objects[:] = images
    np.testing.assert_array_equal(transformer.transform(as_objects), features)


def test_size_may_be_chosen_where_the_network_takes_any():
    model = make_network_of_any_size()
    settings = {"mean": 0, "std": 255, "n_threads": 1}
    sizes = [(6, 6), (9, 7)]
    images = [RNG.integers(0, 256, size, dtype=np.uint8) for size in sizes]
    assert ONNXTransformer(model, size=5, **settings).fit_transform(images).shape == (2, 4)
    assert ONNXTransformer(model, **settings).fit_transform(images[0][None]).shape == (1, 4)
    with pytest.raises(ValueError, match="give size"):
        ONNXTransformer(model, **settings).fit(images).transform(images)


def test_flat_rows_have_an_image_shape():
    transformer = ONNXTransformer(make_convolutional(), image_shape=(8, 8, 3), **RGB)
    expected = ONNXTransformer(make_convolutional(), **RGB).fit_transform(IMAGES)
    np.testing.assert_array_equal(transformer.fit_transform(IMAGES.reshape(7, -1)), expected)


@pytest.mark.parametrize("n_in_batch", [1, 3, 7, 20])
def test_network_made_for_batches_of_one_size_gets_these(n_in_batch):
    """The weights are the same, so are the features, whatever the batch."""
    transformer = ONNXTransformer(make_convolutional((n_in_batch, 3, 8, 8)), **RGB)
    expected = ONNXTransformer(make_convolutional(), **RGB).fit_transform(IMAGES)
    np.testing.assert_allclose(transformer.fit_transform(IMAGES), expected, rtol=1e-5, atol=1e-6)


def batches_seen(monkeypatch, **parameters):
    transformer = ONNXTransformer(make_convolutional(), **RGB, **parameters).fit(IMAGES)
    seen = []

    class Recorder:
        def run(self, outputs, feed):
            seen.append(len(feed["input"]))
            return [np.zeros((len(feed["input"]), 5), np.float32)]

        def get_providers(self):
            return ["CUDAExecutionProvider"]

    monkeypatch.setattr(transformer._network, "get_session", lambda settings: Recorder())
    assert transformer.transform(IMAGES).shape == (7, 5)
    return seen


def test_batches_are_as_asked_for(monkeypatch):
    assert batches_seen(monkeypatch) == [7]
    assert batches_seen(monkeypatch, batch_size=3) == [3, 3, 1]
    assert batches_seen(monkeypatch, batch_size=3, session_options={"fixed_batch": True}) == [3, 3, 3]


def test_file_bytes_and_pickle_give_the_same(tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(make_convolutional())
    expected = ONNXTransformer(make_convolutional(), **RGB).fit_transform(IMAGES)
    for model in (path, str(path)):
        transformer = ONNXTransformer(model, **RGB).fit(IMAGES)
        np.testing.assert_array_equal(transformer.transform(IMAGES), expected)
    path.unlink()
    copy = pickle.loads(pickle.dumps(transformer))
    assert copy._network._lazy_session._session is None
    np.testing.assert_array_equal(copy.transform(IMAGES), expected)


def test_file_with_weights_beside_it(tmp_path):
    path = tmp_path / "network.onnx"
    onnx.save(onnx.load_from_string(make_convolutional()), path, save_as_external_data=True, size_threshold=0)
    assert len(list(tmp_path.iterdir())) > 1
    expected = ONNXTransformer(make_convolutional(), **RGB).fit_transform(IMAGES)
    np.testing.assert_array_equal(ONNXTransformer(path, **RGB).fit_transform(IMAGES), expected)


def test_fitted_transformer_runs_where_torch_and_onnx_are_not_installed(tmp_path):
    transformer = ONNXTransformer(make_convolutional(), **RGB).fit(IMAGES)
    (tmp_path / "transformer.pkl").write_bytes(pickle.dumps(transformer))
    np.save(tmp_path / "X.npy", IMAGES)
    code = """
        import pickle
        from pathlib import Path
        import numpy as np
        folder = Path(sys.argv[1])
        transformer = pickle.loads((folder / "transformer.pkl").read_bytes())
        np.save(folder / "features.npy", transformer.transform(np.load(folder / "X.npy")))
    """
    run_blocking({"torch", "onnx"}, code, str(tmp_path))
    np.testing.assert_array_equal(np.load(tmp_path / "features.npy"), transformer.transform(IMAGES))


def test_onnx_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"Reading an ONNX network needs 'onnx': run"):
        ONNXTransformer(make_convolutional(), **RGB).fit(IMAGES)


def test_features_have_names_and_frames():
    transformer = ONNXTransformer(make_convolutional(), **RGB).fit(IMAGES)
    assert transformer.get_feature_names_out().tolist() == [f"onnxtransformer{i}" for i in range(5)]
    frame = transformer.set_output(transform="pandas").transform(IMAGES)
    assert frame.shape == (7, 5)
    assert transformer.provider_ == "CPUExecutionProvider"
    assert transformer.preprocessing_["size"] == (8, 8)


def test_grid_search_over_outputs_and_loky():
    y = np.arange(7) % 2
    pipeline = make_pipeline(ONNXTransformer(make_convolutional(), **RGB), LogisticRegression())
    search = GridSearchCV(pipeline, {"onnxtransformer__output": ["auto", "maps"]}, cv=2).fit(IMAGES, y)
    assert len(search.cv_results_["params"]) == 2
    features = search.best_estimator_[0]
    for result in Parallel(n_jobs=2)(delayed(features.transform)(IMAGES) for _ in range(2)):
        np.testing.assert_array_equal(result, features.transform(IMAGES))


def network_with(operator, input_shape=("n", 3, 4, 4)):
    graph = Graph()
    x = graph.add(operator, "input")
    graph.add("GlobalAveragePool", x, output="features")
    return graph.model(list(input_shape), [("features", ["n", 3, 1, 1])])


def test_overflow_names_the_sample():
    images = IMAGES.copy()
    images[:] = 10
    images[4] = 0
    settings = RGB | {"mean": 0, "std": 1}
    transformer = ONNXTransformer(network_with("Log"), output="features", size=4, **settings).fit(images)
    with pytest.raises(ValueError, match="overflows on sample 4 of X"):
        transformer.transform(images)


@pytest.mark.parametrize("shape", [("n", 12), ("n", 3, 4, 4, 4)])
def test_network_that_takes_no_images_is_refused(shape):
    graph = Graph()
    graph.add("Relu", "input", output="features")
    model = graph.model(list(shape), [("features", list(shape))])
    with pytest.raises(ValueError, match="must have four axes, as images have"):
        ONNXTransformer(model, output="features", **RGB).fit(IMAGES)


def test_network_with_two_inputs_is_refused():
    model = onnx.load_from_string(network_with("Relu"))
    model.graph.input.append(onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [1]))
    model.graph.node[0].CopyFrom(onnx.helper.make_node("Add", ["input", "more"], [model.graph.node[0].output[0]]))
    with pytest.raises(ValueError, match="has 2 inputs, 'input', 'more', but must have one"):
        ONNXTransformer(model.SerializeToString(), output="features", **RGB).fit(IMAGES)


def test_model_that_onnxruntime_cannot_run_is_a_valueerror():
    model = onnx.load_from_string(network_with("Relu"))
    model.graph.node[0].op_type = "Imaginary"
    with pytest.raises(ValueError, match=r"The model .* cannot be used .* onnxruntime"):
        ONNXTransformer(model.SerializeToString(), output="features", **RGB).fit(IMAGES)


def test_output_without_an_entry_for_each_image_is_refused():
    graph = Graph()
    graph.add("ReduceSum", "input", output="total", keepdims=0)
    model = graph.model(["n", 3, 8, 8], [("total", [])])
    with pytest.raises(ValueError, match=r"output 'total' has the shape \(\) for 1 images"):
        ONNXTransformer(model, output="total", **RGB).fit(IMAGES)


def test_fixed_sides_of_a_network_that_takes_images_as_they_come():
    model = make_convolutional(("n", 3, 8, "columns"))
    with pytest.raises(ValueError, match="give size"):
        ONNXTransformer(model, **RGB).fit(RNG.integers(0, 256, (2, 9, 8, 3), dtype=np.uint8))
    assert ONNXTransformer(model, **RGB).fit_transform(IMAGES).shape == (7, 5)
