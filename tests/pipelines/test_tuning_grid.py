"""The grid that is tried by default: that it lies around what a pipeline has, and that everything in it fits."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import SVC, SVR

from classicvis import (
    ColorHistogramTransformer,
    HOGTransformer,
    load_fashion_sample,
    make_bovw_svm,
    make_fisher_svm,
    make_hog_forest,
    make_hog_svm,
    make_lbp_forest,
    make_patches_svm,
    make_vlad_svm,
)
from classicvis.pipelines import tuning_grid

PIPELINES = {
    "hog-svm": make_hog_svm(),
    "hog-rbf": make_hog_svm(kernel="rbf"),
    "hog-forest": make_hog_forest(n_estimators=2),
    "vlad-svm": make_vlad_svm(n_words=2, step=4),
    "fisher-svm": make_fisher_svm(n_components=2, step=4),
    "bovw-svm": make_bovw_svm(n_words=4, step=4),
    "patches-svm": make_patches_svm(n_components=4),
    "lbp-forest": make_lbp_forest(n_estimators=2),
    "colour": make_pipeline(ColorHistogramTransformer(), LogisticRegression()),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_every_value_of_the_grid_fits(name):
    sample = load_fashion_sample()
    pipeline = PIPELINES[name]
    grid = tuning_grid(pipeline)
    assert 6 <= len(ParameterGrid(grid)) <= 100
    assert set(grid) <= set(pipeline.get_params())
    features = pipeline[:-1]
    for parameter, values in grid.items():
        assert len(values) == len({str(value) for value in values}) > 1
        for value in values:
            features.set_params(**{parameter: value}).fit(
                sample.X_train[:20]
            ) if parameter in features.get_params() else 0


@pytest.mark.parametrize("name", ["hog-svm", "vlad-svm", "fisher-svm", "bovw-svm", "patches-svm", "hog-rbf"])
def test_the_grid_lies_around_what_there_is(name):
    pipeline = PIPELINES[name]
    for parameter, values in tuning_grid(pipeline).items():
        assert pipeline.get_params()[parameter] in values


def test_the_grid_follows_the_settings():
    assert tuning_grid(make_vlad_svm(n_words=100))["sift__encoder__n_words"] == [50, 100, 200]
    np.testing.assert_allclose(tuning_grid(make_vlad_svm(C=0.1))["svm__C"][3], 0.1)
    assert tuning_grid(HOGTransformer(pixels_per_cell=(8, 8))) == {"pixels_per_cell": [(6, 6), (8, 8), (12, 12)]}
    assert tuning_grid(HOGTransformer(pixels_per_cell=1.0))["pixels_per_cell"] == [0.75, 1.0]
    assert tuning_grid(HOGTransformer(pixels_per_cell=(2, 2)))["pixels_per_cell"] == [(2, 2), (3, 3)]


def test_parts_of_parts_are_reached():
    union = make_union(HOGTransformer(), ColorHistogramTransformer())
    assert set(tuning_grid(make_pipeline(union, CalibratedClassifierCV(SVC())))) == {
        "featureunion__hogtransformer__pixels_per_cell",
        "featureunion__colorhistogramtransformer__grid",
        "calibratedclassifiercv__estimator__C",
    }
    assert list(tuning_grid(make_hog_svm(probability=True)))[-1] == "svm__estimator__C"


def test_features_come_before_the_classifier():
    assert [name.partition("__")[0] for name in tuning_grid(make_vlad_svm())] == ["sift", "sift", "svm"]


def test_what_there_is_no_rule_for_has_no_grid():
    assert tuning_grid(SVR()) == {}
    assert tuning_grid(LogisticRegressionCV()) == {}
    assert set(tuning_grid(HistGradientBoostingClassifier())) == {"learning_rate", "max_leaf_nodes"}
