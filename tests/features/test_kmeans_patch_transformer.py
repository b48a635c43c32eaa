"""KMeansPatchTransformer samples, learns, refuses and repeats as documented."""

import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.pictures import batch
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classicvis import KMeansPatchTransformer
from classicvis.features.patches._dictionary import learn_dictionary
from classicvis.features.patches._encoder import sample_patches

DICTIONARIES = ("kmeans", "omp1", "random")
ENCODERS = ("triangle", "soft_threshold")
SMALL = {"n_components": 6, "patch_size": 4, "n_patches": 300, "max_iter": 3, "random_state": 0}


@pytest.fixture(scope="module")
def images():
    return batch(20, 15, 18, 3)


@pytest.fixture(scope="module")
def fitted(images):
    return KMeansPatchTransformer(**SMALL).fit(images)


# ---------------------------------------------------------------- sampling and learning


def test_sample_patches_are_spread_evenly_over_images():
    images = np.arange(7, dtype=np.uint8)[:, None, None, None] * np.ones((7, 9, 8, 1), np.uint8)
    patches = sample_patches(images, 3, 24, 1.0, np.random.RandomState(0))
    assert patches.shape == (24, 9)
    assert patches.dtype == np.float32
    assert set(np.bincount(patches[:, 0].astype(int))) == {3, 4}


def test_sample_patches_are_patches_of_the_image():
    image = np.arange(6 * 7 * 3, dtype=np.float32).reshape(1, 6, 7, 3)
    (first, *_), everything = (sample_patches(image, 2, n, 1.0, np.random.RandomState(0)) for n in (5, 30))
    assert_array_equal(everything[8], image[0, 1:3, 2:4].ravel())
    assert (everything == first).all(axis=1).sum() == 1


def test_sample_patches_takes_all_once_where_there_are_no_more_than_asked_for():
    image = np.random.default_rng(0).random((2, 5, 6, 1))
    patches = sample_patches(image, 3, 24, 1.0, None)
    assert len(np.unique(patches, axis=0)) == len(patches) == 2 * 3 * 4


def best_over_seeds(loss, patches, kind, n_components):
    """Return the smallest loss of dictionaries from several beginnings, of which only good ones find the best."""
    losses = []
    for seed in range(20):
        atoms, n_iter = learn_dictionary(patches, kind, n_components, 10, np.random.RandomState(seed))
        assert 1 <= n_iter <= 10
        losses.append(loss(atoms))
    return min(losses)


def test_kmeans_finds_clusters():
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 5, (4, 4))
    patches = (centres[np.arange(400) % 4] + rng.normal(0, 0.01, (400, 4))).astype(np.float32)

    def largest_distance(atoms):
        return np.linalg.norm(atoms[:, None] - centres, axis=2).min(axis=0).max()

    assert best_over_seeds(largest_distance, patches, "kmeans", 4) < 0.1


def test_omp1_finds_directions_of_either_sign():
    rng = np.random.default_rng(1)
    directions = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    weights = rng.uniform(1, 3, 400) * rng.choice([-1, 1], 400)
    patches = (weights[:, None] * directions[np.arange(400) % 4]).astype(np.float32)

    def least_similarity(atoms):
        assert_allclose(np.linalg.norm(atoms, axis=1), 1, rtol=1e-5)
        return 1 - np.abs(atoms @ directions.T).max(axis=0).min()

    assert best_over_seeds(least_similarity, patches, "omp1", 4) < 1e-3


def test_omp1_begins_unused_atoms_anew():
    patches = np.eye(3, dtype=np.float32)[np.zeros(50, int)]
    patches[-1] = [0, 1, 0]
    atoms, _ = learn_dictionary(patches, "omp1", 4, 3, np.random.RandomState(0))
    assert np.isfinite(atoms).all()
    assert_allclose(np.linalg.norm(atoms, axis=1), 1, rtol=1e-6)


def test_random_dictionary_holds_patches_of_length_one():
    patches = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
    atoms, n_iter = learn_dictionary(patches, "random", 10, 5, np.random.RandomState(0))
    assert n_iter == 0
    similarity = atoms @ (patches / np.linalg.norm(patches, axis=1, keepdims=True)).T
    assert_allclose(similarity.max(axis=1), 1, rtol=1e-5)
    assert len(set(similarity.argmax(axis=1))) == 10


@pytest.mark.parametrize("dictionary", DICTIONARIES)
def test_fit_is_repeated_by_its_seed(images, dictionary):
    first, again, other = (
        KMeansPatchTransformer(**SMALL | {"dictionary": dictionary, "random_state": seed}).fit(images)
        for seed in (3, 3, 4)
    )
    assert_array_equal(first.components_, again.components_)
    assert_array_equal(first.transform(images), again.transform(images))
    assert not np.array_equal(first.components_, other.components_)
    by_state = KMeansPatchTransformer(**SMALL | {"random_state": np.random.RandomState(3), "dictionary": dictionary})
    assert_array_equal(by_state.fit(images).components_, first.components_)


# ---------------------------------------------------------------- results


@pytest.mark.parametrize("dictionary", DICTIONARIES)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_features_have_the_documented_shape_and_are_not_negative(images, dictionary, encoder):
    transformer = KMeansPatchTransformer(**SMALL, dictionary=dictionary, encoder=encoder, grid=(3, 2))
    features = transformer.fit_transform(images)
    assert features.shape == (20, 6 * 6 * (1 if encoder == "triangle" else 2))
    assert features.dtype == np.float32
    assert (features >= 0).all()
    assert features.any()
    assert transformer.components_.shape == (6, 48)
    assert transformer.components_.dtype == np.float32
    assert len(transformer.get_feature_names_out()) == features.shape[1]


@pytest.mark.parametrize(
    ("dtype", "factor"), [("uint16", 257), ("float32", 1 / 255), ("float64", 1 / 255), ("float32", 1)]
)
def test_features_depend_on_the_share_of_the_range_alone(images, fitted, dtype, factor):
    same = (images * np.float64(factor)).astype(dtype)
    value_range = (0, 255) if factor == 1 else "dtype"
    features = KMeansPatchTransformer(**SMALL, value_range=value_range).fit(same).transform(same)
    expected = fitted.transform(images)
    assert_allclose(features, expected, rtol=0, atol=1e-3 * expected.max())


def test_features_do_not_depend_on_brightness_and_hardly_on_contrast(images, fitted):
    expected = fitted.transform(images // 2)
    assert_allclose(fitted.transform(images // 2 + 100), expected, rtol=0, atol=1e-4 * expected.max())


@pytest.mark.parametrize("width", [18, 3])  # the second is padded
@pytest.mark.parametrize("encoder", ENCODERS)
def test_features_with_mirror_are_those_of_the_mirror_image(images, encoder, width):
    images = images[:, :, :width]
    transformer = KMeansPatchTransformer(**SMALL, encoder=encoder, grid=(2, 3), mirror=True)
    features = transformer.fit_transform(images)
    assert_allclose(transformer.transform(images[:, :, ::-1]), features, rtol=0, atol=1e-6 * features.max())
    plain = clone(transformer).set_params(mirror=False).fit(images).transform(images)
    assert np.abs(plain - features).max() > 0.1 * features.max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (5, 2), (2, 3, 3), (4, 4)])
def test_images_with_fewer_patches_than_cells_are_padded_by_their_edge(shape):
    X = batch(8, *shape)
    widths = [(0, 0)] + [(0, max(0, 5 - size)) for size in shape[:2]] + [(0, 0)] * (len(shape) - 2)
    features = KMeansPatchTransformer(**SMALL).fit_transform(X)
    assert np.isfinite(features).all()
    assert_array_equal(features, KMeansPatchTransformer(**SMALL).fit_transform(np.pad(X, widths, mode="edge")))


@pytest.mark.parametrize("dictionary", DICTIONARIES)
@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("value", [0, 200])
def test_blank_images_give_finite_features(dictionary, encoder, value):
    X = np.full((5, 9, 9), value, np.uint8)
    features = KMeansPatchTransformer(**SMALL, dictionary=dictionary, encoder=encoder).fit_transform(X)
    assert np.isfinite(features).all()


def test_features_tell_textures_apart():
    y = np.arange(60) % 3
    rows, columns = np.mgrid[:16, :16]
    waves = np.stack([np.sin(rows), np.sin(columns), np.sin(0.7 * rows + 0.7 * columns)])
    shift = np.random.default_rng(0).integers(0, 16, 60)
    X = np.stack([np.roll(waves[label], k, axis=(0, 1)) for label, k in zip(y, shift, strict=True)]) * 0.4 + 0.5
    pipeline = make_pipeline(KMeansPatchTransformer(**SMALL), StandardScaler(), RidgeClassifier())
    grid = {"kmeanspatchtransformer__encoder": ENCODERS, "kmeanspatchtransformer__dictionary": DICTIONARIES}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.cv_results_["mean_test_score"].min() > 0.9


# ---------------------------------------------------------------- cutting up the work


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_bits_do_not_depend_on_batches_and_order(images, encoder, mirror):
    transformer = KMeansPatchTransformer(**SMALL, encoder=encoder, mirror=mirror).fit(images)
    expected = transformer.transform(images)
    alone = np.concatenate([transformer.transform(image[np.newaxis]) for image in images])
    assert_array_equal(alone, expected)
    assert_array_equal(transformer.transform(images[::-1]), expected[::-1])
    for batch_size in (1, 7, 1000):
        assert_array_equal(transformer.set_params(batch_size=batch_size).transform(images), expected)


@pytest.mark.parametrize(("batch_size", "n_jobs"), [(1, 4), (3, 2), (3, -1)])
def test_features_in_threads_agree(images, fitted, batch_size, n_jobs):
    expected = fitted.transform(images)
    threaded = clone(fitted).set_params(batch_size=batch_size, n_jobs=n_jobs).fit(images)
    assert_array_equal(threaded.components_, fitted.components_)
    assert_allclose(threaded.transform(images), expected, rtol=0, atol=1e-5 * expected.max())


def test_any_memory_layout_gives_the_same_and_is_left_alone(images, fitted):
    expected = fitted.transform(images)
    read_only = images.copy()
    read_only.flags.writeable = False
    for same in (np.asfortranarray(images), read_only, images[::-1].copy()[::-1]):
        copy = same.copy()
        assert_array_equal(fitted.transform(same), expected)
        assert_array_equal(clone(fitted).fit_transform(same), expected)
        assert_array_equal(same, copy)


def test_memory_in_transform_does_not_grow_with_images_or_their_size():
    X = batch(3, 300, 300)
    transformer = KMeansPatchTransformer(**SMALL | {"n_components": 64}).fit(X)
    peaks = []
    for images in (X[:1], X):
        tracemalloc.start()
        transformer.transform(images)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 9e6  # all products of an image are 22 MB, and its patches 6 MB
    assert peaks[1] < peaks[0] + 3e5


# ---------------------------------------------------------------- refusals


def test_fewer_patches_than_atoms_are_warned_of():
    with pytest.warns(UserWarning, match="n_components is 30, but fit has only 8 patches"):
        transformer = KMeansPatchTransformer(30, 4, random_state=0).fit(batch(2, 5, 5))
    assert transformer.components_.shape == (8, 16)
    assert transformer.transform(batch(2, 5, 5)).shape == (2, 32)


@pytest.mark.parametrize(
    "parameters",
    [
        {"n_components": 0},
        {"patch_size": 0},
        {"patch_size": 2.5},
        {"dictionary": "ksvd"},
        {"encoder": "hard"},
        {"threshold": -1},
        {"stride": 0},
        {"grid": (0, 2)},
        {"grid": (2,)},
        {"mirror": "both"},
        {"n_patches": 0},
        {"contrast": 0},
        {"whitening": 0},
        {"value_range": "batch"},
        {"value_range": (1, 0)},
        {"value_range": (0, 1, 2)},
        {"value_range": ("a", "b")},
        {"max_iter": 0},
        {"batch_size": 0},
        {"n_jobs": 1.5},
        {"image_shape": (3,)},
    ],
    ids=str,
)
def test_parameters_out_of_range_are_refused_by_name(images, parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=name):
        KMeansPatchTransformer(**SMALL | parameters).fit(images)


@pytest.mark.parametrize("value", [1e30, -1e300])
def test_values_beyond_single_precision_are_refused_by_sample(value):
    X = batch(4, 12, 12, dtype="float64")
    transformer = KMeansPatchTransformer(**SMALL).fit(X)
    X[2, 0, 0] = value
    for method in (transformer.fit, transformer.transform):
        with pytest.raises(ValueError, match=r"Sample 2 .* value_range"):
            method(X)
    in_range = KMeansPatchTransformer(**SMALL, value_range=(0, abs(value))).fit_transform(X)
    assert np.isfinite(in_range).all()


def test_other_shapes_and_values_that_are_not_finite_are_refused(images, fitted):
    with pytest.raises(ValueError, match="shape"):
        fitted.transform(images[:, :10])
    X = images.astype(np.float32)
    X[7, 0, 0] = np.nan
    with pytest.raises(ValueError, match="Sample 7"):
        fitted.transform(X)


# ---------------------------------------------------------------- in scikit-learn


def test_clone_pickle_and_set_output(images, fitted):
    expected = fitted.transform(images)
    assert clone(fitted).get_params() == fitted.get_params()
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).transform(images), expected)
    frame = clone(fitted).set_output(transform="pandas").fit_transform(images)
    assert isinstance(frame, pd.DataFrame)
    assert_array_equal(frame.to_numpy(), expected)


def test_the_dictionary_is_a_data_frame_in_no_global_setting(images, fitted):
    from sklearn import config_context

    with config_context(transform_output="pandas"):
        frame = KMeansPatchTransformer(**SMALL).fit_transform(images)
    assert_array_equal(frame.to_numpy(), fitted.transform(images))
