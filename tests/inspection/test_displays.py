"""Displays draw what the functions compute, on axes of their own or on those given, in scikit-learn's manner."""

import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from classicvis import CNNClassifier, load_fashion_sample, make_hog_svm
from classicvis.inspection import (
    ClassActivationDisplay,
    HOGWeightsDisplay,
    LearningCurvesDisplay,
    OcclusionDisplay,
    class_activation_map,
    hog_glyphs,
    hog_weight_template,
    occlusion_map,
)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def pipeline():
    """HOG on two scales and a linear classifier of four classes of clothes, with names as labels."""
    sample = load_fashion_sample()
    rows = np.flatnonzero(sample.y_train < 4)[:200]
    return make_hog_svm(random_state=0).fit(sample.X_train[rows], sample.class_names[sample.y_train[rows]])


def maps_drawn(display):
    return [ax.images[1].get_array() for ax in display.axes_]


def test_class_activation_display_draws_the_maps(digits, network):
    X, _ = digits
    display = ClassActivationDisplay.from_estimator(network, X[:7])
    assert isinstance(display.figure_, plt.Figure)
    assert [ax.get_title() for ax in display.axes_] == network.predict(X[:7]).tolist()
    np.testing.assert_array_equal(maps_drawn(display), class_activation_map(network, X[:7], upsample=True))
    assert display.colorbar_.ax.get_ylabel() == "contribution to the logit"
    display.figure_.canvas.draw()


def test_class_activation_display_shares_one_scale_around_zero(digits, network):
    X, _ = digits
    display = ClassActivationDisplay.from_estimator(network, X[:3], target="two", alpha=0.5)
    largest = np.abs(display.maps).max()
    for ax, one in zip(display.axes_, display.maps, strict=True):
        overlay = ax.images[1]
        assert (overlay.norm.vmin, overlay.norm.vmax) == (-largest, largest)
        np.testing.assert_allclose(overlay.get_alpha(), 0.5 * np.abs(one) / largest)
    assert [ax.get_title() for ax in display.axes_] == ["two"] * 3


def test_class_activation_display_of_a_pipeline_draws_on_given_axes(digits, network):
    X, _ = digits
    figure, axes = plt.subplots(2, 2)
    through = make_pipeline(FunctionTransformer(np.asarray), network)
    display = ClassActivationDisplay.from_estimator(through, X[:4], target=["one", "two", "null", "one"], axes=axes)
    assert display.figure_ is figure
    assert list(display.axes_) == list(axes.flat)
    again = display.plot(cmap="PiYG")
    assert again is display
    assert display.figure_ is not figure


def test_class_activation_display_of_maps_that_are_all_zero():
    display = ClassActivationDisplay(np.ones((2, 4, 4, 3)), np.zeros((2, 4, 4)), np.array([1, 2])).plot()
    display.figure_.canvas.draw()
    assert len(display.axes_) == 2


def test_occlusion_display_draws_the_maps(pipeline):
    X = load_fashion_sample().X_test[:2]
    display = OcclusionDisplay.from_estimator(pipeline, X, patch_size=14, stride=7)
    assert [ax.get_title() for ax in display.axes_] == pipeline.predict(X).tolist()
    np.testing.assert_array_equal(maps_drawn(display), occlusion_map(pipeline, X, patch_size=14, stride=7))
    assert display.colorbar_.ax.get_ylabel() == "drop of the decision function"
    display.figure_.canvas.draw()


def test_occlusion_display_of_a_network_in_colour_is_of_probabilities():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 255, size=(20, 9, 12, 3)).astype(np.uint8), np.arange(20) % 2
    network = CNNClassifier(widths=(4, 4), max_iter=1, n_threads=1, random_state=0).fit(X, y)
    display = OcclusionDisplay.from_estimator(network, X[:2], target=1, verbose=False)
    assert display.maps.shape == (2, 9, 12)
    assert display.images.shape == (2, 9, 12, 3)
    assert display.targets.tolist() == [1, 1]
    assert display.colorbar_.ax.get_ylabel() == "drop of the probability"


def test_hog_weights_display_draws_the_glyphs(pipeline):
    display = HOGWeightsDisplay.from_estimator(pipeline, target=["Dress", "Trouser"], linewidth=2)
    assert display.axes_.shape == (4, 2)
    assert [ax.get_title() for ax in display.axes_[0]] == ["Dress", "Trouser"]
    assert [ax.get_ylabel() for ax in display.axes_[:, 0]] == [
        "fine: for",
        "fine: against",
        "coarse: for",
        "coarse: against",
    ]
    for column, target in enumerate(["Dress", "Trouser"]):
        fine, coarse = hog_weight_template(pipeline, target).scales
        for row, (scale, cells) in enumerate(
            [(fine, fine.positive), (fine, fine.negative), (coarse, coarse.positive), (coarse, coarse.negative)]
        ):
            (lines,) = display.axes_[row, column].collections
            segments, strengths = hog_glyphs(cells, scale.pixels_per_cell, scale.angles)
            np.testing.assert_array_equal(lines.get_segments(), segments)
            np.testing.assert_array_equal(lines.get_array(), strengths)
            assert lines.get_linewidths() == [2]
    limits = [ax.collections[0].get_clim() for ax in display.axes_[:2].flat]
    assert len(set(limits)) == 1
    assert limits[0][0] == 0
    display.figure_.canvas.draw()


def test_hog_weights_display_has_all_classes_by_default(pipeline):
    assert HOGWeightsDisplay.from_estimator(pipeline).axes_.shape == (4, 4)
    figure, axes = plt.subplots(4)
    display = HOGWeightsDisplay.from_estimator(pipeline, target="Dress", axes=axes)
    assert display.axes_.shape == (4, 1)
    assert display.figure_ is figure


class WithCurves:
    """Stands for a fitted network."""

    def __init__(self, **curves):
        self.learning_curves_ = curves


def test_learning_curves_display_draws_training_and_validation():
    curves = {"loss": [2.0, 1.0, 0.5], "accuracy": [0.1, 0.5, 0.7], "validation_loss": [2.1, 1.2, 0.9]}
    display = LearningCurvesDisplay.from_estimator(WithCurves(**curves))
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "accuracy"]
    assert set(display.lines_) == set(curves)
    for name, line in display.lines_.items():
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), curves[name])
    assert [text.get_text() for text in display.axes_[0].get_legend().get_texts()] == ["training", "validation"]
    display.figure_.canvas.draw()


def test_learning_curves_display_of_a_network(digits):
    X, y = digits
    network = CNNClassifier(widths=(4, 4), max_iter=2, early_stopping=True, n_threads=1, random_state=0)
    figure, ax = plt.subplots()
    display = LearningCurvesDisplay.from_estimator(make_pipeline(network).fit(X, y), names=["accuracy"], axes=ax)
    assert display.figure_ is figure
    assert set(display.lines_) == {"accuracy", "validation_accuracy"}
    search = GridSearchCV(network, {"widths": [(4, 4)]}, cv=2).fit(X, y)
    assert set(LearningCurvesDisplay.from_estimator(search).lines_) > {"loss", "accuracy"}
    shown = LearningCurvesDisplay.from_estimator(network, names=["learning_rate", "seconds", "loss"])
    assert [ax.get_ylabel() for ax in shown.axes_] == ["learning rate", "seconds", "loss"]


def test_learning_curves_display_says_what_is_wrong():
    with pytest.raises(ValueError, match="CNNClassifier has no learning_curves_: give a fitted CNNClassifier"):
        LearningCurvesDisplay.from_estimator(CNNClassifier())
    with pytest.raises(ValueError, match="names holds 'error', but the curves are 'loss'"):
        LearningCurvesDisplay.from_estimator(WithCurves(loss=[1.0]), names=np.array(["error"]))


def test_displays_want_as_many_axes_as_they_draw_on(digits, network, pipeline):
    _, axes = plt.subplots(3)
    with pytest.raises(ValueError, match="axes has 3 axes, but 1 rows of 2 are drawn"):
        ClassActivationDisplay.from_estimator(network, digits[0][:2], axes=axes)
    with pytest.raises(ValueError, match="axes has 3 axes, but 4 rows of 4 are drawn"):
        HOGWeightsDisplay.from_estimator(pipeline, axes=axes)


def test_displays_without_matplotlib_name_the_extra(digits, network, pipeline, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    X, _ = digits
    for draw in (
        lambda: ClassActivationDisplay.from_estimator(network, X),
        lambda: OcclusionDisplay.from_estimator(network, X),
        lambda: HOGWeightsDisplay.from_estimator(pipeline),
        lambda: LearningCurvesDisplay.from_estimator(network),
    ):
        with pytest.raises(ImportError, match=r"Drawing a display needs 'matplotlib': run .*classicvis\[plot\]"):
            draw()
