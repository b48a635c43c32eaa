"""The ready-made HOG pipelines: what they are made of, what they take, and that they learn."""

import numpy as np
import pytest
from PIL import Image
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline

from classicvis import HOGTransformer, load_fashion_sample, make_hog_forest, make_hog_svm
from classicvis.benchmark import expected_calibration_error


@pytest.fixture(scope="module")
def sample():
    sample = load_fashion_sample()
    return sample.X_train[:600], sample.y_train[:600], sample.X_test[:300], sample.y_test[:300]


@pytest.mark.parametrize(
    ("make", "settings", "least"),
    [
        (make_hog_svm, {}, 0.75),
        (make_hog_svm, {"kernel": "rbf"}, 0.75),
        (make_hog_svm, {"kernel": "intersection"}, 0.75),
        (make_hog_svm, {"kernel": "chi2"}, 0.75),
        (make_hog_forest, {"n_estimators": 50}, 0.7),
        (make_hog_forest, {"n_estimators": 50, "kind": "random"}, 0.7),
        (make_hog_forest, {"n_estimators": 10, "kind": "boosting"}, 0.7),
    ],
)
def test_pipeline_learns(sample, make, settings, least):
    X, y, X_test, y_test = sample
    pipeline = make(random_state=0, **settings)
    assert type(pipeline) is Pipeline
    assert pipeline.fit(X, y).score(X_test, y_test) > least


def test_default_cells_fit_the_image_size(sample):
    X, y, _, _ = sample
    hog = make_hog_svm().fit(X[:50], y[:50]).named_steps["hog"]
    cells = [transformer.pixels_per_cell_ for _, transformer in hog.transformer_list]
    assert cells == [(4, 4), (7, 7)]


def test_single_cell_size_needs_no_union():
    for cell in ((4, 4), 1 / 8):
        assert isinstance(make_hog_svm(pixels_per_cell=cell).named_steps["hog"], HOGTransformer)


@pytest.mark.parametrize("probability", [True, "sigmoid", "temperature"])
@pytest.mark.parametrize(
    ("make", "settings"), [(make_hog_svm, {}), (make_hog_forest, {"n_estimators": 30, "kind": "extra"})]
)
def test_probability_calibrates(sample, make, settings, probability):
    X, y, X_test, y_test = sample
    pipeline = make(probability=probability, random_state=0, **settings).fit(X, y)
    probabilities = pipeline.predict_proba(X_test)
    assert probabilities.shape == (len(X_test), 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    assert expected_calibration_error(y_test, probabilities) < 0.12


def test_probability_improves_on_a_forest(sample):
    X, y, X_test, y_test = sample
    errors = [
        expected_calibration_error(
            y_test,
            make_hog_forest(n_estimators=50, probability=probability, random_state=0).fit(X, y).predict_proba(X_test),
        )
        for probability in (False, "sigmoid", "temperature")
    ]
    assert errors[0] > 2 * max(errors[1:])


def test_temperature_changes_no_prediction(sample):
    X, y, X_test, _ = sample
    plain, calibrated = (make_hog_svm(probability=p, random_state=0).fit(X, y) for p in (False, "temperature"))
    np.testing.assert_array_equal(plain.predict(X_test), calibrated.predict(X_test))


def test_temperature_says_what_it_needs(monkeypatch):
    monkeypatch.setattr("sklearn.__version__", "1.7.2")
    with pytest.raises(ValueError, match=r"needs scikit-learn 1\.8, but 1\.7\.2 is installed: upgrade it, or"):
        make_hog_svm(probability="temperature")


def test_numbers_of_trees():
    assert [make_hog_forest(kind=kind)["forest"].n_estimators for kind in ("extra", "random")] == [300, 300]
    assert make_hog_forest(kind="boosting")["forest"].max_iter == 100
    assert make_hog_forest(kind="boosting", n_estimators=7)["forest"].max_iter == 7
    assert list(make_hog_forest(kind="boosting").named_steps) == ["hog", "pca", "forest"]


@pytest.mark.parametrize("kernel", ["linear", "rbf", "intersection", "chi2"])
def test_grid_search_reaches_the_settings(sample, kernel):
    X, y, _, _ = sample
    search = GridSearchCV(
        make_hog_svm(kernel=kernel, random_state=0), {"svm__C": [0.01, 1], "hog__fine__orientations": [4, 9]}, cv=2
    )
    assert set(search.fit(X[:200], y[:200]).best_params_) == {"svm__C", "hog__fine__orientations"}


def test_flat_rows_and_images_agree(sample):
    X, y, X_test, _ = sample
    flat = make_hog_svm(image_shape=(28, 28), random_state=0).fit(X.reshape(len(X), -1), y)
    images = make_hog_svm(random_state=0).fit(X, y)
    np.testing.assert_array_equal(flat.predict(X_test.reshape(len(X_test), -1)), images.predict(X_test))


def test_size_takes_paths_of_varying_images(sample, tmp_path):
    X, y, _, _ = sample
    paths = []
    for i, image in enumerate(X[:60]):
        path = tmp_path / f"{i}.png"
        Image.fromarray(image).resize((28 + i % 5, 30)).save(path)
        paths.append(path)
    scores = cross_val_score(make_hog_svm(size=32, random_state=0), np.array(paths, dtype=object), y[:60], cv=2)
    assert (scores > 0.3).all()


@pytest.mark.parametrize(
    ("kernel", "grid"),
    [
        ("rbf", {"svm__gamma": [0.02, "scale"], "pca__n_components": [50, 100]}),
        ("intersection", {"map__n_bins": [2, 6]}),
    ],
)
def test_grid_search_reaches_the_kernel(sample, kernel, grid):
    X, y, _, _ = sample
    search = GridSearchCV(make_hog_svm(kernel=kernel, random_state=0), grid, cv=2, error_score="raise")
    assert set(search.fit(X[:200], y[:200]).best_params_) == set(grid)


def test_rbf_works_with_few_images(sample):
    X, y, _, _ = sample
    assert make_hog_svm(kernel="rbf", random_state=0).fit(X[:20], y[:20]).predict(X[:5]).shape == (5,)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (
            make_hog_svm,
            {"kernel": "poly"},
            "kernel is 'poly', but must be one of 'linear', 'rbf', 'intersection', 'chi2'",
        ),
        (make_hog_forest, {"kind": "oak"}, "kind is 'oak', but must be 'extra', 'random' or 'boosting'"),
        (make_hog_svm, {"probability": "isotonic"}, "probability is 'isotonic', but must be False, True, 'sigmoid' or"),
    ],
)
def test_unknown_choice_raises(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make(**settings)
