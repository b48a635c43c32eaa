"""Going on from an earlier fit: warm starts, and one pass over one batch of a stream after the other."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from stripes import make_stripes

from classicvis.neural import CNNClassifier
from classicvis.neural.training._learned import to_arrays, to_tensors


@pytest.fixture
def stream():
    """Ten batches of stripes, of 60 images each."""
    X, y = make_stripes(600)
    return list(zip(X.reshape(10, 60, 12, 12), y.reshape(10, 60), strict=True))


def learn(network, batches, classes=(0, 1)):
    for X, y in batches:
        network.partial_fit(X, y, classes)
    return network


def test_cnn_warm_start_goes_on_from_the_weights(stripes, tiny):
    X, y = stripes
    tiny.set_params(warm_start=True, max_iter=2, learning_rate_init=0.02).fit(X, y)
    first = tiny.learning_curves_
    tiny.fit(X, y)
    assert tiny.learning_curves_["loss"][0] < first["loss"][-1]
    assert tiny.n_iter_ == 2
    cold = tiny.set_params(warm_start=False).fit(X, y)
    assert cold.learning_curves_["loss"] == first["loss"]


def test_cnn_warm_start_is_the_same_after_pickling(stripes, tiny):
    tiny.set_params(warm_start=True).fit(*stripes)
    loaded = pickle.loads(pickle.dumps(tiny))
    assert loaded.fit(*stripes).onnx_model_ == tiny.fit(*stripes).onnx_model_


def test_cnn_warm_start_without_an_earlier_fit_is_a_cold_one(stripes, tiny):
    assert clone(tiny).set_params(warm_start=True).fit(*stripes).onnx_model_ == tiny.fit(*stripes).onnx_model_


def test_cnn_warm_start_keeps_the_normalisation_and_widens_the_range(stripes, tiny):
    X, y = stripes
    tiny.set_params(warm_start=True).fit(X, y)
    before = tiny._learned
    tiny.fit(np.minimum(X.astype(float) * 3, 255), y)
    np.testing.assert_array_equal(tiny._learned.normalisation.mean, before.normalisation.mean)
    assert tiny._learned.value_range == (before.value_range[0], 255)


def test_cnn_warm_start_takes_some_of_the_classes_it_knows(tiny):
    X = np.random.default_rng(0).random((60, 6, 6))
    y = np.arange(60) % 3
    tiny.set_params(warm_start=True, max_iter=1).fit(X, y).fit(X[y < 2], y[y < 2])
    np.testing.assert_array_equal(tiny.classes_, [0, 1, 2])
    assert tiny.predict_proba(X).shape == (60, 3)


@pytest.mark.parametrize(
    ("settings", "change", "message"),
    [
        ({"widths": (4, 6)}, lambda X, y: (X, y), r"head.weight of its network has the shape \(2, 4\) .* \(2, 6\)"),
        ({}, lambda X, y: (X[:, 1:], y), r"fitted on images of shape \(12, 12\)"),
        ({}, lambda X, y: (X, y + 1), r"y has the labels \[2\], but CNNClassifier has the classes \[0, 1\]"),
    ],
)
def test_cnn_warm_start_of_another_network_is_an_error(stripes, tiny, settings, change, message):
    tiny.set_params(warm_start=True, max_iter=1).fit(*stripes)
    model = tiny.onnx_model_
    with pytest.raises(ValueError, match=message):
        tiny.set_params(**settings).fit(*change(*stripes))
    assert tiny.onnx_model_ == model


def test_cnn_partial_fit_learns(stripes, stream, tiny):
    learn(tiny, stream)
    assert tiny.score(*make_stripes(200, seed=1)) > 0.95
    assert tiny.n_iter_ == 10
    assert tiny.recipe_["n_epochs"] == 1
    assert {len(figures) for figures in tiny.learning_curves_.values()} == {10}
    assert set(tiny.learning_curves_) == {"loss", "accuracy", "learning_rate", "seconds"}


def test_cnn_partial_fit_gives_the_same_bytes_pickled_or_not(stream, tiny):
    other = clone(tiny)
    learn(tiny, stream[:4])
    for X, y in stream[:4]:
        other = pickle.loads(pickle.dumps(other.partial_fit(X, y, classes=[0, 1])))
    assert other.onnx_model_ == tiny.onnx_model_
    assert other.recipe_ == tiny.recipe_


def test_cnn_partial_fit_draws_a_seed_once(stream, tiny):
    learn(tiny.set_params(random_state=np.random.RandomState(0)), stream[:1])
    seed = tiny.recipe_["seed"]
    assert learn(tiny, stream[1:3]).recipe_["seed"] == seed


def test_cnn_partial_fit_remembers_the_momentum(stream, tiny):
    learn(tiny, stream[:2])
    other = pickle.loads(pickle.dumps(tiny))
    other._learned = other._learned._replace(n_passes=0)
    assert learn(other, stream[2:3]).onnx_model_ != learn(tiny, stream[2:3]).onnx_model_


def test_cnn_partial_fit_goes_on_from_fit(stripes, stream, tiny):
    tiny.fit(*stripes)
    n_steps = tiny._learned.n_steps
    tiny.partial_fit(*stream[0])
    assert tiny.learning_curves_["loss"][0] < 0.6
    assert tiny.n_iter_ == 1
    assert tiny._learned.n_steps > n_steps
    assert tiny.score(*make_stripes(200, seed=1)) > 0.9


def test_cnn_partial_fit_then_fit_begins_anew(stripes, stream, tiny):
    expected = clone(tiny).fit(*stripes)
    assert learn(tiny, stream[:2]).fit(*stripes).onnx_model_ == expected.onnx_model_


def test_cnn_partial_fit_takes_batches_of_one_class(stream, tiny):
    X, y = stream[0]
    tiny.partial_fit(X[y == 0], y[y == 0], classes=[1, 0, 2]).partial_fit(X[y == 1], y[y == 1])
    np.testing.assert_array_equal(tiny.classes_, [0, 1, 2])


def test_cnn_partial_fit_heeds_weights(stream, tiny):
    X, y = stream[0]
    weights = np.arange(60) % 3
    by_weight = clone(tiny).partial_fit(X, y, classes=[0, 1], sample_weight=weights)
    left_out = clone(tiny).partial_fit(X[weights > 0], y[weights > 0], [0, 1], weights[weights > 0])
    assert by_weight.onnx_model_ == left_out.onnx_model_
    assert by_weight.onnx_model_ != clone(tiny).partial_fit(X, y, classes=[0, 1]).onnx_model_


def test_cnn_partial_fit_normalises_by_the_first_batch(stream, tiny):
    X, y = stream[0]
    tiny.partial_fit(X, y, classes=[0, 1])
    mean = tiny._learned.normalisation.mean
    tiny.partial_fit(X // 2, y)
    assert tiny._learned.normalisation.mean == mean == pytest.approx(X.mean())


@pytest.mark.parametrize(
    ("settings", "classes", "n_images", "message"),
    [
        ({}, None, 60, "classes is None, but the first call of partial_fit needs all classes"),
        ({}, [1], 60, "must hold two classes at least"),
        ({}, [1, 2], 60, r"y has the labels \[0\], but CNNClassifier has the classes \[1, 2\]"),
        ({}, [0, 1], 1, "X has 1 image with a weight above 0, but partial_fit needs 2"),
        ({"early_stopping": True}, [0, 1], 60, "early_stopping is True, but partial_fit has no epochs"),
        ({"class_weight": "balanced"}, [0, 1], 60, "class_weight is 'balanced', but partial_fit sees no frequencies"),
        ({"max_iter": 0}, [0, 1], 60, "'max_iter' parameter"),
    ],
)
def test_cnn_partial_fit_with_what_it_cannot_take_is_an_error(stream, tiny, settings, classes, n_images, message):
    X, y = stream[0]
    with pytest.raises(ValueError, match=message):
        tiny.set_params(**settings).partial_fit(X[:n_images], y[:n_images], classes)
    assert not hasattr(tiny, "onnx_model_")
    assert not hasattr(tiny, "classes_")


def test_cnn_partial_fit_with_other_classes_than_before_is_an_error(stream, tiny):
    learn(tiny, stream[:1])
    with pytest.raises(ValueError, match=r"classes is \[0, 1, 2\], but was \[0, 1\] before"):
        learn(tiny, stream[1:2], classes=[0, 1, 2])


def test_cnn_partial_fit_that_diverges_is_an_error(stream):
    network = CNNClassifier(widths=(4, 4), learning_rate_init=1e38, batch_size=8, n_threads=1, random_state=0)
    with pytest.raises(FloatingPointError, match="loss became"):
        learn(network, stream[:3])


def test_tensors_and_arrays_go_to_and_fro():
    structure = {"a": [np.arange(3.0), None, 2], 5: (np.ones((2, 2), np.float32).T, "b")}
    there = to_tensors(structure)
    back = to_arrays(there)
    there["a"][0][:] = 7
    np.testing.assert_array_equal(structure["a"][0], [0, 1, 2])
    np.testing.assert_array_equal(back["a"][0], [0, 1, 2])
    assert back["a"][1:] == [None, 2]
    assert back[5][0].flags.c_contiguous
    assert back[5][1] == "b"


@pytest.mark.parametrize("architecture", ["airbench", "resnet20"])
def test_cnn_of_any_architecture_partially_fits(stream, tiny, architecture):
    tiny.set_params(architecture=architecture, batch_size=10)
    pickled = learn(pickle.loads(pickle.dumps(learn(clone(tiny), stream[:1]))), stream[1:2])
    assert learn(tiny, stream[:2]).onnx_model_ == pickled.onnx_model_
