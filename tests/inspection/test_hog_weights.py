"""Weights of HOG give the decision function, agree with weights by hand, and are drawn along the edges."""

import numpy as np
import pytest
from reference import hog_template as reference
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from classicvis import (
    BatchTransformer,
    ColorHistogramTransformer,
    HOGTransformer,
    ImageReader,
    LinearSVMClassifier,
    make_hog_svm,
)
from classicvis.inspection import hog_glyphs, hog_weight_template
from classicvis.pipelines import FeatureScaler, LeadingComponents

SETTINGS = {"pixels_per_cell": (4, 4), "cells_per_block": (2, 2)}
CLASSES = np.array(["cat", "dog", "eel"])


@pytest.fixture(scope="module")
def images():
    """Grey images of float64, so that features are too, with three classes that have edges of their own."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.uniform(size=(60, 16, 20))
    X[y == 1, ::4] += 1
    X[y == 2, :, ::4] += 1
    return X, CLASSES[y]


def decision_from_template(pipeline, X, target, hog_of):
    """Return intercept and the sum of weights times features, one by one."""
    template = hog_weight_template(pipeline, target)
    scores = np.full(len(X), template.intercept)
    for scale, features in zip(template.scales, hog_of(pipeline, X), strict=True):
        for i, row in enumerate(features):
            scores[i] += sum(w * v for w, v in zip(scale.weights.ravel(), row, strict=True))
    return scores


def first_step(pipeline, X):
    return [pipeline[0].transform(X)]


LINEAR_STEPS = [
    [],
    ["passthrough", StandardScaler()],
    [StandardScaler(with_mean=False)],
    [FeatureScaler(copy=False), StandardScaler(copy=False)],
    [MinMaxScaler(feature_range=(-1, 1)), RobustScaler(), MaxAbsScaler()],
    [StandardScaler(), PCA(10, whiten=True, random_state=0)],
    [LeadingComponents(12, random_state=0), StandardScaler()],
    [SelectKBest(k=40), TruncatedSVD(8, random_state=0)],
]


@pytest.mark.parametrize("steps", LINEAR_STEPS, ids=str)
def test_hog_weights_give_the_decision_function(images, steps):
    X, y = images
    pipeline = make_pipeline(HOGTransformer(**SETTINGS), *steps, LinearSVC(C=0.1, random_state=0)).fit(X, y)
    for code, target in enumerate(CLASSES):
        np.testing.assert_allclose(
            decision_from_template(pipeline, X[:6], target, first_step),
            pipeline.decision_function(X[:6])[:, code],
            rtol=1e-8,
            atol=1e-8,
        )


@pytest.mark.parametrize("with_pca", [False, True])
def test_hog_weights_are_those_that_come_out_by_hand(images, with_pca):
    X, y = images
    pca = PCA(15, random_state=0)
    steps = [StandardScaler(), *([pca] if with_pca else []), LogisticRegression()]
    pipeline = make_pipeline(HOGTransformer(**SETTINGS), *steps).fit(X, y)
    logistic = pipeline[-1]
    for code, target in enumerate(CLASSES):
        template = hog_weight_template(pipeline, target)
        weights, intercept = reference.unscale(
            logistic.coef_[code], logistic.intercept_[code], pipeline[1], pipeline[2] if with_pca else None
        )
        (scale,) = template.scales
        assert template.target == target
        assert scale.name == "hogtransformer"
        assert scale.weights.shape == (3, 4, 2, 2, 9)
        assert scale.image_size == (16, 20)
        assert scale.pixels_per_cell == (4, 4)
        np.testing.assert_allclose(scale.weights.ravel(), weights, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(template.intercept, intercept, rtol=1e-8)
        np.testing.assert_allclose(scale.positive, reference.fold(scale.weights, 1), atol=1e-12)
        np.testing.assert_allclose(scale.negative, reference.fold(scale.weights, -1), atol=1e-12)


def test_hog_cells_give_the_decision_function_where_blocks_are_cells(images):
    """With blocks of one cell, the decision function is a sum over cells and orientations of what is drawn."""
    X, y = images
    hog = HOGTransformer(pixels_per_cell=(4, 5), cells_per_block=(1, 1), block_norm="L2")
    pipeline = make_pipeline(hog, StandardScaler(), RidgeClassifier()).fit(X, y)
    template = hog_weight_template(pipeline, "dog")
    (scale,) = template.scales
    cells = pipeline[0].transform(X).reshape(len(X), *scale.positive.shape)
    scores = template.intercept + ((scale.positive - scale.negative) * cells).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(scores, pipeline.decision_function(X)[:, 1], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "classifier",
    [
        LinearSVMClassifier(random_state=0),
        SGDClassifier(random_state=0),
        SVC(kernel="linear"),
        CalibratedClassifierCV(LinearSVC(random_state=0), ensemble=False, cv=2),
    ],
    ids=lambda classifier: type(classifier).__name__,
)
def test_hog_weights_of_two_classes_are_of_either(images, classifier):
    X, y = images
    pipeline = make_pipeline(HOGTransformer(**SETTINGS), StandardScaler(), classifier).fit(X, y == "eel")
    inner = pipeline[-1]
    if isinstance(inner, CalibratedClassifierCV):
        inner = inner.calibrated_classifiers_[0].estimator
    decision = inner.decision_function(pipeline[:-1].transform(X[:6]))
    for target, sign in ((True, 1), (False, -1)):
        scores = decision_from_template(pipeline, X[:6], target, first_step)
        np.testing.assert_allclose(scores, sign * decision, rtol=1e-6, atol=1e-8)


def members(pipeline, X):
    return [hog.transform(X) for _, hog in pipeline["hog"].transformer_list]


def test_hog_weights_of_several_scales_stand_side_by_side(images):
    X, y = images
    pipeline = make_hog_svm(pixels_per_cell=(1 / 4, 1 / 2), random_state=0).fit(X, y)
    template = hog_weight_template(pipeline, "cat")
    assert [(scale.name, scale.pixels_per_cell) for scale in template.scales] == [("fine", (4, 4)), ("coarse", (8, 8))]
    np.testing.assert_allclose(
        decision_from_template(pipeline, X[:6], "cat", members),
        pipeline.decision_function(X[:6])[:, 0],
        rtol=1e-8,
        atol=1e-8,
    )


def test_hog_weights_go_through_unions_of_pipelines_with_factors(images):
    X, y = images
    scaled = Pipeline([("hog", HOGTransformer(**SETTINGS)), ("scaler", StandardScaler()), ("pca", PCA(9))])
    batches = BatchTransformer(HOGTransformer(pixels_per_cell=(8, 8), cells_per_block=(2, 2)), verbose=False)
    union = FeatureUnion(
        [("small", scaled), ("nothing", "drop"), ("large", batches)], transformer_weights={"small": 0.5, "large": 3}
    )
    pipeline = make_pipeline(union, LinearSVC(C=0.1, random_state=0)).fit(X, y)

    def hog_of(pipeline, X):
        (_, small), _, (_, large) = pipeline[0].transformer_list
        return [small[0].transform(X), large.transform(X)]

    assert [scale.name for scale in hog_weight_template(pipeline, "dog").scales] == ["small", "large"]
    np.testing.assert_allclose(
        decision_from_template(pipeline, X[:6], "dog", hog_of),
        pipeline.decision_function(X[:6])[:, 1],
        rtol=1e-8,
        atol=1e-8,
    )


def test_hog_weights_of_search_reader_and_rows(images):
    X, y = images
    rows = X.reshape(len(X), -1)
    pipeline = make_pipeline(HOGTransformer(**SETTINGS, image_shape=(16, 20)), LinearSVC(random_state=0))
    search = GridSearchCV(pipeline, {"linearsvc__C": [0.1]}, cv=2).fit(rows, y)
    expected = hog_weight_template(search.best_estimator_, "cat")
    np.testing.assert_array_equal(hog_weight_template(search, "cat").scales[0].weights, expected.scales[0].weights)
    reading = make_hog_svm(size=16, color="gray", pixels_per_cell=(4, 4), random_state=0)
    reading.fit([np.round(image * 100).astype(np.uint8) for image in X], y)
    assert isinstance(reading[0], ImageReader)
    assert hog_weight_template(reading, "cat").scales[0].positive.shape == (4, 4, 9)


def test_hog_weights_do_not_mind_named_columns(images):
    X, y = images
    pipeline = make_pipeline(HOGTransformer(**SETTINGS), StandardScaler(), LinearSVC(C=0.1, random_state=0))
    expected = hog_weight_template(pipeline.fit(X, y), "cat").scales[0].weights
    pipeline.set_output(transform="pandas").fit(X, y)
    np.testing.assert_allclose(hog_weight_template(pipeline, "cat").scales[0].weights, expected, rtol=1e-6, atol=1e-9)


class ByTemplate(ClassifierMixin, BaseEstimator):
    """Its decision function is the similarity to the first image."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.template_ = X[0]
        return self

    def decision_function(self, X):
        return X @ self.template_


VARIANTS = [
    {"variant": "skimage", "cells_per_block": (1, 1)},
    {"variant": "dalal-triggs", "cells_per_block": (2, 2)},
    {"variant": "uoctti"},
]


@pytest.mark.parametrize("settings", VARIANTS, ids=lambda settings: settings["variant"])
@pytest.mark.parametrize("degrees", [10, 30, 70, 90, 110, 150, 170])
def test_hog_glyphs_run_along_the_edges(settings, degrees):
    """Brightness rises in one direction: the strongest line of each cell runs at right angles to it."""
    rows, columns = np.mgrid[:24, :32]
    direction = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    ramp = columns * direction[0] + rows * direction[1]
    pipeline = make_pipeline(HOGTransformer(9, (8, 8), **settings), ByTemplate()).fit([ramp, ramp], [0, 1])
    (scale,) = hog_weight_template(pipeline, 1).scales
    assert not scale.negative.any()
    for row, column in ((1, 1), (1, 2)):
        strongest = np.zeros_like(scale.positive)
        k = scale.positive[row, column].argmax()
        strongest[row, column, k] = 1
        (((x0, y0), (x1, y1)),), _ = hog_glyphs(strongest, scale.pixels_per_cell, scale.angles)
        assert ((x0 + x1) / 2, (y0 + y1) / 2) == (8 * column + 3.5, 8 * row + 3.5)
        assert abs((x1 - x0) * direction[0] + (y1 - y0) * direction[1]) <= 7.2 * np.sin(np.deg2rad(10.01))


def test_hog_template_of_uoctti_sums_directions():
    rng = np.random.default_rng(0)
    X, y = rng.uniform(size=(30, 16, 16)), np.arange(30) % 2
    hog = HOGTransformer(6, (4, 4), variant="uoctti")
    pipeline = make_pipeline(hog, LogisticRegression()).fit(X, y)
    template = hog_weight_template(pipeline, 1)
    (scale,) = template.scales
    assert scale.weights.shape == (4, 4, 22)
    np.testing.assert_allclose(scale.weights.ravel(), pipeline[-1].coef_[0], atol=1e-10)
    for k in range(6):
        three = scale.weights[..., [k, k + 6, k + 12]]
        np.testing.assert_allclose(scale.positive[..., k], np.maximum(three, 0).sum(axis=-1))
        np.testing.assert_allclose(scale.negative[..., k], np.maximum(-three, 0).sum(axis=-1))
    np.testing.assert_allclose(scale.angles, np.arange(6) * np.pi / 6)


def test_hog_weights_of_images_that_were_padded():
    X, y = np.random.default_rng(0).uniform(size=(20, 5, 9)), np.arange(20) % 2
    pipeline = make_pipeline(HOGTransformer(), LinearSVC(random_state=0)).fit(X, y)
    (scale,) = hog_weight_template(pipeline, 1).scales
    assert scale.positive.shape == (3, 3, 9)
    assert scale.image_size == (24, 24)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([Normalizer(), LinearSVC()], "up to LinearSVC, are not linear"),
        ([SVC()], "up to SVC, are not linear"),
        ([SVC(kernel="linear")], "up to SVC, are not linear"),  # votes of pairs
        ([SVC(decision_function_shape="ovo"), "four"], r"decision_function of SVC has the shape .* 4 classes"),
        ([ExtraTreesClassifier(2)], "ExtraTreesClassifier has no decision_function"),
    ],
)
def test_hog_weights_where_there_are_none_are_an_error(images, steps, message):
    X, y = images
    if steps[-1] == "four":
        steps, y = steps[:-1], np.arange(60) % 4
    pipeline = make_pipeline(HOGTransformer(**SETTINGS), *steps).fit(X, y)
    with pytest.raises(ValueError, match=message):
        hog_weight_template(pipeline, y[0])


@pytest.mark.parametrize("kernel", ["rbf", "intersection", "chi2"])
def test_hog_weights_before_a_kernel_are_an_error(images, kernel):
    X, y = images
    pipeline = make_hog_svm(kernel=kernel, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=r"not linear in its features, .* or use occlusion_map"):
        hog_weight_template(pipeline, "cat")


def test_hog_weights_of_what_has_no_hog_are_an_error(images):
    X, y = images
    rows = X.reshape(len(X), -1)
    with pytest.raises(ValueError, match="A LinearSVC was given, but"):
        hog_weight_template(LinearSVC(random_state=0).fit(rows, y), "cat")
    with pytest.raises(ValueError, match="The pipeline has no HOGTransformer"):
        hog_weight_template(make_pipeline(StandardScaler(), LinearSVC(random_state=0)).fit(rows, y), "cat")
    images = np.random.default_rng(0).uniform(size=(12, 16, 16, 3))
    union = FeatureUnion([("hog", HOGTransformer(**SETTINGS)), ("color", ColorHistogramTransformer())])
    mixed = make_pipeline(union, LinearSVC(random_state=0)).fit(images, np.arange(12) % 2)
    with pytest.raises(ValueError, match="The FeatureUnion has 'color' beside HOG"):
        hog_weight_template(mixed, 1)


def test_hog_weights_of_a_search_that_is_not_linear_are_an_error(images):
    X, y = images
    search = GridSearchCV(make_pipeline(HOGTransformer(**SETTINGS), SVC()), {"svc__C": [1]}, cv=2).fit(X, y)
    with pytest.raises(ValueError, match="up to SVC, are not linear"):
        hog_weight_template(search, "cat")


def test_hog_weights_of_an_unknown_class_are_an_error(images):
    X, y = images
    pipeline = make_hog_svm(random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="target is 'fox', but must be one of the classes: 'cat', 'dog', 'eel'"):
        hog_weight_template(pipeline, "fox")


def test_hog_glyphs_come_in_order_of_strength_and_only_where_there_is_some():
    cells = np.random.default_rng(0).uniform(size=(3, 4, 5))
    cells[0] = 0
    segments, strengths = hog_glyphs(cells, (6, 10))
    assert segments.shape == (40, 2, 2)
    np.testing.assert_array_equal(strengths, np.sort(cells[1:], axis=None))
    lengths = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1)
    np.testing.assert_allclose(lengths, 0.9 * 6)
    centres = segments.mean(axis=1)
    np.testing.assert_allclose(np.unique(centres[:, 0]), [4.5, 14.5, 24.5, 34.5])
    np.testing.assert_allclose(np.unique(centres[:, 1].round(6)), [8.5, 14.5])


@pytest.mark.parametrize(
    ("cells", "angles", "message"),
    [
        (np.ones((2, 2)), None, r"cells has the shape \(2, 2\)"),
        (np.ones((2, 2, 3)), [0, 1], r"angles has the shape \(2,\), but cells has 3 orientations"),
        (-np.ones((2, 2, 3)), None, "below 0 or not finite"),
        (np.full((2, 2, 3), np.inf), None, "below 0 or not finite"),
    ],
)
def test_hog_glyphs_say_what_is_wrong(cells, angles, message):
    with pytest.raises(ValueError, match=message):
        hog_glyphs(cells, (8, 8), angles)
