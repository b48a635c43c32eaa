"""GaborTransformer takes what the contract for X allows, refuses the rest by name, and does not depend on batches."""

import pickle
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.pictures import batch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from classicvis import GaborTransformer, LBPTransformer
from classicvis.features import _cells
from classicvis.kernels.gabor import sum_magnitudes


@pytest.fixture(scope="module")
def images():
    return batch(23, 30, 36)


# ---------------------------------------------------------------- results


@pytest.mark.parametrize(("pooling", "n_statistics"), [("mean", 1), ("mean_std", 2)])
def test_gabor_transformer_has_as_many_features_as_documented(images, pooling, n_statistics):
    features = GaborTransformer((0.1, 0.3), 5, pooling=pooling, grid=(3, 2)).fit_transform(images)
    assert features.shape == (23, 2 * 5 * n_statistics * 6)
    assert features.dtype == np.float32


def test_gabor_transformer_orders_features_as_documented(images):
    both = GaborTransformer((0.1, 0.3), 5, grid=(3, 2)).fit_transform(images).reshape(23, 2, 5, 2, 6)
    means = GaborTransformer((0.1, 0.3), 5, grid=(3, 2), pooling="mean").fit_transform(images)
    assert_array_equal(both[:, :, :, 0], means.reshape(23, 2, 5, 6))
    for i, frequency in enumerate((0.1, 0.3)):
        alone = GaborTransformer((frequency,), 5, grid=(3, 2)).fit_transform(images)
        assert_array_equal(both[:, i], alone.reshape(23, 5, 2, 6))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
def test_gabor_transformer_gives_float64_for_float64_alone(dtype):
    features = GaborTransformer().fit_transform(batch(2, 10, 10, dtype=dtype))
    assert features.dtype == ("float64" if dtype == "float64" else "float32")


@pytest.mark.parametrize("mode", ["reflect", "nearest", "mirror", "wrap", "constant"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 1), (2, 2, 3), (1, 1, 3)])
def test_gabor_transformer_pads_images_smaller_than_the_grid_by_their_edge(shape, mode):
    X = batch(3, *shape)
    n_rows, n_columns = max(4, shape[0]), max(4, shape[1])
    widths = [(0, 0), (0, n_rows - shape[0]), (0, n_columns - shape[1])] + [(0, 0)] * (len(shape) - 2)
    padded = np.pad(X, widths, mode="edge")
    features = GaborTransformer(mode=mode).fit_transform(X)
    assert np.isfinite(features).all()
    assert_array_equal(features, GaborTransformer(mode=mode).fit_transform(padded))


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300, 7e307])
def test_gabor_transformer_of_huge_and_tiny_floats_is_as_exact(scale):
    X = batch(2, 9, 9, dtype="float64")
    expected = GaborTransformer().fit_transform(X)
    assert_allclose(GaborTransformer().fit_transform(X * scale), expected * scale, rtol=1e-9, atol=0)


@pytest.mark.parametrize("scale", [1e-30, 1e30, 3e38])
def test_gabor_transformer_of_huge_and_tiny_single_precision_is_as_exact(scale):
    X = batch(2, 9, 9, dtype="float32") + np.float32(1 / 256)  # at most 1
    expected = GaborTransformer().fit_transform(X).astype(np.float64) * scale
    features = GaborTransformer().fit_transform(X * np.float32(scale))
    assert_allclose(features, expected, rtol=0, atol=1e-6 * scale)


def test_gabor_transformer_of_zeros_is_zero():
    assert not GaborTransformer().fit_transform(np.zeros((2, 9, 9))).any()


# ---------------------------------------------------------------- bits


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(24, 24), (28, 28, 3), (33, 65), (9, 130), (1, 40), (40, 1), (1, 1)])
def test_gabor_transformer_bits_do_not_depend_on_batches_or_order(shape, dtype):
    X = batch(11, *shape, dtype=dtype)
    options = {"frequencies": (0.1, 0.4), "orientations": 3, "grid": (3, 2)}
    with threadpool_limits(1, "blas"):
        transformer = GaborTransformer(**options).fit(X)
        expected = transformer.transform(X)
        alone = np.concatenate([transformer.transform(image[np.newaxis]) for image in X])
        assert_array_equal(alone, expected)
        order = np.random.default_rng(0).permutation(len(X))
        assert_array_equal(transformer.transform(X[order]), expected[order])
        for batch_size, n_jobs in [(1, None), (1, 4), (5, 2), (5, -1), (1000, 3)]:
            cut = GaborTransformer(**options, batch_size=batch_size, n_jobs=n_jobs)
            assert_array_equal(cut.fit_transform(X), expected)


def test_gabor_transformer_agrees_for_other_numbers_of_threads(images):
    expected = GaborTransformer(n_jobs=2, batch_size=5).fit_transform(images)  # BLAS has one thread then
    for n_threads in (1, 2, 3):
        with threadpool_limits(n_threads, "blas"):
            features = GaborTransformer().fit_transform(images)
        assert_allclose(features, expected, rtol=0, atol=1e-5 * expected.max())


def test_gabor_transformer_agrees_in_processes(images):
    expected = GaborTransformer().fit_transform(images)
    with joblib.parallel_config("loky", n_jobs=2):
        features = GaborTransformer(batch_size=11).fit_transform(images)
    assert_allclose(features, expected, rtol=0, atol=1e-5 * expected.max())


def test_gabor_transformer_bits_are_the_same_however_images_are_grouped_in_memory(monkeypatch, images):
    expected = GaborTransformer().fit_transform(images)
    monkeypatch.setattr(_cells, "PIXELS_AT_A_TIME", 3000)
    assert_array_equal(GaborTransformer().fit_transform(images), expected)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32"])
def test_gabor_transformer_takes_any_memory_layout_and_leaves_it_alone(dtype):
    X = batch(5, 13, 17, 3, dtype)
    expected = GaborTransformer().fit_transform(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    wide = np.zeros((10, 13, 17, 9), X.dtype)
    wide[::2, ..., ::3] = X
    for same in (np.asfortranarray(X), read_only, wide[::2, ..., ::3], X.astype(X.dtype.newbyteorder())):
        copy = same.copy()
        assert_array_equal(GaborTransformer().fit_transform(same), expected)
        assert_array_equal(same, copy)


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_gabor_transformer_takes_grey_images_in_any_memory_layout(dtype):
    X = batch(3, 34, 40, dtype=dtype)
    expected = GaborTransformer().fit_transform(X)
    for same in (np.asfortranarray(X), X[:, :, ::-1].copy()[:, :, ::-1], X[..., None], X.reshape(3, -1)):
        image_shape = (34, 40) if same.ndim == 2 else None
        assert_array_equal(GaborTransformer(image_shape=image_shape).fit_transform(same), expected)


def test_gabor_transformer_compiles_once_a_precision(images):
    for X in (images, images.astype(np.float32), images[:, :5, :3], np.asfortranarray(images)):
        GaborTransformer().fit_transform(X)
        GaborTransformer(grid=(1, 1)).fit_transform(X.astype(np.float64))
    assert len(sum_magnitudes.signatures) == 2


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"frequencies": ()}, "frequencies is empty"),
        ({"frequencies": (0,)}, "frequency is 0"),
        ({"frequencies": (0.1, -0.2)}, r"frequency is -0\.2"),
        ({"frequencies": ("a",)}, "frequency is 'a'"),
        ({"frequencies": (1.1,)}, r"frequency is 1\.1, .* at most 1"),
        ({"frequencies": (np.nan,)}, "frequency is nan"),
        ({"frequencies": (1e-5,)}, "reaches 1.*may reach 2000"),
        ({"frequencies": 0.1}, "frequencies"),
        ({"bandwidth": 0}, "bandwidth"),
        ({"bandwidth": 0.01, "frequencies": (0.01,)}, "reaches"),
        ({"bandwidth": 11}, "bandwidth"),
        ({"bandwidth": np.nan}, "bandwidth"),
        ({"sigma": 0}, "sigma"),
        ({"sigma": 1e4}, "reaches"),
        ({"sigma": 0.005}, "sigma"),
        ({"n_stds": -1}, "n_stds"),
        ({"n_stds": 1e9}, "reaches"),
        ({"n_stds": np.inf}, "n_stds"),
        ({"orientations": 0}, "orientations"),
        ({"orientations": 2.5}, "orientations"),
        ({"mode": "edge"}, "mode"),
        ({"pooling": "max"}, "pooling"),
        ({"grid": (0, 1)}, "grid"),
        ({"grid": (2,)}, "grid"),
        ({"batch_size": 0}, "batch_size"),
        ({"n_jobs": 1.5}, "n_jobs"),
    ],
    ids=str,
)
def test_gabor_transformer_refuses_parameters_out_of_range_by_name(images, parameters, words):
    with pytest.raises(ValueError, match=words):
        GaborTransformer(**parameters).fit(images)


def test_gabor_transformer_refuses_values_that_are_not_finite_and_names_the_sample(images):
    X = images.astype(np.float32)
    X[5, 3, 3] = np.nan
    with pytest.raises(ValueError, match="Sample 5"):
        GaborTransformer().fit(X)


def test_gabor_transformer_refuses_another_shape_than_that_of_fit(images):
    with pytest.raises(ValueError, match=r"\(30, 30\).*\(30, 36\)"):
        GaborTransformer().fit(images).transform(images[:, :, :30])


# ---------------------------------------------------------------- in scikit-learn


def test_gabor_transformer_survives_clone_pickle_and_set_output(images):
    transformer = GaborTransformer((0.2,), 3, 0.8, pooling="mean", grid=(2, 2), batch_size=7).fit(images)
    assert clone(transformer).get_params() == transformer.get_params()
    again = pickle.loads(pickle.dumps(transformer))
    assert_array_equal(again.transform(images), transformer.transform(images))
    frame = transformer.set_output(transform="pandas").transform(images)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns[0] == "gabortransformer0"


def test_gabor_transformer_in_a_grid_search_and_a_union():
    stripes = np.arange(24) // 2 % 2 * 200
    y = np.arange(30) % 2
    noise = batch(30, 24, 24) // 8
    X = (noise + np.where(y[:, None, None] == 1, stripes[None, :, None], stripes[None, None, :])).astype(np.uint8)
    union = make_union(GaborTransformer(grid=(1, 1)), LBPTransformer())
    grid = {"featureunion__gabortransformer__frequencies": [(0.25,), (0.1, 0.25)]}
    search = GridSearchCV(make_pipeline(union, StandardScaler(), LinearSVC()), grid, cv=3, error_score="raise")
    assert search.fit(X.reshape(30, -1), y).best_score_ > 0.9


def test_gabor_transformer_memory_does_not_grow_with_images():
    X = batch(4, 64, 64, 3, "float32").repeat(50, axis=0)
    peaks = []
    for n_images in (136, 200):
        transformer = GaborTransformer((0.4,), 2).fit(X[:1])
        tracemalloc.start()
        features = transformer.transform(X[:n_images])
        peaks.append(tracemalloc.get_traced_memory()[1] - features.nbytes)
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < 25e6
