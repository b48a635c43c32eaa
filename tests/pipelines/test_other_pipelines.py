"""The ready-made pipelines beside HOG's: what they are made of, what they take, and that they learn."""

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from classicvis import (
    load_fashion_sample,
    make_best_classical,
    make_bovw_svm,
    make_fisher_svm,
    make_lbp_forest,
    make_patches_svm,
    make_vlad_svm,
)

# Of each: a smaller version of itself, a setting for a grid search, and what it reaches on 300 images.
PIPELINES = {
    make_vlad_svm: ({"n_words": 4, "step": 4}, {"sift__encoder__n_words": [2, 4]}, 0.75),
    make_fisher_svm: ({"n_components": 4, "step": 4}, {"sift__encoder__n_components": [2, 4]}, 0.75),
    make_bovw_svm: ({"n_words": 50, "step": 4}, {"sift__encoder__assignment": ["hard", "soft"]}, 0.65),
    make_patches_svm: ({"n_components": 16}, {"patches__encoder": ["triangle", "soft_threshold"]}, 0.65),
    make_best_classical: (
        {"step": 4, "n_components": 4, "n_atoms": 16},
        {
            "features__transformer_weights": [{"patches": 0.5}, {"patches": 2}],
            "features__patches__codes__patch_size": [5],
        },
        0.75,
    ),
    make_lbp_forest: ({"n_estimators": 30}, {"lbp__circles": [((8, 1),), ((8, 2),)]}, 0.6),
}

SVM_PIPELINES = [make_vlad_svm, make_fisher_svm, make_bovw_svm, make_patches_svm]
WITH_SVM = [make for make in PIPELINES if make is not make_lbp_forest]


@pytest.fixture(scope="module")
def sample():
    sample = load_fashion_sample()
    return sample.X_train[:300], sample.y_train[:300], sample.X_test[:200], sample.y_test[:200]


@pytest.mark.parametrize("make", PIPELINES)
def test_pipeline_learns(sample, make):
    X, y, X_test, y_test = sample
    settings, _, least = PIPELINES[make]
    pipeline = make(random_state=0, **settings)
    assert type(pipeline) is Pipeline
    assert clone(pipeline).fit(X, y).score(X_test, y_test) > least
    assert make(random_state=0, **settings).fit(X, y).score(X_test, y_test) > least


@pytest.mark.parametrize("kernel", ["rbf", "intersection", "chi2"])
@pytest.mark.parametrize("make", SVM_PIPELINES)
def test_pipeline_learns_with_every_kernel(sample, make, kernel):
    X, y, X_test, y_test = sample
    settings = PIPELINES[make][0] | {"C": None, "kernel": kernel}
    pipeline = make(random_state=0, **settings).fit(X, y)
    assert pipeline.steps[-2][0] == ("pca" if kernel == "rbf" else "map")
    assert pipeline.score(X_test, y_test) > 0.65


@pytest.mark.parametrize("make", SVM_PIPELINES)
def test_another_kernel_raises(make):
    with pytest.raises(
        ValueError, match="kernel is 'poly', but must be one of 'linear', 'rbf', 'intersection', 'chi2'"
    ):
        make(kernel="poly")


@pytest.mark.parametrize("make", PIPELINES)
def test_pipeline_is_the_same_on_flat_rows_and_in_threads(sample, make):
    X, y, X_test, _ = sample
    settings = PIPELINES[make][0] | {"random_state": 0}
    predicted = make(**settings).fit(X, y).predict(X_test)
    flat = make(**settings, image_shape=(28, 28), n_jobs=2).fit(X.reshape(len(X), -1), y)
    assert np.mean(flat.predict(X_test.reshape(len(X_test), -1)) == predicted) > 0.99  # sums of BLAS may differ


@pytest.mark.parametrize("make", PIPELINES)
def test_pipeline_with_a_size_takes_paths(sample, make, tmp_path):
    X, y, _, _ = sample
    paths = []
    for i, image in enumerate(X[:40]):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(image).resize((30 + i % 3, 28)).save(paths[-1])
    pipeline = make(size=24, random_state=0, **PIPELINES[make][0])
    assert pipeline.steps[0][0] == "reader"
    assert pipeline.fit(paths, y[:40]).predict(paths).shape == (40,)


@pytest.mark.parametrize("make", PIPELINES)
def test_grid_search_reaches_the_settings(sample, make):
    X, y, _, _ = sample
    settings, grid, _ = PIPELINES[make]
    search = GridSearchCV(make(random_state=0, **settings), grid, cv=2, error_score="raise").fit(X[:100], y[:100])
    assert set(search.best_params_) == set(grid)


@pytest.mark.parametrize("make", WITH_SVM)
def test_probability_calibrates(sample, make):
    X, y, X_test, _ = sample
    pipeline = make(probability=True, random_state=0, **PIPELINES[make][0]).fit(X, y)
    np.testing.assert_allclose(pipeline.predict_proba(X_test).sum(axis=1), 1)


@pytest.mark.parametrize("make", WITH_SVM)
def test_mirror_gives_mirror_images_the_same_decision(sample, make):
    X, y, X_test, _ = sample
    pipeline = make(mirror=True, random_state=0, **PIPELINES[make][0]).fit(X[:100], y[:100])
    decision = pipeline.decision_function(X_test)
    np.testing.assert_allclose(pipeline.decision_function(X_test[:, :, ::-1]), decision, rtol=0, atol=1e-3)


@pytest.mark.parametrize("make", [make_vlad_svm, make_fisher_svm, make_bovw_svm])
def test_images_may_differ_in_size(sample, make):
    X, y, _, _ = sample
    images = [image[: 20 + i % 5] for i, image in enumerate(X[:60])]
    assert make(random_state=0, **PIPELINES[make][0]).fit(images, y[:60]).predict(images).shape == (60,)


def test_forest_refuses_another_kind():
    with pytest.raises(ValueError, match="kind is 'oak', but must be 'extra', 'random' or 'boosting'"):
        make_lbp_forest(kind="oak")
