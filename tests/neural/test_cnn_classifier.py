"""What CNNClassifier takes and gives."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.metrics import recall_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from classicvis.images import ImageReader
from classicvis.neural import CNNClassifier


def test_cnn_learns_stripes(stripes, tiny):
    X, y = stripes
    assert tiny.fit(X[:160], y[:160]).score(X[160:], y[160:]) > 0.95


def test_cnn_learns_digits():
    X, y = load_digits(return_X_y=True)
    network = CNNClassifier(widths=(16, 16, 32), max_iter=8, n_threads=1, random_state=0)
    assert network.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.95


def test_cnn_learns_flat_rows_of_two_features():
    X, y = make_blobs(200, centers=3, random_state=0)
    network = CNNClassifier(widths=(16, 16, 16), max_iter=20, n_threads=1, random_state=0)
    assert network.fit(X, y).score(X, y) > 0.85


@pytest.mark.parametrize(
    "labels",
    [
        ["no", "yes"],
        [False, True],
        [-3, 7],
        np.array(["a", "b"], dtype=object),
        np.array([2, 9], dtype=np.uint8),
    ],
)
def test_cnn_keeps_labels_of_any_type(stripes, tiny, labels):
    X, y = stripes
    labels = np.asarray(labels)
    tiny.set_params(max_iter=3).fit(X, labels[y])
    predicted = tiny.predict(X)
    assert predicted.dtype == labels.dtype
    np.testing.assert_array_equal(tiny.classes_, labels)
    assert np.mean(predicted == labels[y]) > 0.9


def test_cnn_binary_scores_agree_with_probabilities_and_labels(stripes, fitted):
    X, _ = stripes
    scores = fitted.decision_function(X)
    probabilities = fitted.predict_proba(X)
    assert scores.shape == (len(X),)
    assert scores.dtype == probabilities.dtype == np.float64
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-scores)), rtol=1e-9)
    np.testing.assert_array_equal(fitted.predict(X), (scores > 0).astype(int))


def test_cnn_multiclass_scores_agree_with_probabilities_and_labels():
    rng = np.random.default_rng(0)
    X, y = rng.random((60, 6, 6)), np.arange(60) % 3
    network = CNNClassifier(widths=(4, 4), max_iter=1, n_threads=1, random_state=0).fit(X, y)
    scores = network.decision_function(X)
    assert scores.shape == (60, 3)
    probabilities = network.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(network.predict(X), probabilities.argmax(axis=1))
    np.testing.assert_array_equal(network.predict(X), scores.argmax(axis=1))


@pytest.mark.parametrize(
    "shape",
    [
        (1, 1),
        (1, 1, 3),
        (1, 2),
        (2, 1),
        (1, 30),
        (3, 5, 3),
        (7, 7),
        (9, 40),
        (33, 20, 3),
        (64, 64),
        (130, 12),
    ],
)
def test_cnn_takes_images_of_any_size(shape):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, size=(12, *shape)).astype(np.uint8)
    network = CNNClassifier(widths=(2, 2), max_iter=1, n_threads=1, random_state=0).fit(X, np.arange(12) % 3)
    assert np.isfinite(network.predict_proba(X)).all()
    assert network.sample_shape_ == shape


def test_cnn_default_network_takes_large_images():
    X = np.random.default_rng(0).integers(0, 256, size=(4, 224, 160, 3)).astype(np.uint8)
    network = CNNClassifier(max_iter=1, n_threads=1, random_state=0).fit(X, [0, 1, 0, 1])
    assert network.recipe_["widths"] == (32, 32, 64, 128)
    assert network.predict_proba(X).shape == (4, 2)


@pytest.mark.parametrize("n_classes", [2, 3, 1000])
def test_cnn_takes_two_to_a_thousand_classes(n_classes):
    X = np.random.default_rng(0).random((2 * n_classes, 4, 4), dtype=np.float32)
    y = np.arange(2 * n_classes) % n_classes
    network = CNNClassifier(widths=(2, 2), max_iter=1, n_threads=1, random_state=0).fit(X, y)
    assert network.predict_proba(X[:4]).shape == (4, n_classes)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int32", "float16", "float32", "float64"])
def test_cnn_takes_pixel_values_as_numbers_of_any_dtype(stripes, tiny, dtype):
    X, y = stripes
    X = (X > 80).astype(dtype)
    tiny.fit(X, y)
    assert tiny.score(X, y) > 0.95
    np.testing.assert_allclose(tiny.predict_proba(X[:20].astype(np.float64)), tiny.predict_proba(X[:20]), rtol=1e-5)


@pytest.mark.parametrize(("scale", "offset"), [(1e-200, 0.0), (1e200, 0.0), (1e-3, 1e6), (1.0, -1e9)])
def test_cnn_learns_in_any_finite_range(stripes, tiny, scale, offset):
    X, y = stripes
    X = X / 255 * scale + offset
    assert tiny.fit(X, y).score(X, y) > 0.95


def test_cnn_takes_images_that_are_all_the_same(tiny):
    X = np.full((10, 5, 5), 7, dtype=np.uint8)
    assert np.isfinite(tiny.fit(X, np.arange(10) % 2).predict_proba(X)).all()


def test_cnn_takes_flat_rows_with_image_shape(stripes, tiny):
    X, y = stripes
    by_images = tiny.fit(X, y).predict_proba(X)
    flat = clone(tiny).set_params(image_shape=(12, 12)).fit(X.reshape(len(X), -1), y)
    np.testing.assert_array_equal(flat.predict_proba(X.reshape(len(X), -1)), by_images)


def test_cnn_drops_alpha_and_takes_one_channel_as_grey(stripes, tiny):
    X, y = stripes
    grey = tiny.fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(clone(tiny).fit(X[..., None], y).predict_proba(X[..., None]), grey)
    rgba = np.stack([X, X, X, np.random.default_rng(0).integers(0, 9, X.shape).astype(np.uint8)], axis=-1)
    of_rgba = clone(tiny).fit(rgba, y).predict_proba(rgba)
    np.testing.assert_array_equal(of_rgba, clone(tiny).fit(rgba[..., :3], y).predict_proba(rgba[..., :3]))


def test_cnn_sample_weight_zero_is_the_same_as_leaving_the_sample_out(stripes, tiny):
    X, y = stripes
    y = y.copy()
    y[100:] = 1 - y[100:]
    weights = np.ones(len(X))
    weights[100:] = 0
    weighted = tiny.fit(X, y, sample_weight=weights).onnx_model_
    assert weighted == clone(tiny).fit(X[:100], y[:100]).onnx_model_


def test_cnn_scale_of_weights_does_not_matter(stripes, tiny):
    X, y = stripes
    weights = np.random.default_rng(0).integers(1, 5, len(X))
    model = tiny.fit(X, y, sample_weight=weights).onnx_model_
    assert model == clone(tiny).fit(X, y, sample_weight=8.0 * weights).onnx_model_
    assert model != clone(tiny).fit(X, y).onnx_model_


def test_cnn_class_weight_is_a_sample_weight(stripes, tiny):
    X, y = stripes
    by_class = clone(tiny).set_params(class_weight={0: 1.0, 1: 4.0}).fit(X, y).onnx_model_
    assert by_class == clone(tiny).fit(X, y, sample_weight=np.where(y == 1, 4.0, 1.0)).onnx_model_


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_cnn_class_weight_that_is_not_a_weight_is_an_error(stripes, tiny, weight, method):
    X, y = stripes
    classes = {"classes": [0, 1]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=f"class_weight gives the class 1 the weight {weight}, but weights are finite"):
        getattr(tiny.set_params(class_weight={0: 1.0, 1: weight}), method)(X, y, **classes)


def test_cnn_balanced_weights_help_the_rare_class():
    rng = np.random.default_rng(0)
    y = (rng.random(600) < 0.06).astype(int)
    X = rng.normal(size=(600, 4, 4)) + 0.35 * y[:, None, None]
    network = CNNClassifier(widths=(8, 8), max_iter=10, n_threads=1, random_state=0)
    plain = recall_score(y, network.fit(X, y).predict(X))
    balanced = recall_score(y, network.set_params(class_weight="balanced").fit(X, y).predict(X))
    assert balanced > plain + 0.2


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(240), "weights of all samples are zero"),
        (np.r_[-1.0, np.ones(239)], "sample_weight of sample 0 is negative"),
        (np.ones(239), "inconsistent numbers of samples"),
        (np.ones((240, 2)), "must be 1D"),
        (np.r_[np.nan, np.ones(239)], "NaN"),
        (np.arange(240) % 2, "1 class with a weight above 0"),
    ],
)
def test_cnn_bad_weights_are_errors(stripes, tiny, weights, message):
    with pytest.raises(ValueError, match=message):
        tiny.fit(*stripes, sample_weight=weights)


def test_cnn_one_class_is_an_error(stripes, tiny):
    with pytest.raises(ValueError, match=r"y holds 1 class .*give images of two classes"):
        tiny.fit(stripes[0], np.full(240, "cat"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_iter", 0),
        ("batch_size", 1),
        ("learning_rate_init", 0.0),
        ("label_smoothing", 1.0),
        ("padding", -1),
        ("device", "gpu"),
        ("n_threads", 0),
        ("validation_fraction", 1.0),
        ("class_weight", "even"),
        ("widths", 3),
    ],
)
def test_cnn_bad_parameters_are_errors(stripes, tiny, name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter"):
        tiny.set_params(**{name: value}).fit(*stripes)


@pytest.mark.parametrize("widths", [(), (4,), (4, 0), (4, 2.5), ("a", "b")])
def test_cnn_bad_widths_are_errors(stripes, tiny, widths):
    with pytest.raises(ValueError, match=r"widths is .* at least two whole numbers"):
        tiny.set_params(widths=widths).fit(*stripes)


def test_cnn_refuses_other_shapes_than_those_of_fit(stripes, fitted):
    with pytest.raises(ValueError, match="fitted on images of shape"):
        fitted.predict(np.zeros((2, 11, 12), dtype=np.uint8))


def test_cnn_refuses_pixel_values_that_overflow(fitted):
    X = np.zeros((3, 12, 12))
    X[1] = 1e300
    with pytest.raises(ValueError, match="overflows on sample 1"):
        fitted.predict(X)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_cnn_asks_for_fit_first(tiny, method):
    with pytest.raises(NotFittedError):
        getattr(tiny, method)(np.zeros((2, 4, 4)))
    assert not hasattr(tiny, "provider_")


def test_cnn_predictions_do_not_depend_on_the_batch(stripes, fitted):
    X, _ = stripes
    X = np.concatenate([X] * 3)
    whole = fitted.predict_proba(X)
    np.testing.assert_array_equal(np.concatenate([fitted.predict_proba(X[i : i + 1]) for i in range(30)]), whole[:30])
    np.testing.assert_array_equal(fitted.predict_proba(X[::-1]), whole[::-1])


def test_cnn_works_in_grid_search_cross_validation_and_pipelines(stripes):
    X, y = stripes
    network = CNNClassifier(widths=(4, 4), max_iter=2, n_threads=1, random_state=0)
    search = GridSearchCV(network, {"learning_rate_init": [1e-9, 0.1]}, cv=2).fit(X, y)
    assert search.best_params_ == {"learning_rate_init": 0.1}
    assert cross_val_score(make_pipeline(ImageReader(8, color="gray"), network), list(X), y, cv=2).shape == (2,)


def test_cnn_says_what_it_chose(fitted):
    assert fitted.recipe_["widths"] == (4, 4)
    assert fitted.recipe_["n_epochs"] == fitted.n_iter_ == 4
    assert fitted.recipe_["batch_size"] == 30
    assert fitted.device_ == "cpu"
    assert fitted.provider_ == "CPUExecutionProvider"


def test_cnn_learning_curves_tell_of_every_epoch(fitted):
    assert set(fitted.learning_curves_) == {"loss", "accuracy", "learning_rate", "seconds"}
    for figures in fitted.learning_curves_.values():
        assert len(figures) == 4
        assert all(type(figure) is float for figure in figures)
    assert fitted.learning_curves_["loss"][-1] < fitted.learning_curves_["loss"][0]
