"""ColorHistogramTransformer takes what the contract for X allows, refuses the rest by name, and repeats."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.pictures import batch, colour_photo
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from classicvis import ColorHistogramTransformer
from classicvis.features import _cells
from classicvis.kernels.color import fill_color_bins

SPACES = ("rgb", "hsv", "lab", "opponent")
NORMS = ("L1", "L1-sqrt", "L2")


@pytest.fixture(scope="module")
def images():
    return batch(20, 15, 18, 3)


# ---------------------------------------------------------------- cells, norms, grey images


@pytest.mark.parametrize("color_space", SPACES)
@pytest.mark.parametrize("joint", [False, True])
def test_each_cell_is_counted_by_itself(color_space, joint):
    image = colour_photo(11, 14)
    features = ColorHistogramTransformer(color_space, 4, joint, (2, 3)).fit_transform(image[None]).reshape(2, 3, -1)
    rows, columns = [0, 5, 11], [0, 4, 9, 14]
    for i in range(2):
        for j in range(3):
            cell = image[rows[i] : rows[i + 1], columns[j] : columns[j + 1]]
            alone = ColorHistogramTransformer(color_space, 4, joint, (1, 1)).fit_transform(cell[None])
            assert_array_equal(features[i, j], alone[0])


@pytest.mark.parametrize(("joint", "n_histograms"), [(False, 3), (True, 1)])
def test_norms_are_what_they_say(images, joint, n_histograms):
    X = images / 255
    shares = ColorHistogramTransformer(bins=4, joint=joint).fit_transform(X).reshape(20, 4, n_histograms, -1)
    assert_allclose(shares.sum(-1), 1, atol=1e-12)
    roots = ColorHistogramTransformer(bins=4, joint=joint, norm="L1-sqrt").fit_transform(X)
    assert_allclose(roots, np.sqrt(shares).reshape(20, -1), atol=1e-12)
    lengths = ColorHistogramTransformer(bins=4, joint=joint, norm="L2").fit_transform(X).reshape(shares.shape)
    assert_allclose(lengths, shares / np.linalg.norm(shares, axis=-1, keepdims=True), atol=1e-12)


@pytest.mark.parametrize(("color_space", "bin_"), [("rgb", 0), ("hsv", 2), ("lab", 0), ("opponent", 2)])
@pytest.mark.parametrize("joint", [False, True])
def test_grey_images_have_their_brightness_counted(color_space, bin_, joint):
    bins = (4, 5, 6)
    grey = batch(3, 9, 9)
    features = ColorHistogramTransformer(color_space, bins, joint).fit_transform(grey)
    assert features.shape == (3, 4 * bins[bin_])
    colour = ColorHistogramTransformer(color_space, bins).fit_transform(np.repeat(grey[..., None], 3, axis=3))
    start = sum(bins[:bin_])
    of_brightness = colour.reshape(3, 4, 15)[..., start : start + bins[bin_]]
    assert_array_equal(features, of_brightness.reshape(3, -1))
    assert_array_equal(ColorHistogramTransformer(color_space, bins, joint).fit_transform(grey[..., None]), features)


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(("dtype", "factor"), [("uint16", 257), ("float64", 1 / 255)])
@pytest.mark.parametrize("color_space", SPACES)
def test_integers_are_read_by_their_dtype(images, color_space, dtype, factor):
    expected = ColorHistogramTransformer(color_space, 5).fit_transform(images)
    same = (images * np.float64(factor)).astype(dtype)
    features = ColorHistogramTransformer(color_space, 5).fit_transform(same)
    assert features.dtype == ("float64" if dtype == "float64" else "float32")
    assert (np.abs(features - expected) > 1e-6).mean() < 0.03  # but for rounding at the edges of bins


def test_bool_images_are_black_and_white(images):
    X = images > 100
    expected = ColorHistogramTransformer().fit_transform(X * np.uint8(255))
    assert_array_equal(ColorHistogramTransformer().fit_transform(X), expected)


def test_value_range_says_what_is_black_and_white(images):
    expected = ColorHistogramTransformer().fit_transform(images)
    shifted = images.astype(np.float64) - 100
    features = ColorHistogramTransformer(value_range=(-100, 155)).fit_transform(shifted)
    assert_array_equal(features.astype(np.float32), expected)


def test_values_beyond_the_range_are_cut_off_with_one_warning(images):
    X = images.astype(np.float64) / 255
    X[3, 0, 0], X[4, 0, 0] = 1e300, -1e300
    transformer = ColorHistogramTransformer().fit(X)
    with pytest.warns(UserWarning, match="from -1e.300 to 1e.300, but value_range means 0 to 1") as warned:
        features = transformer.set_params(batch_size=2).transform(X)
    assert len(warned) == 1
    assert_array_equal(features, transformer.transform(X.clip(0, 1)))


# ---------------------------------------------------------------- bits


@pytest.mark.parametrize("color_space", SPACES)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_bits_do_not_depend_on_batches_order_or_threads(monkeypatch, color_space, dtype):
    X = batch(21, 13, 17, 3, dtype)
    settings = {"color_space": color_space, "bins": 5, "norm": "L2"}
    transformer = ColorHistogramTransformer(**settings).fit(X)
    expected = transformer.transform(X)
    assert_array_equal(np.concatenate([transformer.transform(image[np.newaxis]) for image in X]), expected)
    assert_array_equal(transformer.transform(X[::-1]), expected[::-1])
    monkeypatch.setattr(_cells, "PIXELS_AT_A_TIME", 700)
    for batch_size, n_jobs in [(1, 4), (5, 2), (5, -1), (1000, 3)]:
        cut = ColorHistogramTransformer(**settings, batch_size=batch_size, n_jobs=n_jobs)
        assert_array_equal(cut.fit_transform(X), expected)


def test_bits_are_the_same_in_processes(images):
    expected = ColorHistogramTransformer().fit_transform(images)
    with joblib.parallel_config("loky", n_jobs=2):
        assert_array_equal(ColorHistogramTransformer(batch_size=11).fit_transform(images), expected)


def test_any_memory_layout_gives_the_same_and_compiles_nothing_more(images):
    expected = ColorHistogramTransformer().fit_transform(images)
    read_only = images.copy()
    read_only.flags.writeable = False
    wide = np.zeros((20, 15, 36, 3), np.uint8)
    wide[:, :, ::2] = images
    for same in (np.asfortranarray(images), read_only, wide[:, :, ::2]):
        copy = same.copy()
        assert_array_equal(ColorHistogramTransformer().fit_transform(same), expected)
        assert_array_equal(same, copy)
    signatures = [" ".join(map(str, types)).replace("readonly ", "") for types in fill_color_bins.signatures]
    assert len(signatures) == len(set(signatures))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 7), (3, 1, 3), (1, 1)])
def test_images_smaller_than_the_grid_are_padded_by_their_edge(shape):
    X = batch(3, *shape)
    widths = [(0, 0)] + [(0, max(0, 2 - size)) for size in shape[:2]] + [(0, 0)] * (len(shape) - 2)
    features = ColorHistogramTransformer().fit_transform(X)
    assert_array_equal(features, ColorHistogramTransformer().fit_transform(np.pad(X, widths, mode="edge")))


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "parameters",
    [
        {"color_space": "cmyk"},
        {"bins": 0},
        {"bins": (8, 8)},
        {"bins": (8, 8, 0)},
        {"bins": (8, 8, 2.5)},
        {"bins": 128, "joint": True},
        {"joint": "yes"},
        {"grid": (0, 1)},
        {"grid": (2,)},
        {"norm": "L3"},
        {"value_range": "batch"},
        {"value_range": (1, 0)},
        {"value_range": (0, np.inf)},
        {"value_range": (0, np.nan)},
        {"batch_size": 0},
        {"n_jobs": 1.5},
    ],
    ids=str,
)
def test_parameters_out_of_range_are_refused_by_name(images, parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        ColorHistogramTransformer(**parameters).fit(images)


def test_other_shapes_and_values_that_are_not_finite_are_refused(images):
    transformer = ColorHistogramTransformer().fit(images)
    with pytest.raises(ValueError, match="shape"):
        transformer.transform(images[..., 0])
    X = images.astype(np.float32) / 255
    X[7, 0, 0] = np.nan
    with pytest.raises(ValueError, match="Sample 7"):
        transformer.transform(X)


# ---------------------------------------------------------------- in scikit-learn


def test_clone_pickle_and_set_output(images):
    transformer = ColorHistogramTransformer("lab", (3, 5, 5), True, (1, 2), "L2", batch_size=3, n_jobs=2).fit(images)
    expected = transformer.transform(images)
    assert clone(transformer).get_params() == transformer.get_params()
    assert_array_equal(pickle.loads(pickle.dumps(transformer)).transform(images), expected)
    frame = transformer.set_output(transform="pandas").transform(images)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(transformer.get_feature_names_out())


def test_grid_search_tells_colours_apart():
    y = np.arange(30) % 3
    X = batch(30, 8, 8, 3) // 4 + 60 * np.eye(3, dtype=np.uint8)[y][:, None, None]
    pipeline = make_pipeline(ColorHistogramTransformer(), LogisticRegression())
    grid = {"colorhistogramtransformer__color_space": SPACES, "colorhistogramtransformer__joint": [False, True]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.cv_results_["mean_test_score"].min() > 0.9
