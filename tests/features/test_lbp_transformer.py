"""LBPTransformer takes what the contract for X allows, refuses the rest by name, and gives the same bits always."""

import pickle
import tracemalloc

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from reference.pictures import batch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from classicvis import HOGTransformer, LBPTransformer
from classicvis.features import _cells, local_binary_pattern
from classicvis.kernels.lbp import fill_labels


@pytest.fixture(scope="module")
def images():
    return batch(23, 30, 36)


# ---------------------------------------------------------------- results


@pytest.mark.parametrize(("method", "n_bins"), [("uniform", 10), ("nri_uniform", 59), ("ror", 36), ("default", 256)])
def test_lbp_transformer_has_as_many_features_as_documented(images, method, n_bins):
    features = LBPTransformer(method=method, grid=(3, 2)).fit_transform(images)
    assert features.shape == (23, 6 * n_bins)
    assert features.dtype == np.float32


@pytest.mark.parametrize("shape", [(24, 20), (24, 20, 3)])
@pytest.mark.parametrize("color", ["gray", "channels"])
def test_lbp_transformer_norms_are_what_they_say(shape, color):
    X = batch(5, *shape, dtype="float64")
    sums = {"L1": lambda h: h.sum(-1), "L1-sqrt": lambda h: (h**2).sum(-1), "L2": lambda h: (h**2).sum(-1)}
    for norm, measure in sums.items():
        features = LBPTransformer(((8, 1), (8, 2)), norm=norm, color=color).fit_transform(X)
        np.testing.assert_allclose(measure(features.reshape(5, -1, 10)), 1, atol=1e-12)


def test_lbp_transformer_counts_each_cell():
    X = batch(2, 12, 9)
    features = LBPTransformer(method="default", grid=(2, 2)).fit_transform(X).reshape(2, 4, 256)
    codes = local_binary_pattern(X[1], 8, 1).astype(int)
    for i, cell in enumerate((codes[:6, :4], codes[:6, 4:], codes[6:, :4], codes[6:, 4:])):
        share = np.bincount(cell.ravel(), minlength=256) / cell.size
        assert_array_equal(features[1, i], share.astype(np.float32))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
def test_lbp_transformer_gives_float64_for_float64_alone(dtype):
    features = LBPTransformer().fit_transform(batch(2, 10, 10, dtype=dtype))
    assert features.dtype == ("float64" if dtype == "float64" else "float32")


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 1), (2, 2, 3), (1, 1, 3)])
def test_lbp_transformer_pads_images_smaller_than_the_grid_by_their_edge(shape):
    X = batch(3, *shape)
    n_rows, n_columns = max(4, shape[0]), max(4, shape[1])
    widths = [(0, 0), (0, n_rows - shape[0]), (0, n_columns - shape[1])] + [(0, 0)] * (len(shape) - 2)
    padded = np.pad(X, widths, mode="edge")
    features = LBPTransformer().fit_transform(X)
    assert np.isfinite(features).all()
    assert_array_equal(features, LBPTransformer().fit_transform(padded))


def test_lbp_transformer_of_huge_and_tiny_floats_is_finite():
    for scale in (1e-320, 1e-300, 1e300, 1.7e308):
        features = LBPTransformer(((8, 1), (12, 2))).fit_transform(batch(2, 9, 9, dtype="float64") * scale)
        assert np.isfinite(features).all()


# ---------------------------------------------------------------- bits


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(24, 24), (28, 28, 3), (33, 65), (9, 300)])
def test_lbp_transformer_bits_do_not_depend_on_batches_order_or_threads(shape, dtype):
    X = batch(23, *shape, dtype=dtype)
    settings = {"circles": ((8, 1), (12, 2.5)), "grid": (3, 2), "norm": "L2"}
    transformer = LBPTransformer(**settings).fit(X)
    expected = transformer.transform(X)
    alone = np.concatenate([transformer.transform(image[np.newaxis]) for image in X])
    assert_array_equal(alone, expected)
    order = np.random.default_rng(0).permutation(len(X))
    assert_array_equal(transformer.transform(X[order]), expected[order])
    for batch_size, n_jobs in [(1, None), (1, 4), (5, 2), (5, -1), (1000, 3)]:
        cut = LBPTransformer(**settings, batch_size=batch_size, n_jobs=n_jobs)
        assert_array_equal(cut.fit_transform(X), expected)


def test_lbp_transformer_bits_are_the_same_in_processes(images):
    expected = LBPTransformer().fit_transform(images)
    with joblib.parallel_config("loky", n_jobs=2):
        assert_array_equal(LBPTransformer(batch_size=11).fit_transform(images), expected)


def test_lbp_transformer_labels_are_the_same_however_images_are_grouped_in_memory(monkeypatch, images):
    expected = LBPTransformer().fit_transform(images)
    monkeypatch.setattr(_cells, "PIXELS_AT_A_TIME", 3000)
    assert_array_equal(LBPTransformer().fit_transform(images), expected)


@pytest.mark.parametrize("color", ["gray", "channels"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32"])
def test_lbp_transformer_takes_any_memory_layout_and_leaves_it_alone(dtype, color):
    X = batch(7, 13, 17, 3, dtype)
    expected = LBPTransformer(color=color).fit_transform(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    wide = np.zeros((14, 13, 17, 9), X.dtype)
    wide[::2, ..., ::3] = X
    for same in (np.asfortranarray(X), read_only, wide[::2, ..., ::3], X.astype(X.dtype.newbyteorder())):
        copy = same.copy()
        assert_array_equal(LBPTransformer(color=color).fit_transform(same), expected)
        assert_array_equal(same, copy)


def test_lbp_transformer_compiles_nothing_more_for_read_only_images(images):
    read_only = images.copy()
    read_only.flags.writeable = False
    LBPTransformer().fit_transform(read_only)
    LBPTransformer().fit_transform(images)
    signatures = [" ".join(map(str, types)).replace("readonly ", "") for types in fill_labels.signatures]
    assert len(signatures) == len(set(signatures))


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"circles": ()}, "circles is empty"),
        ({"circles": (8, 1)}, "circle is 8"),
        ({"circles": ((8, 1, 2),)}, "circle is"),
        ({"circles": ((8.0, 1),)}, "circle is"),
        ({"circles": ((0, 1),)}, "0 points"),
        ({"circles": ((32, 1),)}, "32 points.*1 to 31"),
        ({"circles": ((17, 1),), "method": "ror"}, "17 points.*1 to 16"),
        ({"circles": ((17, 1),), "method": "default"}, "17 points.*1 to 16"),
        ({"circles": ((8, 0),)}, "radius is 0"),
        ({"circles": ((8, np.inf),)}, "radius is inf"),
        ({"circles": ((8, np.nan),)}, "radius is nan"),
        ({"method": "var"}, "method"),
        ({"grid": (0, 1)}, "grid"),
        ({"grid": (2,)}, "grid"),
        ({"norm": "L3"}, "norm"),
        ({"color": "rgb"}, "color"),
        ({"batch_size": 0}, "batch_size"),
        ({"n_jobs": 1.5}, "n_jobs"),
    ],
    ids=str,
)
def test_lbp_transformer_refuses_parameters_out_of_range_by_name(images, parameters, words):
    with pytest.raises(ValueError, match=words):
        LBPTransformer(**parameters).fit(images)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((3, 3, 3)), "3 axes"),
        (np.zeros(3), "1 axes"),
        (np.zeros((0, 3)), "no pixels"),
        (np.array([["a"]]), "real numbers"),
        (np.array([[1j]]), "real numbers"),
        (np.array([[np.nan]]), "NaN"),
        (np.array([[np.inf]]), "NaN or inf"),
    ],
)
def test_lbp_function_refuses_what_is_no_grey_image(image, words):
    with pytest.raises(ValueError, match=words):
        local_binary_pattern(image, 8, 1)


@pytest.mark.parametrize(
    ("P", "R", "method", "words"), [(0, 1, "ror", "0 points"), (8, -1, "ror", "radius"), (8, 1, "var", "method")]
)
def test_lbp_function_refuses_parameters_out_of_range(P, R, method, words):
    with pytest.raises(ValueError, match=words):
        local_binary_pattern(np.zeros((3, 3)), P, R, method)


def test_lbp_transformer_refuses_values_that_are_not_finite_and_names_the_sample(images):
    X = images.astype(np.float32)
    X[5, 3, 3] = np.nan
    with pytest.raises(ValueError, match="Sample 5"):
        LBPTransformer().fit(X)


# ---------------------------------------------------------------- in scikit-learn


def test_lbp_transformer_survives_clone_pickle_and_set_output(images):
    transformer = LBPTransformer(((8, 1), (6, 2)), "ror", (2, 2), "L2", batch_size=7, n_jobs=2).fit(images)
    assert clone(transformer).get_params() == transformer.get_params()
    again = pickle.loads(pickle.dumps(transformer))
    assert_array_equal(again.transform(images), transformer.transform(images))
    frame = transformer.set_output(transform="pandas").transform(images)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns[0] == "lbptransformer0"


def test_lbp_transformer_in_a_grid_search_and_a_union():
    stripes = np.arange(24) // 2 % 2 * 200
    y = np.arange(30) % 2
    noise = batch(30, 24, 24) // 8
    X = (noise + np.where(y[:, None, None] == 1, stripes[None, :, None], stripes[None, None, :])).astype(np.uint8)
    pipeline = make_pipeline(make_union(LBPTransformer(), HOGTransformer()), LinearSVC())
    grid = {"featureunion__lbptransformer__method": ["uniform", "nri_uniform"]}
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X.reshape(30, -1), y)
    assert search.best_score_ > 0.9


@pytest.mark.parametrize("color", ["gray", "channels"])
def test_lbp_transformer_memory_does_not_grow_with_images(color):
    X = batch(4, 64, 64, 3, "float32").repeat(200, axis=0)
    peaks = []
    for n_images in (200, 800):
        transformer = LBPTransformer(color=color).fit(X[:1])
        tracemalloc.start()
        features = transformer.transform(X[:n_images])
        peaks.append(tracemalloc.get_traced_memory()[1] - features.nbytes)
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < 25e6
