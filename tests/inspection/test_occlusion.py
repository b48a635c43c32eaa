"""Occlusion maps are those of a slow twin, for classifiers of all kinds and images of all shapes."""

import io

import numpy as np
import pandas as pd
import pytest
import tqdm
from PIL import Image
from reference import occlusion as reference
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from classicvis import HOGTransformer, make_hog_svm
from classicvis.inspection import class_activation_map, occlusion_map


def flatten(images):
    return images.reshape(len(images), -1)


def fit_forest(X, y):
    return make_pipeline(FunctionTransformer(flatten), ExtraTreesClassifier(5, random_state=0)).fit(X, y)


def random_images(shape, dtype=np.uint8, n_images=24, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 256, size=(n_images, *shape))
    return (X / 255 if np.dtype(dtype).kind == "f" else X).astype(dtype), np.array(["a", "b", "c"])[
        rng.permutation(n_images) % 3
    ]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize(
    ("shape", "patch", "stride"),
    [((9, 7), 3, 2), ((6, 8, 3), (2, 5), (2, 3)), ((5, 6, 1), (5, 1), 1), ((4, 5, 4), 9, 4), ((7, 7), 1, 1)],
)
def test_occlusion_map_is_that_of_the_slow_twin(shape, patch, stride, dtype):
    X, y = random_images(shape, dtype)
    forest = fit_forest(X, y)
    maps = occlusion_map(forest, X[:4], target="b", patch_size=patch, stride=stride, batch_size=7)
    patch = np.minimum(np.broadcast_to(patch, 2), shape[:2])
    for one, image in zip(maps, X.reshape(len(X), *shape[:2], -1), strict=False):
        mean = image.mean(axis=(0, 1), dtype=np.float64)
        expected = reference.occlusion_map(
            lambda hidden: forest.predict_proba(hidden.reshape(1, *shape))[0, 1],
            image,
            patch,
            np.broadcast_to(stride, 2),
            mean.round() if dtype == np.uint8 else mean,
        )
        np.testing.assert_allclose(one, expected, atol=1e-12)


def test_occlusion_map_of_a_linear_classifier_is_what_the_pixels_contribute():
    """Without a pixel, a linear decision function drops by the weight times the difference to the filling."""
    X, y = random_images((5, 6), np.float64)
    linear = LogisticRegression(C=0.1).fit(flatten(X), y)
    maps = occlusion_map(
        linear,
        flatten(X),
        target="c",
        patch_size=1,
        fill=0.25,
        response_method="decision_function",
        image_shape=(5, 6),
    )
    np.testing.assert_allclose(flatten(maps), linear.coef_[2] * (flatten(X) - 0.25), atol=1e-12)


def test_occlusion_map_is_for_the_highest_score_by_default():
    X, y = random_images((6, 6))
    forest = fit_forest(X, y)
    expected = occlusion_map(forest, X, target=forest.predict(X), patch_size=2)
    np.testing.assert_array_equal(occlusion_map(forest, X, patch_size=2), expected)


def test_occlusion_map_of_the_first_of_two_classes_is_the_negative_of_the_second():
    X, y = random_images((6, 6))
    ridge = RidgeClassifier().fit(flatten(X), y == "a")
    assert not hasattr(ridge, "predict_proba")
    first, second = (occlusion_map(ridge, flatten(X), target=label) for label in (False, True))
    assert np.abs(first).max() > 0.01
    np.testing.assert_allclose(first, -second)


def test_occlusion_map_does_not_depend_on_batches():
    X, y = random_images((6, 7))
    forest = fit_forest(X, y)
    expected = occlusion_map(forest, X)
    assert expected.shape == (24, 6, 7)
    for batch_size in (1, 5, 10_000):
        np.testing.assert_array_equal(occlusion_map(forest, X, batch_size=batch_size), expected)


def test_occlusion_map_leaves_images_as_they_are():
    X, y = random_images((6, 7))
    before = X.copy()
    occlusion_map(fit_forest(X, y), X)
    np.testing.assert_array_equal(X, before)


def test_occlusion_map_takes_rows_for_images_of_the_shape_in_fit():
    X, y = random_images((16, 24))
    settings = {"pixels_per_cell": (4, 4), "probability": False, "random_state": 0}
    of_images = make_hog_svm(**settings).fit(X, y)
    of_rows = make_hog_svm(**settings, image_shape=(16, 24)).fit(flatten(X), y)
    several = make_hog_svm(pixels_per_cell=(0.2, 0.4), image_shape=(16, 24), random_state=0).fit(flatten(X), y)
    search = GridSearchCV(of_rows, {"svm__C": [0.1]}, cv=2).fit(flatten(X), y)
    expected = occlusion_map(of_images, X[:3])
    np.testing.assert_array_equal(occlusion_map(of_rows, flatten(X[:3])), expected)
    np.testing.assert_array_equal(occlusion_map(of_rows, flatten(X[:3]), image_shape=(16, 24)), expected)
    assert occlusion_map(several, flatten(X[:3])).shape == (3, 16, 24)
    assert occlusion_map(search, flatten(X[:3]).tolist()).shape == (3, 16, 24)


def test_occlusion_map_keeps_the_names_of_columns():
    X, y = random_images((6, 6), np.float64)
    frame = pd.DataFrame(flatten(X), columns=[f"pixel{i}" for i in range(36)])
    linear = LogisticRegression()
    expected = occlusion_map(linear.fit(flatten(X), y), flatten(X))
    np.testing.assert_allclose(occlusion_map(linear.fit(frame, y), frame), expected, atol=1e-12)


def test_occlusion_map_reads_files_first(tmp_path):
    X, y = random_images((20, 30, 3))
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    pipeline = make_hog_svm(size=16, pixels_per_cell=(4, 4), random_state=0).fit(paths, y)
    maps = occlusion_map(pipeline, paths[:2], patch_size=8)
    assert maps.shape == (2, 16, 16)
    assert maps.any()
    resized = pipeline[0].transform(paths[:2])
    np.testing.assert_array_equal(occlusion_map(pipeline, resized, patch_size=8), maps)
    search = GridSearchCV(pipeline, {"svm__C": [0.02]}, cv=2).fit(paths, y)
    np.testing.assert_array_equal(occlusion_map(search, paths[:2], patch_size=8), maps)


def test_occlusion_map_of_paths_without_a_reader_asks_for_one(tmp_path):
    X, y = random_images((6, 6))
    with pytest.raises(
        ValueError, match=r"X holds paths or files, but images are wanted here: put ImageReader\(size=...\)"
    ):
        occlusion_map(fit_forest(X, y), [tmp_path / "1.png"])


def test_occlusion_map_takes_lists_of_pil_images():
    X, y = random_images((8, 9, 3))
    forest = fit_forest(X, y)
    np.testing.assert_array_equal(
        occlusion_map(forest, [Image.fromarray(image) for image in X[:2]]), occlusion_map(forest, X[:2])
    )


def test_occlusion_map_of_a_network_finds_what_class_activation_finds(digits, network):
    X, _ = digits
    maps = occlusion_map(network, X[:20], patch_size=3, stride=1, response_method="decision_function")
    activations = class_activation_map(network, X[:20])
    assert np.corrcoef(maps.ravel(), activations.ravel())[0, 1] > 0.1


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "verbose", "shows"), [(Terminal, True, True), (Terminal, False, False), (io.StringIO, True, False)]
)
def test_occlusion_map_shows_a_bar_on_terminals(monkeypatch, stream, verbose, shows):
    X, y = random_images((6, 7))
    stream = stream()
    bar = tqdm.tqdm
    monkeypatch.setattr(tqdm, "tqdm", lambda *args, **kwargs: bar(*args, file=stream, **kwargs))
    occlusion_map(fit_forest(X, y), X, verbose=verbose)
    assert ("Hiding patches: 100%" in stream.getvalue()) == shows


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patch_size": 0}, r"patch_size is 0, but must be an integer of at least 1"),
        ({"patch_size": (2, 2.5)}, r"patch_size is \(2, 2.5\)"),
        ({"patch_size": 2, "stride": 3}, r"stride is \(3, 3\), but the patch has 2 × 2 pixels"),
        ({"patch_size": (np.int64(2), np.float64(2.5))}, r"patch_size is \(2, 2.5\)"),
        ({"stride": "a"}, r"stride is 'a'"),
        ({"fill": "median"}, r"fill is 'median', but must be 'mean' or a finite pixel value"),
        ({"fill": np.nan}, r"fill is nan"),
        ({"fill": 300}, r"fill is 300, but must be a value that images of uint8 can hold"),
        ({"fill": 0.5}, r"fill is 0.5, but must be a value that images of uint8"),
        ({"fill": np.float64(0.5)}, r"fill is 0.5, but must be a value that images of uint8"),
        ({"fill": np.float64("inf")}, r"fill is inf, but"),
        ({"batch_size": np.float64(3)}, r"batch_size is 3.0, but must be an integer"),
        ({"response_method": np.str_("score")}, r"response_method is 'score', but"),
        ({"batch_size": 0}, r"batch_size is 0"),
        ({"target": "z"}, r"target is 'z', but must be one of the classes: 'a', 'b', 'c'"),
        ({"response_method": "score"}, r"response_method is 'score', but must be 'auto', 'predict_proba' or"),
        ({"response_method": "decision_function"}, r"Pipeline has no decision_function: give"),
    ],
)
def test_occlusion_map_says_what_is_wrong(settings, message):
    X, y = random_images((6, 7))
    with pytest.raises(ValueError, match=message):
        occlusion_map(fit_forest(X, y), X, **settings)


def test_occlusion_map_of_one_image_suggests_a_batch_of_one():
    X, y = random_images((6, 7))
    forest, linear = fit_forest(X, y), LogisticRegression().fit(flatten(X) / 255, y)
    hog = make_hog_svm(pixels_per_cell=(2, 2), probability=False, random_state=0).fit(X, y)
    for classifier, image in ((hog, X[0]), (linear, flatten(X)[0]), (linear, X[0]), (forest, flatten(X)[0])):
        with pytest.raises(ValueError, match=r"which is one image, .* give X\[:1\] in place of X\[0\]"):
            occlusion_map(classifier, image)
    assert occlusion_map(hog, X[:1]).shape == (1, 6, 7)


def test_occlusion_map_needs_scores_one_a_class():
    X, y = random_images((6, 6))
    y = np.arange(len(X)) % 4
    with pytest.raises(ValueError, match=r"shape \(24, 6\), but there are 4 classes: .* decision_function_shape='ovr'"):
        occlusion_map(SVC(decision_function_shape="ovo").fit(flatten(X), y), flatten(X))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_occlusion_map_of_a_classifier_without_scores_is_an_error():
    X, y = random_images((6, 6))

    class Silent(NearestCentroid):
        decision_function = predict_proba = property()

    with pytest.raises(ValueError, match=r"Silent has no predict_proba and no decision_function: give a classifier"):
        occlusion_map(Silent().fit(flatten(X), y), flatten(X))


def test_occlusion_map_asks_for_the_shape_of_rows():
    X, y = random_images((6, 7))
    pipeline = make_pipeline(HOGTransformer(image_shape=(6, 7)), LogisticRegression()).fit(flatten(X), y)
    with pytest.raises(ValueError, match=r"X has 40 features, but image_shape=\(6, 7\)"):
        occlusion_map(pipeline, flatten(X)[:, :40])
    linear = LogisticRegression().fit(flatten(X) / 255, y)
    with pytest.raises(ValueError, match="set image_shape"):
        occlusion_map(linear, flatten(X) / 255)
