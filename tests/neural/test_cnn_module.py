"""A user's own torch module as the architecture."""

import sys

import numpy as np
import onnx
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from torch import nn

from classicvis.neural import CNNClassifier
from classicvis.neural.training._learned import put_weights


class Toy(nn.Module):
    """Two convolutions, the second with batch normalisation and dropout, and a linear layer."""

    def __init__(self, n_channels, n_classes, width):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(n_channels, width, 3),
            nn.ReLU(),
            nn.Conv2d(width, width, 3),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Dropout(0.1),
        )
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.head(self.features(x).amax(dim=(2, 3)))


def make_toy(image_shape, n_classes, width=6):
    return Toy(image_shape[2], n_classes, width)


def make_trained_toy(image_shape, n_classes):
    """Return a module with weights that are the same each time, as if they came from a file."""
    toy = make_toy(image_shape, n_classes)
    with torch.no_grad():
        for i, parameter in enumerate(toy.parameters()):
            parameter.copy_(torch.sin(torch.arange(parameter.numel()) * (i + 1.0)).view_as(parameter))
    return toy


def return_number(image_shape, n_classes):
    return 5


def return_maps(image_shape, n_classes):
    return nn.Conv2d(image_shape[2], n_classes, 3)


class Branching(nn.Module):
    """Takes a way that depends on values, which no exporter can follow."""

    def __init__(self, image_shape, n_classes):
        super().__init__()
        self.head = nn.Linear(image_shape[2], n_classes)

    def forward(self, x):
        x = self.head(x.amax(dim=(2, 3)))
        return x if x.sum() > 0 else -x


@pytest.fixture
def own():
    return CNNClassifier(
        architecture=make_toy, max_iter=12, learning_rate_init=0.03, n_threads=1, random_state=0, multi_view=True
    )


@pytest.fixture(scope="session")
def fitted_own(stripes):
    """Not to be changed."""
    return CNNClassifier(architecture=make_toy, max_iter=12, learning_rate_init=0.03, n_threads=1, random_state=0).fit(
        *stripes
    )


def test_module_learns_and_is_kept_as_onnx(stripes, fitted_own):
    X, y = stripes
    assert fitted_own.score(X, y) > 0.95
    assert fitted_own.recipe_["architecture"] == "make_toy"
    model = onnx.load_from_string(fitted_own.onnx_model_)
    onnx.checker.check_model(model, full_check=True)
    assert [value.name for value in model.graph.output] == [
        "logits",
        "probabilities",
        "feature_maps",
        "class_weights",
        "class_biases",
    ]
    probabilities = fitted_own.predict_proba(X[:7])
    np.testing.assert_allclose(fitted_own.predict_proba(X)[:7], probabilities, atol=1e-5)


def test_module_s_model_says_nothing_of_files(fitted_own):
    assert b".py" not in fitted_own.onnx_model_
    assert b"Toy" not in fitted_own.onnx_model_


def test_module_gives_the_same_bytes_for_the_same_seed_only(stripes, own):
    before = torch.get_rng_state()
    model = clone(own).set_params(max_iter=1).fit(*stripes).onnx_model_
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert clone(own).set_params(max_iter=1).fit(*stripes).onnx_model_ == model
    assert clone(own).set_params(max_iter=1, random_state=1).fit(*stripes).onnx_model_ != model


def test_module_takes_float64_images(stripes, own):
    X, y = stripes
    assert own.fit(X / 255, y).score(X / 255, y) > 0.95


def test_module_params_are_set_and_cloned_like_any_parameter(own):
    given = {"width": 3}
    own.set_params(module_params=given, module__depth=2)
    assert own.get_params()["module__width"] == 3
    assert own.module_params == {"width": 3, "depth": 2}
    assert given == {"width": 3}
    copy = clone(own).set_params(module__width=9)
    assert (copy.module_params["width"], own.module_params["width"]) == (9, 3)
    assert "module__width" not in own.get_params(deep=False)


def test_module_params_are_grid_searched_within_a_pipeline(stripes, own):
    pipeline = make_pipeline(FunctionTransformer(), own.set_params(multi_view=None, max_iter=1))
    search = GridSearchCV(pipeline, {"cnnclassifier__module__width": [5, 7]}, cv=ShuffleSplit(1, random_state=0)).fit(
        *stripes
    )
    best = search.best_params_["cnnclassifier__module__width"]
    weights = onnx.load_from_string(search.best_estimator_[-1].onnx_model_).graph.initializer
    assert {weight.dims[0] for weight in weights if weight.name.endswith("0.weight")} == {best}


@pytest.mark.parametrize("names", [["features"], ["head.weight"], ["features.0", "features.3.weight"]])
def test_frozen_parts_alone_stay_as_they_are(stripes, names):
    network = CNNClassifier(architecture=make_trained_toy, freeze=names, max_iter=2, n_threads=1, random_state=0)
    trained = network.fit(*stripes)._learned.weights
    before = make_trained_toy((12, 12, 1), 2)
    stayed = {
        name for name, value in before.named_parameters() if np.array_equal(trained[f"module.{name}"], value.detach())
    }
    frozen = tuple(f"{name}." for name in names)
    assert stayed == {name for name, _ in before.named_parameters() if f"{name}.".startswith(frozen)}
    for name, value in before.named_buffers():
        if name.startswith(frozen):
            assert np.array_equal(trained[f"module.{name}"], value.detach()), name


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"freeze": ["feature"]}, ValueError, r"freeze names 'feature', .* at the top are 'features', 'head'"),
        ({"freeze": ["features", "head"]}, ValueError, "leaves the module nothing to train"),
        ({"architecture": return_number}, TypeError, r"returned int, but must return a torch.nn.Module"),
        ({"architecture": nn.Flatten()}, TypeError, "architecture is a Flatten that is made already"),
        ({"architecture": return_maps}, ValueError, r"returns \(2, 2, 10, 10\) .* logits of shape \(2, 2\)"),
        ({"widths": (3, 3)}, ValueError, "widths is .* set module_params instead"),
        ({"module_params": {"depth": 3}}, TypeError, "unexpected keyword argument 'depth'"),
        (
            {"architecture": "small", "freeze": ["stem"]},
            ValueError,
            "for a module of your own, but architecture is 'small'",
        ),
        ({"architecture": None, "module_params": {"width": 3}}, ValueError, "for a module of your own"),
        ({"architecture": "vgg"}, ValueError, "'architecture' parameter"),
    ],
)
def test_module_that_will_not_do_is_an_error(stripes, own, settings, error, message):
    with pytest.raises(error, match=message):
        own.set_params(**settings).fit(*stripes)


def test_module_that_cannot_be_exported_is_an_error(stripes, own):
    with pytest.raises(RuntimeError, match=r"torch cannot export the module .* give one without control flow"):
        own.set_params(architecture=Branching, multi_view=None, max_iter=1).fit(*stripes)


def test_module_that_onnx_computes_otherwise_is_not_accepted(stripes, own, monkeypatch):
    from classicvis.neural.graphs import _module_export

    probabilities_first = _module_export.Exported.forward
    monkeypatch.setattr(
        _module_export.Exported, "forward", lambda self, images: probabilities_first(self, images)[::-1]
    )
    with pytest.raises(RuntimeError, match="logits differ from torch's"):
        own.set_params(max_iter=1).fit(*stripes)


def test_module_without_its_exporter_is_an_error(stripes, own, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ImportError, match=r"needs 'onnxscript': .*classicvis\[cnn"):
        own.set_params(max_iter=1).fit(*stripes)


def test_mean_and_std_that_are_given_reach_the_module(stripes, own):
    X, y = stripes
    model = onnx.load_from_string(own.set_params(mean=127.5, std=127.5, max_iter=1).fit(X, y).onnx_model_)
    constants = [onnx.numpy_helper.to_array(value) for value in model.graph.initializer]
    assert sum(value.size == 1 and value.dtype == np.float32 and value.item() == 127.5 for value in constants) >= 1


@pytest.mark.parametrize(
    ("settings", "rate"),
    [({}, 0.005), ({"freeze": ["features"], "mean": 100.0, "std": 50.0}, 0.005), ({"mean": 100.0, "std": 50.0}, 0.001)],
)
def test_a_module_that_was_trained_before_changes_more_slowly(settings, rate):
    X = np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8)
    network = CNNClassifier(architecture=make_toy, max_iter=1, n_threads=1, random_state=0, **settings)
    assert network.fit(X, np.arange(12) % 2).recipe_["learning_rate"] == rate


class Versioned(nn.Linear):
    """Loads only what tells its version, as some modules of torchvision do."""

    _version = 2

    def __init__(self, image_shape, n_classes):
        super().__init__(image_shape[2], n_classes)

    def forward(self, x):
        return super().forward(x.mean(dim=(2, 3)))

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
        if local_metadata.get("version") != 2:
            raise ValueError("version should be set to 2")
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (24, 8, 8), dtype=np.uint8), np.arange(24) % 2


def test_modules_may_tell_the_version_of_their_weights(images, tmp_path):
    network = CNNClassifier(architecture=Versioned, max_iter=2, n_threads=1, random_state=0)
    network.set_params(warm_start=True, checkpoint=tmp_path / "state").fit(*images).fit(*images)
    assert network.partial_fit(*images).predict(images[0]).shape == (24,)


def make_two_layers(image_shape, n_classes):
    layers = nn.Sequential(nn.Conv2d(image_shape[2], 4, 1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.ReLU())
    return nn.Sequential(*layers, nn.Conv2d(4, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, n_classes))


def test_what_is_frozen_may_change_in_a_stream(images):
    """The two convolutions have the same shape, so that the momenta of one would fit the other."""
    network = CNNClassifier(architecture=make_two_layers, freeze=["2"], n_threads=1, random_state=0)
    network.partial_fit(*images, classes=[0, 1])
    assert "module.4.weight" in network._learned.momenta
    assert "module.2.weight" not in network._learned.momenta
    network.set_params(freeze=["4"]).partial_fit(*images)
    steps = {name: momenta["step"] for name, momenta in network._learned.momenta.items()}
    assert steps["module.0.weight"] == 2 * steps["module.2.weight"]
    assert "module.4.weight" not in steps
    network.set_params(freeze=None).partial_fit(*images)
    assert {"module.2.weight", "module.4.weight"} <= set(network._learned.momenta)


class Auxiliary(Toy):
    """Returns two things in training."""

    def forward(self, x):
        logits = super().forward(x)
        return (logits, logits) if self.training else logits


def test_a_module_must_return_logits_in_training_too(images):
    def make(image_shape, n_classes):
        return Auxiliary(image_shape[2], n_classes, 3)

    network = CNNClassifier(architecture=make, max_iter=1, n_threads=1, random_state=0)
    with pytest.raises(TypeError, match="In training, the module returns tuple, but must return logits alone"):
        network.fit(*images)


def make_for_colours(image_shape, n_classes):
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, n_classes))


def test_a_module_that_takes_other_images_is_told(images):
    network = CNNClassifier(architecture=make_for_colours, max_iter=1, n_threads=1, random_state=0)
    with pytest.raises(ValueError, match=r"The module fails on images of shape \(1, 8, 8\) with RuntimeError"):
        network.fit(*images)


def make_with_norm(image_shape, n_classes):
    norm = nn.BatchNorm2d(image_shape[2])
    return nn.Sequential(norm, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(image_shape[2], n_classes))


@pytest.mark.parametrize("freeze", [["0"], ["0.weight", "0.bias"]])
def test_statistics_of_what_is_frozen_stay(images, freeze):
    network = CNNClassifier(architecture=make_with_norm, freeze=freeze, max_iter=2, n_threads=1, random_state=0)
    weights = network.fit(*images)._learned.weights
    assert weights["module.0.running_mean"] == 0
    assert weights["module.0.running_var"] == 1


def test_weights_are_put_into_a_network_whole():
    network = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "bias"'):
        put_weights(network, {"weight": torch.zeros(2, 2)})
    put_weights(network, {"weight": torch.zeros(2, 2), "bias": torch.ones(2)})
    assert network.bias.tolist() == [1, 1]
