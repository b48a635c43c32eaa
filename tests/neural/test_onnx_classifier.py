"""ONNXClassifier: networks of ours and from elsewhere, with labels, ready without a fit."""

import multiprocessing
import os
import pickle
import threading
import warnings

import numpy as np
import onnx
import pytest
from blocking import run_blocking
from onnx_models import (
    IMAGES,
    RGB,
    Graph,
    make_convolutional,
    make_network_of_any_size,
    make_vit,
    values_of,
)
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_decision_proba_consistency
from sklearn_checks import (
    CLASSES_ARE_THE_NETWORKS,
    IMAGES_HAVE_SHAPES,
    NETWORK_FROM_ELSEWHERE,
    SETTINGS,
    as_images,
    run_checks,
)

from classicvis import CNNClassifier, ONNXClassifier, ONNXTransformer
from classicvis.neural import save_onnx
from classicvis.neural.running import _image_network
from classicvis.neural.running._scores import as_logits, tell_kind

LABELS = ["zebra", "ant", "cat"]


class OnGrey(ONNXClassifier):
    """Takes the rows of scikit-learn's checks, and gives them on as images of one row, (n, 1, f)."""

    tail = ()

    def fit(self, X, y):
        return super().fit(as_images(X, self.tail), y)

    def _logits(self, X):
        return super()._logits(as_images(X, self.tail))


class OnOneChannel(OnGrey):
    """The same with images of one row and one channel, (n, 1, f, 1)."""

    tail = (1,)


@pytest.mark.parametrize("estimator", [OnGrey, OnOneChannel])
def test_onnx_classifier_passes_the_checks_on_images(estimator):
    expected = IMAGES_HAVE_SHAPES | CLASSES_ARE_THE_NETWORKS
    assert len(run_checks(estimator(**SETTINGS[ONNXClassifier]), expected)) > 35


def test_onnx_classifier_of_two_classes_passes_the_check_that_needs_two():
    network = ONNXClassifier(make_network_of_any_size(2), labels=[0, 1], **NETWORK_FROM_ELSEWHERE)
    check_decision_proba_consistency("ONNXClassifier", network)


def test_network_of_ours_predicts_the_same_without_a_word(fitted, stripes):
    X, y = stripes
    classifier = ONNXClassifier(fitted.onnx_model_, n_threads=1)
    np.testing.assert_array_equal(classifier.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(classifier.decision_function(X), fitted.decision_function(X))
    np.testing.assert_array_equal(classifier.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(classifier.classes_, fitted.classes_)
    assert classifier.score(X, y) == fitted.score(X, y)
    assert classifier.scores_ == "logits"
    assert classifier.provider_ == "CPUExecutionProvider"


def test_network_of_ours_in_other_ranges_and_with_string_labels(stripes):
    X, y = stripes
    names = np.array(["rows", "columns"])[y]
    network = CNNClassifier(widths=(4, 4), max_iter=1, n_threads=1, random_state=0).fit(X / 255.0, names)
    classifier = ONNXClassifier(network.onnx_model_, n_threads=1)
    np.testing.assert_array_equal(classifier.predict_proba(X / 255.0), network.predict_proba(X / 255.0))
    assert classifier.predict(X / 255.0).dtype.kind == "U"


def test_network_of_ours_takes_images_of_other_sizes_and_colours(fitted, stripes):
    image = stripes[0][0]
    enlarged = np.repeat(np.repeat(image, 3, axis=0), 3, axis=1)
    colours = np.stack([enlarged] * 3, axis=2)
    classifier = ONNXClassifier(fitted.onnx_model_, n_threads=1)
    expected = classifier.predict_proba(image[np.newaxis])
    for other in (enlarged, colours):
        np.testing.assert_allclose(classifier.predict_proba(other[np.newaxis]), expected, atol=1e-4)
    assert classifier.predict([image, enlarged, colours]).shape == (3,)


@pytest.mark.parametrize("is_softmax", [False, True])
def test_logits_are_told_from_probabilities(is_softmax):
    model = make_convolutional(softmax=is_softmax)
    classifier = ONNXClassifier(model, labels=LABELS, **RGB)
    logits = values_of(model, "scores" if is_softmax else "output").astype(float)
    assert classifier.scores_ == ("probabilities" if is_softmax else "logits")
    assert classifier.classes_.tolist() == ["ant", "cat", "zebra"]
    sorted_logits = logits[:, [1, 2, 0]]
    np.testing.assert_allclose(classifier.predict_proba(IMAGES), softmax(sorted_logits, axis=1), rtol=1e-4)
    np.testing.assert_array_equal(classifier.predict(IMAGES), np.array(LABELS)[logits.argmax(axis=1)])
    decision = classifier.decision_function(IMAGES)
    assert decision.dtype == np.float64
    differences = sorted_logits - sorted_logits[:, :1]
    np.testing.assert_allclose(decision - decision[:, :1], differences, rtol=1e-3, atol=1e-3)


def test_scores_may_be_said():
    model = make_convolutional(softmax=True)
    as_told = ONNXClassifier(model, labels=LABELS, scores="logits", **RGB)
    np.testing.assert_allclose(
        as_told.predict_proba(IMAGES), softmax(values_of(model, "output")[:, [1, 2, 0]], axis=1), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[0.2, 0.8], [1, 0]], "probabilities"),
        ([[0.2, 0.81], [1, 0]], None),
        ([[0.2], [0.9]], None),
        ([[-0.2, 0.8], [1, 0]], "logits"),
        ([[2], [1]], "logits"),
    ],
)
def test_kinds_are_told_apart(values, kind):
    assert tell_kind(np.array(values, float)) == kind


def test_logits_of_all_kinds():
    logits = np.array([[-2.0], [0.5]])
    np.testing.assert_allclose(softmax(as_logits(logits, "logits"), axis=1)[:, 1:], expit(logits))
    np.testing.assert_allclose(softmax(as_logits(expit(logits), "probabilities"), axis=1)[:, 1:], expit(logits))
    certain = as_logits(np.array([[0.0, 1.0]], np.float32), "probabilities")
    assert np.isfinite(certain).all()


def make_sigmoid(n_outputs):
    graph = Graph()
    x = graph.add("Flatten", graph.add("GlobalAveragePool", "input"))
    graph.add("Sigmoid", graph.add("Gemm", x, graph.weight(3, n_outputs)), output="output")
    return graph.model(["n", 3, 8, 8], [("output", ["n", n_outputs])])


def test_single_column_is_for_the_second_class_and_must_be_told_of():
    classifier = ONNXClassifier(make_sigmoid(1), labels=["no", "yes"], **RGB)
    with pytest.raises(ValueError, match="do not sum to 1: say whether they are 'logits' or 'probabilities'"):
        classifier.predict(IMAGES)
    classifier.set_params(scores="probabilities")
    second = values_of(make_sigmoid(1), "output")[:, 0]
    np.testing.assert_allclose(classifier.predict_proba(IMAGES)[:, 1], second, rtol=1e-5)
    np.testing.assert_array_equal(classifier.predict(IMAGES) == "yes", second > 0.5)


def test_outputs_are_named_or_the_first_of_numbers():
    model = onnx.load_from_string(make_convolutional(softmax=True))
    model.graph.node.append(onnx.helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0))
    probabilities = model.graph.output[0]
    del model.graph.output[:]
    label = onnx.helper.make_tensor_value_info("label", onnx.TensorProto.INT64, ["n"])
    scores = onnx.helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["n", 3])
    model.graph.output.extend([label, scores, probabilities])
    model = model.SerializeToString()
    first = ONNXClassifier(model, labels=LABELS, **RGB)
    named = ONNXClassifier(model, labels=LABELS, output="output", **RGB)
    assert (first.scores_, named.scores_) == ("logits", "probabilities")
    np.testing.assert_allclose(first.predict_proba(IMAGES), named.predict_proba(IMAGES), rtol=1e-4)
    with pytest.raises(ValueError, match="output is 'x', but the network's outputs are 'label', 'scores', 'output'"):
        ONNXClassifier(model, labels=LABELS, output="x", **RGB).predict(IMAGES)


def test_vision_transformer_classifies():
    classifier = ONNXClassifier(make_vit(), labels=[3, 1, 2], **RGB)
    winners = values_of(make_vit(), "logits").argmax(axis=1)
    np.testing.assert_array_equal(classifier.predict(IMAGES), np.array([3, 1, 2])[winners])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "does not name its classes: give labels, one for each of its 3 outputs"),
        ([1, 2], r"labels has the shape \(2,\), but the network has 3 outputs: give 3 labels"),
        (["a", "b", "a"], "labels has 'a' twice"),
    ],
)
def test_wrong_labels_are_told(labels, message):
    with pytest.raises(ValueError, match=message):
        ONNXClassifier(make_convolutional(), labels=labels, **RGB).predict(IMAGES)


def test_preprocessing_must_be_told():
    with pytest.raises(ValueError, match="give mean, std and channel_order"):
        ONNXClassifier(make_convolutional(), labels=LABELS).predict(IMAGES)


def test_fit_checks_labels_and_shapes_and_learns_nothing():
    classifier = ONNXClassifier(make_convolutional(), labels=LABELS, **RGB)
    expected = classifier.predict_proba(IMAGES)
    y = ["ant", "cat"] * 3 + ["ant"]
    assert not hasattr(classifier, "n_features_in_")
    assert classifier.fit(IMAGES, y) is classifier
    assert classifier.n_features_in_ == 8 * 8 * 3
    np.testing.assert_array_equal(classifier.predict_proba(IMAGES), expected)
    with pytest.raises(ValueError, match="was fitted on images of shape"):
        classifier.predict(IMAGES[:, :7])
    with pytest.raises(ValueError, match="y has the class 'dog', which is none of the network's 3 classes"):
        classifier.fit(IMAGES, ["ant", "dog"] * 3 + ["ant"])
    with pytest.raises(ValueError, match="Unknown label type"):
        classifier.fit(IMAGES, np.linspace(0, 1, 7))


def test_settings_may_change_and_the_network_is_then_read_anew():
    classifier = ONNXClassifier(make_convolutional(), labels=LABELS, **RGB)
    before = classifier.predict_proba(IMAGES)
    classifier.set_params(labels=["a", "b", "c"], mean=0.0)
    assert classifier.classes_.tolist() == ["a", "b", "c"]
    assert not np.allclose(classifier.predict_proba(IMAGES), before)
    classifier.set_params(model=make_convolutional(width=7))
    assert len(classifier.onnx_model_) == len(make_convolutional(width=7))


def test_network_is_read_once(monkeypatch):
    made = []
    plan = _image_network.plan_preprocessing
    monkeypatch.setattr(_image_network, "plan_preprocessing", lambda *args: made.append(1) or plan(*args))
    classifier = ONNXClassifier(make_convolutional(), labels=LABELS, **RGB)
    for _ in range(3):
        classifier.predict(IMAGES)
    assert len(made) == 1


def test_clone_and_pickle_before_and_after_use(tmp_path):
    path = tmp_path / "network.onnx"
    path.write_bytes(make_convolutional())
    classifier = ONNXClassifier(path, labels=LABELS, **RGB)
    unused = pickle.loads(pickle.dumps(classifier))
    expected = clone(classifier).predict_proba(IMAGES)
    np.testing.assert_array_equal(unused.predict_proba(IMAGES), expected)
    used = pickle.dumps(unused)
    path.unlink()
    np.testing.assert_array_equal(pickle.loads(used).predict_proba(IMAGES), expected)
    with pytest.raises(FileNotFoundError, match=r"network\.onnx"):
        clone(unused).predict(IMAGES)


def test_classifier_is_shared_by_threads(fitted, stripes):
    X, _ = stripes
    classifier = ONNXClassifier(fitted.onnx_model_, n_threads=1)
    results = []
    threads = [threading.Thread(target=lambda: results.append(classifier.predict_proba(X))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    for result in results:
        np.testing.assert_array_equal(result, fitted.predict_proba(X))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this platform")
def test_classifier_predicts_in_a_forked_child():
    classifier = ONNXClassifier(make_convolutional(), labels=LABELS, **RGB | {"n_threads": 2})
    expected = classifier.predict_proba(IMAGES)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of forks where threads run
        child = context.Process(target=lambda: sender.send(classifier.predict_proba(IMAGES)))
        child.start()
    assert receiver.poll(60)
    np.testing.assert_array_equal(receiver.recv(), expected)
    child.join(60)
    assert child.exitcode == 0


def test_labels_in_an_array_are_told_from_others():
    labels = np.array(LABELS)
    classifier = ONNXClassifier(make_convolutional(), labels=labels, **RGB)
    loaded = classifier._load()
    assert classifier._load() is loaded
    assert pickle.loads(pickle.dumps(classifier))._said is not None
    assert classifier.set_params(labels=labels[::-1])._load() is not loaded


def test_weights_in_a_file_beside_the_network(tmp_path):
    path = tmp_path / "network.onnx"
    onnx.save(onnx.load_from_string(make_convolutional()), path, save_as_external_data=True, size_threshold=0)
    expected = ONNXClassifier(make_convolutional(), labels=LABELS, **RGB).predict_proba(IMAGES)
    np.testing.assert_array_equal(ONNXClassifier(path, labels=LABELS, **RGB).predict_proba(IMAGES), expected)


@pytest.mark.parametrize("content", [b"", b"no network"])
def test_file_that_is_no_network_is_a_valueerror(tmp_path, content):
    (tmp_path / "network.onnx").write_bytes(content)
    with pytest.raises(ValueError, match=r"The model .* cannot be used .* onnxruntime"):
        ONNXClassifier(tmp_path / "network.onnx", labels=LABELS, **RGB).predict(IMAGES)


def test_saved_network_predicts_where_torch_and_onnx_are_not_installed(fitted, stripes, tmp_path):
    X, _ = stripes
    save_onnx(fitted, tmp_path / "stripes.onnx")
    np.save(tmp_path / "X.npy", X)
    code = """
        from pathlib import Path
        import numpy as np
        from classicvis import ONNXClassifier
        folder = Path(sys.argv[1])
        classifier = ONNXClassifier(folder / "stripes.onnx")
        np.save(folder / "probabilities.npy", classifier.predict_proba(np.load(folder / "X.npy")))
        print("torch" in sys.modules, "onnx" in sys.modules)
    """
    assert run_blocking({"torch", "onnx"}, code, str(tmp_path)).split() == ["False", "False"]
    np.testing.assert_allclose(np.load(tmp_path / "probabilities.npy"), fitted.predict_proba(X), atol=1e-6)


def test_save_onnx_writes_all_or_nothing(fitted, tmp_path):
    save_onnx(fitted, tmp_path / "network.onnx")
    assert (tmp_path / "network.onnx").read_bytes() == fitted.onnx_model_
    transformer = ONNXTransformer(fitted.onnx_model_).fit(np.zeros((1, 12, 12), np.uint8))
    save_onnx(transformer, str(tmp_path / "features.onnx"))
    assert (tmp_path / "features.onnx").read_bytes() == transformer.onnx_model_
    with pytest.raises(NotFittedError):
        save_onnx(CNNClassifier(), tmp_path / "nothing.onnx")
    with pytest.raises(OSError, match="nowhere"):
        save_onnx(fitted, tmp_path / "nowhere" / "network.onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features.onnx", "network.onnx"]


def test_classifier_in_tools_of_scikit_learn(fitted, stripes):
    X, y = stripes
    classifier = ONNXClassifier(fitted.onnx_model_, n_threads=1)
    assert cross_val_score(make_pipeline(classifier), X, y, cv=3).mean() > 0.95
    calibrated = CalibratedClassifierCV(FrozenEstimator(classifier)).fit(X, y)
    assert calibrated.score(X, y) > 0.95


def make_two_views():
    """A network as classicvis writes it, that sees each image and its mirror image, which lie below each other."""
    graph = Graph()
    x = graph.add("Transpose", "images", perm=[0, 3, 1, 2])
    slicing = [graph.constant(np.array([value])) for value in (-1, -100, 3, -1)]
    x = graph.add("Concat", x, graph.add("Slice", x, *slicing), axis=0)
    x = graph.add("Relu", graph.add("Conv", x, graph.weight(4, 3, 3, 3)), output="maps")
    x = graph.add("GlobalAveragePool", x, output="pooled")
    x = graph.add("Flatten", graph.add("Conv", x, graph.weight(3, 4, 1, 1)))
    x = graph.add("Reshape", x, graph.constant(np.array([2, -1, 3])))
    graph.add("ReduceMean", x, axes=[0], keepdims=0, output="logits")
    model = onnx.load_from_string(graph.model(["n", 8, 8, 3], [("logits", ["n", 3])]))
    model.graph.input[0].name = "images"
    about = {"format": "1", "layout": "NHWC", "rows": "8", "columns": "8", "color_order": "RGB", "labels": "[0, 1, 2]"}
    onnx.helper.set_model_props(model, {f"classicvis.{key}": value for key, value in about.items()})
    return model.SerializeToString()


def test_features_of_several_views_of_an_image_are_averaged():
    model = make_two_views()
    transformer = ONNXTransformer(model, n_threads=1).fit(IMAGES)
    assert transformer.output_ == "pooled"
    features = transformer.transform(IMAGES)
    assert features.shape == (7, 4)
    np.testing.assert_allclose(transformer.transform(IMAGES[:, :, ::-1]), features, rtol=1e-4)
    np.testing.assert_allclose(transformer.transform(IMAGES[2:3]), features[2:3], rtol=1e-4)
    assert ONNXClassifier(model).predict_proba(IMAGES).shape == (7, 3)
