"""HOGTransformer: one row per image, the same bits however the work is cut up, and any X that images come as."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skimage.feature
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from reference import hog as twin
from reference import pictures
from reference.pictures import batch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.svm import LinearSVC

from classicvis.features import HOGTransformer, hog

NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
DTYPES = ("bool", "uint8", "uint16", "float32", "float64")


@pytest.fixture(scope="module")
def images():
    return batch(40, 30, 36)


@pytest.fixture(scope="module")
def classes():
    """Stripes in two directions under noise, and their labels."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    rows, columns = np.mgrid[:24, :24]
    X = np.where(y[:, None, None] == 1, np.sin(rows), np.sin(columns)) + rng.normal(0, 0.5, (60, 24, 24))
    return X, y


# ---------------------------------------------------------------- rows equal hog()

SETTINGS = [
    {},
    {"cells_per_block": (2, 2)},
    {"orientations": 12, "pixels_per_cell": (7, 5), "cells_per_block": (2, 1)},
    {"orientations": 8, "pixels_per_cell": (10, 12), "cells_per_block": (1, 1), "transform_sqrt": True},
    *({"block_norm": norm} for norm in NORMS),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_channels", [None, 1, 3])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_hog_transformer_rows_equal_hog_of_each_image(settings, n_channels, dtype):
    X = batch(6, 37, 45, n_channels, dtype)
    features = HOGTransformer(**settings).fit_transform(X)
    expected = [hog(image, **settings, channel_axis=None if n_channels is None else -1) for image in X]
    assert_array_equal(features, expected)
    assert features.dtype == (np.float64 if dtype == "float64" else np.float32)


# Images of these widths end before, at and after the border of a tile of 256 columns, or lie across it.
@pytest.mark.parametrize("n_channels", [None, 3])
@pytest.mark.parametrize("n_columns", [16, 17, 40, 48, 96, 100, 248, 255, 256, 257, 264, 300, 511, 513])
def test_hog_of_images_side_by_side_is_that_of_each(n_columns, n_channels):
    images = np.stack([pictures.noise(19, n_columns, n_channels, seed) for seed in range(13)])
    transformer = HOGTransformer(cells_per_block=(2, 2)).fit(images)
    ours = transformer.transform(images).reshape(-1, *transformer.feature_shape_)
    for image, blocks in zip(images, ours, strict=True):
        axis = None if n_channels is None else -1
        theirs = skimage.feature.hog(image, cells_per_block=(2, 2), feature_vector=False, channel_axis=axis)
        assert_allclose(blocks, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("n_rows", [1, 2, 7, 8, 9, 15, 16, 17])
def test_hog_of_cells_of_any_height_is_that_of_skimage(n_rows):
    image = pictures.noise(2 * n_rows, 33)
    parameters = {"pixels_per_cell": (n_rows, 4), "cells_per_block": (1, 1)}
    assert_allclose(hog(image, **parameters), skimage.feature.hog(image, **parameters), rtol=0, atol=1e-5)


def test_hog_transformer_drops_the_alpha_channel():
    X = batch(4, 30, 30, 4)
    assert_array_equal(HOGTransformer().fit_transform(X), HOGTransformer().fit_transform(X[..., :3].copy()))
    assert HOGTransformer().fit(X).sample_shape_ == (30, 30, 4)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint32", "uint64", "float16"])
def test_hog_transformer_takes_every_other_real_dtype(dtype):
    X = (batch(4, 24, 24) // 2).astype(dtype)
    features = HOGTransformer().fit_transform(X)
    assert features.dtype == np.float32
    assert_array_equal(features, HOGTransformer().fit_transform(X.astype("float32" if dtype == "float16" else "uint8")))


def test_hog_transformer_pads_images_smaller_than_a_block_by_their_edge():
    for shape in [(1, 1), (1, 40), (40, 1), (23, 24), (24, 23), (10, 17, 3)]:
        X = pictures.noise(5, int(np.prod(shape))).reshape(5, *shape)
        missing = [max(0, 24 - size) for size in shape[:2]]
        widths = [(0, 0), (0, missing[0]), (0, missing[1])] + [(0, 0)] * (len(shape) - 2)
        features = HOGTransformer().fit_transform(X)
        assert_array_equal(features, HOGTransformer().fit_transform(np.pad(X, widths, mode="edge")))
        assert np.isfinite(features).all()


def test_hog_transformer_of_one_pixel_is_zero():
    for X in (np.full((3, 1, 1), 9, np.uint8), np.ones((3, 1, 1, 3)), np.full((3, 1), 0.5)):
        features = HOGTransformer().fit_transform(X)
        assert features.shape == (3, 81)
        assert not features.any()


@pytest.mark.parametrize(
    ("share", "shape", "cell"),
    [
        (1 / 8, (28, 28), (4, 4)),
        (1 / 8, (128, 64), (8, 8)),
        (1 / 8, (64, 128), (8, 8)),
        (0.25, (30, 50, 3), (8, 8)),
        (1.0, (20, 30), (20, 20)),
        (0.01, (30, 30), (2, 2)),
    ],
)
def test_hog_transformer_takes_cells_as_a_share_of_the_shorter_side(share, shape, cell):
    X = pictures.noise(2, int(np.prod(shape))).reshape(2, *shape)
    by_share = HOGTransformer(pixels_per_cell=share, cells_per_block=(1, 1)).fit(X)
    assert by_share.pixels_per_cell_ == cell
    assert by_share.pixels_per_cell == share
    by_pixels = HOGTransformer(pixels_per_cell=cell, cells_per_block=(1, 1)).fit(X)
    assert_array_equal(by_share.transform(X), by_pixels.transform(X))


# ---------------------------------------------------------------- the whole range of floats


@pytest.mark.parametrize("block_norm", NORMS)
@pytest.mark.parametrize(("dtype", "largest"), [("float32", 1e38), ("float32", 3.4e38), ("float64", 1e300)])
def test_hog_transformer_of_huge_floats_is_that_of_smaller_ones(dtype, largest, block_norm):
    X = np.random.default_rng(0).uniform(-1, 1, (4, 24, 24)).astype(dtype)
    features = HOGTransformer(block_norm=block_norm).fit_transform(X * X.dtype.type(largest))
    expected = HOGTransformer(block_norm=block_norm).fit_transform(X * X.dtype.type(1e6))
    assert features.dtype == dtype
    assert_allclose(features, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("block_norm", NORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hog_transformer_gives_finite_values_for_every_finite_float(dtype, block_norm):
    limits = np.finfo(dtype)
    special = np.array([0, -0.0, limits.smallest_subnormal, limits.tiny, limits.eps, 1, -1, limits.max, limits.min])
    rng = np.random.default_rng(1)
    X = rng.choice(special.astype(dtype), (60, 17, 19))
    X[:9] = special.astype(dtype)[:, np.newaxis, np.newaxis]
    X[9:18] = rng.choice([0, 1], (9, 17, 19)) * special.astype(dtype)[:, np.newaxis, np.newaxis]
    settings = {"pixels_per_cell": (4, 4), "cells_per_block": (2, 2), "block_norm": block_norm}
    features = HOGTransformer(**settings).fit_transform(X)
    assert np.isfinite(features).all()
    assert (features >= 0).all()
    assert features.max() <= 1 + 1e-6
    assert not features[:9].any()
    assert np.isfinite(HOGTransformer(**settings, transform_sqrt=True).fit_transform(np.abs(X))).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hog_transformer_of_tiny_floats_fades_to_zero_as_the_twin_does(dtype):
    for factor in (1e-5, 1e-10, 1e-20, 1e-37):
        X = (pictures.smooth(24, 24) * factor).astype(dtype)
        for block_norm in NORMS:
            features = HOGTransformer(block_norm=block_norm).fit_transform(X[np.newaxis])
            expected = twin.hog(X, block_norm=block_norm)
            assert_allclose(features[0], expected.ravel(), rtol=0, atol=2e-6 if dtype == "float32" else 1e-12)


# ---------------------------------------------------------------- what X may be


def test_hog_transformer_takes_lists_object_arrays_and_pil_images(images):
    expected = HOGTransformer().fit_transform(images)
    as_objects = np.empty(len(images), object)
    as_objects[:] = list(images)
    pil = [Image.fromarray(image) for image in images]
    for same in (list(images), tuple(images), as_objects, pil):
        assert_array_equal(HOGTransformer().fit_transform(same), expected)


def test_hog_transformer_takes_flat_rows_of_a_known_shape(images):
    expected = HOGTransformer().fit_transform(images)
    flat = images.reshape(len(images), -1)
    for same in (flat, flat.tolist(), pd.DataFrame(flat)):
        features = HOGTransformer(image_shape=(30, 36)).fit(same).transform(same)
        assert_allclose(features, expected, rtol=0, atol=1e-6)
    colour = batch(4, 26, 28, 3)
    assert_array_equal(
        HOGTransformer(image_shape=(26, 28, 3)).fit_transform(colour.reshape(4, -1)),
        HOGTransformer().fit_transform(colour),
    )


def test_hog_transformer_takes_square_rows_without_a_shape():
    X = batch(4, 28, 28)
    assert_array_equal(HOGTransformer().fit_transform(X.reshape(4, -1)), HOGTransformer().fit_transform(X))


def test_hog_transformer_never_guesses_channels():
    X = batch(4, 24, 3)
    transformer = HOGTransformer().fit(X)
    assert transformer.sample_shape_ == (24, 3)
    assert transformer.n_features_in_ == 72
    padded = np.pad(X, ((0, 0), (0, 0), (0, 21)), mode="edge")
    assert_array_equal(transformer.transform(X), HOGTransformer().fit_transform(padded))


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hog_transformer_refuses_values_that_are_not_finite_and_names_the_sample(dtype, value):
    X = batch(7, 24, 24, dtype=dtype)
    transformer = HOGTransformer().fit(X)
    X[4, 3, 2] = value
    for call in (HOGTransformer().fit, HOGTransformer().fit_transform, transformer.transform):
        with pytest.raises(ValueError, match=r"[Ss]ample 4"):
            call(X)


@pytest.mark.parametrize(("n_jobs", "batch_size"), [(None, 256), (None, 2), (2, 2)])
def test_hog_transformer_refuses_the_root_of_negative_values_and_names_the_sample(n_jobs, batch_size):
    X = batch(9, 24, 24, dtype="float64")
    X[7, 3, 2] = -1e-9
    transformer = HOGTransformer(transform_sqrt=True, n_jobs=n_jobs, batch_size=batch_size)
    with pytest.raises(ValueError, match="Sample 7 of X has negative values"):
        transformer.fit_transform(X)
    with pytest.raises(ValueError, match="Sample 7 of X has negative values"):
        transformer.fit(X[:7]).transform(X)


@pytest.mark.parametrize(
    "X",
    [np.zeros((0, 24, 24)), np.zeros((0, 576)), [], np.zeros((2, 0, 24)), np.zeros((2, 24, 0, 3))],
    ids=["no images", "no rows", "empty list", "no pixel rows", "no pixel columns"],
)
def test_hog_transformer_refuses_nothing(X):
    with pytest.raises(ValueError, match=r"0 sample|no pixels|1D array"):
        HOGTransformer().fit(X)


@pytest.mark.parametrize("shape", [(24, 25), (25, 24), (24, 24, 1), (24, 24, 3), (8, 72)])
def test_hog_transformer_refuses_another_shape_than_in_fit(shape):
    transformer = HOGTransformer().fit(batch(3, 24, 24))
    with pytest.raises(ValueError, match=r"Sample 0 of X has the shape .* fitted on images of shape \(24, 24\)"):
        transformer.transform(np.zeros((2, *shape), np.uint8))


@pytest.mark.parametrize(
    "parameters",
    [
        {"orientations": 0},
        {"orientations": 9.5},
        {"pixels_per_cell": (8, 0)},
        {"pixels_per_cell": (8,)},
        {"pixels_per_cell": 1.5},
        {"pixels_per_cell": 0.0},
        {"pixels_per_cell": 8},
        {"pixels_per_cell": (8.0, 8.0)},
        {"cells_per_block": (0, 1)},
        {"cells_per_block": 2},
        {"block_norm": "l2"},
        {"block_norm": "none"},
        {"transform_sqrt": "yes"},
        {"image_shape": 24},
        {"image_shape": (24, 24, 2)},
        {"batch_size": 0},
        {"n_jobs": 1.5},
    ],
    ids=str,
)
def test_hog_transformer_refuses_parameters_out_of_range_by_name(parameters):
    (name,) = parameters
    with pytest.raises(ValueError, match=name):
        HOGTransformer(**parameters).fit(batch(2, 24, 24))


# ---------------------------------------------------------------- in scikit-learn


def test_hog_transformer_names_its_features(images):
    transformer = HOGTransformer(cells_per_block=(2, 2)).fit(images)
    names = transformer.get_feature_names_out()
    assert len(names) == len(set(names)) == transformer.transform(images).shape[1]
    assert names[0] == "hogtransformer0"
    assert names.dtype == object


def test_hog_transformer_fitted_on_names_warns_of_images_without():
    table = pd.DataFrame(np.arange(50.0).reshape(2, 25), columns=[f"pixel{i}" for i in range(25)])
    transformer = HOGTransformer(pixels_per_cell=(2, 2), cells_per_block=(1, 1)).fit(table)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        transformer.transform(table.to_numpy().reshape(2, 5, 5))


def test_hog_transformer_gives_a_data_frame_when_asked(images):
    transformer = HOGTransformer().set_output(transform="pandas").fit(images)
    frame = transformer.transform(images)
    assert list(frame.columns) == list(transformer.get_feature_names_out())
    assert_array_equal(frame.to_numpy(), HOGTransformer().fit_transform(images))
    assert (frame.dtypes == np.float32).all()
    flat = pd.DataFrame(images.reshape(len(images), -1), index=[f"image {i}" for i in range(len(images))])
    frame = clone(transformer).set_params(image_shape=(30, 36)).fit_transform(flat)
    assert list(frame.index) == list(flat.index)


def test_hog_transformer_survives_clone_and_pickle(images):
    transformer = HOGTransformer(8, (6, 6), (2, 2), "L1", True, batch_size=7, n_jobs=2).fit(images)
    assert clone(transformer).get_params() == transformer.get_params()
    again = pickle.loads(pickle.dumps(transformer))
    assert_array_equal(again.transform(images), transformer.transform(images))
    assert len(pickle.dumps(transformer)) < 2000


def test_hog_transformer_fit_learns_shapes_only(images):
    transformer = HOGTransformer()
    before = transformer.get_params()
    assert transformer.fit(images) is transformer
    assert transformer.get_params() == before
    assert transformer.n_features_in_ == 30 * 36
    assert transformer.sample_shape_ == (30, 36)
    assert transformer.pixels_per_cell_ == (8, 8)
    other = HOGTransformer().fit(images[:1])
    assert_array_equal(other.transform(images), transformer.transform(images))


def test_hog_transformer_in_a_grid_search_over_a_pipeline(classes):
    X, y = classes
    pipeline = make_pipeline(HOGTransformer(cells_per_block=(1, 1)), LinearSVC())
    grid = {
        "hogtransformer__orientations": [1, 9],
        "hogtransformer__pixels_per_cell": [(8, 8), 0.5],
        "hogtransformer__block_norm": ["L1", "L2-Hys"],
        "linearsvc__C": [0.1, 1.0],
    }
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_params_["hogtransformer__orientations"] == 9
    assert search.best_score_ > 0.95
    assert search.predict(X).shape == y.shape


def test_hog_transformer_in_a_feature_union(classes):
    X, y = classes
    flat = X.reshape(len(X), -1)
    union = FeatureUnion([("hog", HOGTransformer(cells_per_block=(1, 1))), ("pca", PCA(5, random_state=0))])
    both = union.fit_transform(flat)
    assert_allclose(both[:, :-5], HOGTransformer(cells_per_block=(1, 1)).fit_transform(flat), rtol=0, atol=1e-12)
    assert list(union.get_feature_names_out()[:1]) == ["hog__hogtransformer0"]
    assert cross_val_score(make_pipeline(union, LogisticRegression()), flat, y).mean() > 0.9


def test_hog_transformer_in_a_pipeline_survives_pickle(classes):
    X, y = classes
    pipeline = make_pipeline(HOGTransformer(cells_per_block=(2, 2)), LinearSVC()).fit(X, y)
    again = pickle.loads(pickle.dumps(pipeline))
    assert_array_equal(again.predict(X), pipeline.predict(X))
