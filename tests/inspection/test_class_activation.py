"""Class activation maps sum to the logits, and lie where the image has what the class is known by."""

import pickle

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from torch import nn

from classicvis import CNNClassifier, ImageReader, ONNXClassifier
from classicvis.inspection import class_activation_map
from classicvis.inspection._class_activation import contributions
from classicvis.neural import save_onnx
from classicvis.neural._explanation import Explanation


def test_cam_and_bias_sum_to_the_logit_of_every_class(digits, network):
    X, _ = digits
    logits = network.decision_function(X)
    for code, label in enumerate(network.classes_):
        maps, biases = class_activation_map(network, X, label, return_bias=True)
        assert maps.shape == (len(X), 8, 8)
        assert maps.dtype == np.float64
        np.testing.assert_allclose(maps.sum(axis=(1, 2)) + biases, logits[:, code], rtol=0, atol=1e-5)


def test_cam_is_for_the_predicted_class_unless_told(digits, network):
    X, _ = digits
    maps, biases = class_activation_map(network, X, return_bias=True)
    np.testing.assert_allclose(
        maps.sum(axis=(1, 2)) + biases, network.decision_function(X).max(axis=1), rtol=0, atol=1e-5
    )
    np.testing.assert_array_equal(maps, class_activation_map(network, X, network.predict(X)))


def test_cam_of_two_classes_explains_both_logits():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 255, size=(60, 6, 9, 3)).astype(np.uint8)
    y = np.arange(60) % 2
    X[y == 1, :3] //= 4
    network = CNNClassifier(widths=(4, 4), max_iter=2, n_threads=1, random_state=0).fit(X, y)
    (against, bias0), (in_favour, bias1) = (class_activation_map(network, X, k, return_bias=True) for k in (0, 1))
    difference = (in_favour - against).sum(axis=(1, 2)) + bias1 - bias0
    np.testing.assert_allclose(difference, network.decision_function(X), rtol=0, atol=1e-5)


def test_cam_lies_where_the_class_shows():
    """A bright spot at a random place makes class 1: its map must peak there."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 40, size=(300, 16, 16)).astype(np.uint8)
    y = np.arange(300) % 2
    corners = rng.integers(0, 13, size=(300, 2))
    for image, (row, column), label in zip(X, corners, y, strict=True):
        image[row : row + 3, column : column + 3] += np.uint8(200 * label)
    network = CNNClassifier(widths=(6, 6), max_iter=8, padding=0, n_threads=1, random_state=0).fit(X, y)
    assert network.score(X, y) == 1
    shown = np.flatnonzero(y)[:50]
    maps = class_activation_map(network, X[shown], 1, upsample=True)
    assert maps.shape == (50, 16, 16)
    peaks = np.stack(np.unravel_index(maps.reshape(50, -1).argmax(axis=1), (16, 16)), axis=1)
    distances = np.abs(peaks - (corners[shown] + 1)).max(axis=1)
    assert np.mean(distances <= 3) > 0.9


def test_cam_is_stretched_to_the_image_by_interpolation(digits):
    X, y = digits
    images = np.kron(X.reshape(-1, 8, 8), np.ones((5, 4)))  # 40 × 32 pixels, which the network's stem shrinks
    network = CNNClassifier(widths=(4, 4), max_iter=1, n_threads=1, random_state=0).fit(images, y)
    maps = class_activation_map(network, images[:5])
    assert maps.shape[1:] < (40, 32)
    large = class_activation_map(network, images[:5], upsample=True)
    assert large.shape == (5, 40, 32)
    assert (large.max(axis=(1, 2)) <= maps.max(axis=(1, 2))).all()
    np.testing.assert_allclose(large.mean(axis=(1, 2)), maps.mean(axis=(1, 2)), atol=0.3 * np.abs(maps).max())


def test_cam_of_flat_rows_is_that_of_images():
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(40, 6, 10)).astype(np.float32)
    y = np.arange(40) % 3
    settings = {"widths": (4, 4), "max_iter": 1, "n_threads": 1, "random_state": 0}
    of_images = CNNClassifier(**settings).fit(X, y)
    of_rows = CNNClassifier(**settings, image_shape=(6, 10)).fit(X.reshape(40, -1), y)
    for upsample in (False, True):
        np.testing.assert_array_equal(
            class_activation_map(of_rows, X.reshape(40, -1), 2, upsample=upsample),
            class_activation_map(of_images, X, 2, upsample=upsample),
        )


def test_cam_does_not_depend_on_batches(digits, network):
    X = np.tile(digits[0], (2, 1))[:520]  # three batches
    targets = np.resize(network.classes_, len(X))
    maps = class_activation_map(network, X, targets)
    for i in (0, 255, 256, 519):
        np.testing.assert_array_equal(class_activation_map(network, X[i : i + 1], targets[i])[0], maps[i])


def test_cam_after_unpickling_is_the_same(digits, network):
    X, _ = digits
    loaded = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(class_activation_map(loaded, X[:9]), class_activation_map(network, X[:9]))


def test_cam_goes_through_pipelines_and_searches(digits, network):
    X, _ = digits
    pipeline = make_pipeline(FunctionTransformer(np.asarray), network)
    np.testing.assert_array_equal(class_activation_map(pipeline, X[:9]), class_activation_map(network, X[:9]))
    search = GridSearchCV(network, {"max_iter": [1]}, cv=2).fit(*digits)
    np.testing.assert_array_equal(
        class_activation_map(search, X[:3]), class_activation_map(search.best_estimator_, X[:3])
    )
    reading = make_pipeline(ImageReader(12, color="gray", verbose=False), CNNClassifier(max_iter=1, n_threads=1))
    images = list(np.random.default_rng(0).integers(0, 255, size=(20, 15, 18)).astype(np.uint8))
    reading.fit(images, np.arange(20) % 2)
    assert class_activation_map(reading, images[:2], upsample=True).shape == (2, 12, 12)


def explanation_of(feature_maps, class_weights, pooling, views=((1.0, False),)):
    return Explanation(
        None, np.array(feature_maps, np.float32), np.array(class_weights, np.float32), None, views, pooling
    )


def test_contributions_with_max_pooling_stand_at_the_maxima_and_are_shared_by_equal_ones():
    feature_maps = [[[[0, 3], [1, 2]], [[5, 0], [5, 1]], [[0, 0], [0, 0]]]]
    maps = contributions(explanation_of(feature_maps, [[1, 1, 1], [2, -1, 7]], "max"), np.array([1]))
    np.testing.assert_array_equal(maps, [[[-2.5, 6], [-2.5, 0]]])


def test_contributions_with_mean_pooling_are_the_weighted_mean_of_the_maps():
    rng = np.random.default_rng(0)
    feature_maps, weights, codes = rng.normal(size=(4, 6, 5, 3)), rng.normal(size=(3, 6)), np.array([0, 2, 1, 2])
    maps = contributions(explanation_of(feature_maps, weights, "mean"), codes)
    for image, code, one in zip(feature_maps, codes, maps, strict=True):
        np.testing.assert_allclose(one, sum(w * f for w, f in zip(weights[code], image, strict=True)) / 15, rtol=1e-5)
        np.testing.assert_allclose(one.sum(), image.mean(axis=(1, 2)) @ weights[code], rtol=1e-5)


@pytest.mark.parametrize("multi_view", [False, True])
@pytest.mark.parametrize("architecture", ["small", "airbench", "resnet20"])
def test_cam_and_bias_sum_to_the_logit_of_every_architecture(architecture, multi_view):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 255, size=(60, 12, 17, 3)).astype(np.uint8), np.arange(60) % 3
    network = CNNClassifier(
        architecture=architecture,
        widths=(4, 6, 8),
        multi_view=multi_view,
        horizontal_flip=True,
        max_iter=1,
        n_threads=1,
        random_state=0,
    ).fit(X, y)
    for target in range(3):
        maps, biases = class_activation_map(network, X, target, return_bias=True)
        logits = network.decision_function(X)[:, target]
        np.testing.assert_allclose(
            maps.sum(axis=(1, 2)) + biases, logits, rtol=0, atol=1e-5 * max(1, abs(logits).max())
        )


def test_contributions_of_mirrored_views_are_turned_back():
    first, second = np.random.default_rng(0).normal(size=(2, 1, 3, 4, 5))
    weights, code = np.eye(2, 3), np.array([1])
    both = explanation_of(np.concatenate([first, second]), weights, "mean", views=((0.25, False), (0.75, True)))
    alone = [contributions(explanation_of(view, weights, "mean"), code) for view in (first, second)]
    np.testing.assert_allclose(contributions(both, code), 0.25 * alone[0] + 0.75 * alone[1][:, :, ::-1])


def with_mean_pooling(network):
    """Return a copy of a network that pools by the average."""
    model = onnx.load_from_string(network.onnx_model_)
    (pooling,) = (node for node in model.graph.node if node.op_type == "GlobalMaxPool")
    pooling.op_type = "GlobalAveragePool"
    props = {prop.key: prop.value for prop in model.metadata_props} | {"classicvis.pooling": "mean"}
    helper.set_model_props(model, props)
    copy = pickle.loads(pickle.dumps(network))
    copy.onnx_model_ = model.SerializeToString()
    return copy


def test_cam_of_a_network_with_mean_pooling_sums_to_the_logit(digits, network):
    X, _ = digits
    network = with_mean_pooling(network)
    maps, biases = class_activation_map(network, X, return_bias=True)
    np.testing.assert_allclose(
        maps.sum(axis=(1, 2)) + biases, network.decision_function(X).max(axis=1), rtol=0, atol=1e-5
    )


def test_cam_of_a_file_is_that_of_its_network(digits, network):
    X = digits[0].reshape(-1, 8, 8)[:9]
    loaded = ONNXClassifier(network.onnx_model_, n_threads=1)
    np.testing.assert_array_equal(
        class_activation_map(loaded, X, "two"), class_activation_map(network, digits[0][:9], "two")
    )
    assert class_activation_map(loaded, X, upsample=True).shape == (9, 8, 8)
    renamed = ONNXClassifier(network.onnx_model_, labels=["d", "a", "c", "b"], n_threads=1)
    maps, biases = class_activation_map(renamed, X, "b", return_bias=True)
    np.testing.assert_array_equal(maps, class_activation_map(loaded, X, network.classes_[3]))
    np.testing.assert_allclose(maps.sum(axis=(1, 2)) + biases, renamed.decision_function(X)[:, 1], rtol=0, atol=1e-5)


def without_feature_maps(network):
    """Return a copy of a network as the first version of classicvis wrote it."""
    model = onnx.load_from_string(network.onnx_model_)
    del model.graph.output[2:]
    helper.set_model_props(model, {"classicvis.format": "1"})
    copy = pickle.loads(pickle.dumps(network))
    copy.onnx_model_ = model.SerializeToString()
    return copy


def test_cam_of_an_old_model_is_an_error_that_says_what_to_do(digits, network):
    X, _ = digits
    old = without_feature_maps(network)
    np.testing.assert_array_equal(old.predict(X), network.predict(X))
    with pytest.raises(ValueError, match=r"does not put its feature maps out.*of your own, looks.*take occlusion_map"):
        class_activation_map(old, X)


def test_cam_that_does_not_sum_to_the_logit_is_an_error(digits, network):
    model = onnx.load_from_string(network.onnx_model_)
    (biases,) = (node for node in model.graph.node if list(node.output) == ["class_biases"])
    model.graph.initializer.append(numpy_helper.from_array(np.full(4, 0.5, np.float32), "wrong"))
    biases.input[0] = "wrong"
    copy = pickle.loads(pickle.dumps(network))
    copy.onnx_model_ = model.SerializeToString()
    with pytest.raises(
        ValueError, match=r"differ from its own by 0\.\d+, as after quantisation of its last layer: explain"
    ):
        class_activation_map(copy, digits[0])


def test_cam_of_another_classifier_is_an_error(digits):
    X, y = digits
    with pytest.raises(TypeError, match=r"is a LogisticRegression, .*occlusion_map explains every classifier"):
        class_activation_map(LogisticRegression().fit(X[:20], y[:20]), X)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("four", r"target is 'four', but must be one of the classes: 'null', 'one', 'three', 'two'\."),
        (["one", "five", "two"], r"target is 'five'"),
        (["one", "two"], r"target has the shape \(2,\), .* a label for each of the 3 samples"),
    ],
)
def test_cam_of_a_class_that_is_not_there_is_an_error(digits, network, target, message):
    with pytest.raises(ValueError, match=message):
        class_activation_map(network, digits[0][:3], target)


def test_cam_names_the_sample_on_which_the_network_overflows(digits, network):
    X = np.concatenate([digits[0][:260], digits[0][:10] * 1e300])
    with pytest.raises(ValueError, match="overflows on sample 260 of X"):
        class_activation_map(network, X)


def test_constants_of_the_graph_are_the_head(network):
    model = onnx.load_from_string(network.onnx_model_)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert weights["head.weight"].shape == (4, 6, 1, 1)
    outputs = {output.name: output.type.tensor_type for output in model.graph.output}
    assert list(outputs) == ["logits", "probabilities", "feature_maps", "class_weights", "class_biases"]
    assert all(output.elem_type == TensorProto.FLOAT for output in outputs.values())


class Pooled(nn.Module):
    """A convolution, pooling in one of the ways there are, and a linear layer."""

    def __init__(self, image_shape, n_classes, pooling):
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(image_shape[2], 5, 3), nn.BatchNorm2d(5), nn.ReLU())
        self.modules_of = nn.ModuleDict({"average": nn.AdaptiveAvgPool2d(1), "maximum": nn.AdaptiveMaxPool2d(1)})
        self.dropout = nn.Dropout(0.1)
        self.linear = nn.Linear(5, n_classes)
        self.pooling = pooling

    def forward(self, x):
        x = self.maps(x)
        if self.pooling in self.modules_of:
            x = self.modules_of[self.pooling](x).flatten(1)
        elif self.pooling == "functional":
            x = nn.functional.adaptive_avg_pool2d(x, (1, 1)).squeeze(-1).squeeze(-1)
        elif self.pooling == "sum":
            x = x.sum(dim=(2, 3))
        elif self.pooling == "rows":
            x = x.mean(dim=3).amax(dim=2)
        elif self.pooling == "shuffled":
            x = x.mean(dim=(2, 3))[:, [1, 0, 2, 3, 4]]
        else:
            x = x.mean(dim=(2, 3)) if self.pooling == "mean" else x.amax(dim=(2, 3))
        return self.linear(self.dropout(x))


@pytest.fixture
def photos():
    return np.random.default_rng(0).integers(0, 256, (18, 9, 8, 3), dtype=np.uint8), np.arange(18) % 3


def fit_pooled(photos, pooling, **settings):
    settings = {"module_params": {"pooling": pooling}, "max_iter": 1, "n_threads": 1, "random_state": 0} | settings
    return CNNClassifier(architecture=Pooled, **settings).fit(*photos)


@pytest.mark.parametrize("pooling", ["average", "maximum", "functional", "mean", "max"])
def test_maps_of_a_users_module_sum_to_the_logit(photos, pooling, tmp_path):
    network = fit_pooled(photos, pooling)
    maps, biases = class_activation_map(network, photos[0], target=2, return_bias=True)
    logits = network.decision_function(photos[0])
    assert maps.shape == (18, 7, 6)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)) + biases, logits[:, 2], rtol=0, atol=1e-5)
    save_onnx(network, tmp_path / "module.onnx")
    classifier = ONNXClassifier(tmp_path / "module.onnx", n_threads=1)
    np.testing.assert_allclose(class_activation_map(classifier, photos[0], target=2), maps, rtol=0, atol=1e-5)


@pytest.mark.parametrize("pooling", ["sum", "rows", "shuffled"])
def test_maps_of_a_module_that_pools_otherwise_are_refused(photos, pooling):
    with pytest.raises(ValueError, match=r"as a module of your own, looks at several views or does not end in pooling"):
        class_activation_map(fit_pooled(photos, pooling), photos[0])


def test_maps_of_a_module_that_looks_at_several_views_are_refused(photos):
    network = fit_pooled(photos, "mean", multi_view=True, horizontal_flip=True)
    with pytest.raises(ValueError, match="looks at several views"):
        class_activation_map(network, photos[0])
