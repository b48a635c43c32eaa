"""The variants of HOGTransformer: their order of values, padding, settings, bits and corner cases."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.pictures import batch, noise, photo
from sklearn.base import clone

from classicvis import HOGTransformer
from classicvis.features.hog._uoctti import DEFAULTS

VARIANTS = ("dalal-triggs", "uoctti")
DTYPES = ("bool", "uint8", "uint16", "float32", "float64")


@pytest.fixture(params=VARIANTS)
def variant(request):
    return request.param


# ---------------------------------------------------------------- what the values are


def test_skimage_is_the_default_variant():
    X = batch(3, 30, 30)
    assert_array_equal(HOGTransformer(variant="skimage").fit_transform(X), HOGTransformer().fit_transform(X))


def test_dalal_triggs_has_as_many_values_as_skimage():
    X = batch(3, 45, 51)
    for settings in ({}, {"cells_per_block": (2, 1), "orientations": 5}, {"pixels_per_cell": 0.2}):
        same = HOGTransformer(**settings).fit_transform(X)
        assert HOGTransformer(**settings, variant="dalal-triggs").fit_transform(X).shape == same.shape


def test_dalal_triggs_lists_cells_row_by_row():
    image = np.zeros((1, 16, 16), np.uint8)
    image[0, 2:6, 10:14] = noise(4, 4)  # in the upper right of four cells
    cells = HOGTransformer(cells_per_block=(2, 2), variant="dalal-triggs").fit_transform(image).reshape(4, 9)
    assert cells[1].sum() > 2 * cells[[0, 2, 3]].sum(axis=1).max()


def test_dalal_triggs_shares_votes_between_neighbouring_bins():
    ramp = np.tile(np.arange(24, dtype=np.uint8), (24, 1))  # 0°, between the first and the last of nine bins
    cells = HOGTransformer(variant="dalal-triggs").fit_transform(ramp[np.newaxis]).reshape(9, 9)
    assert_allclose(cells[:, 0], cells[:, 8], rtol=1e-6)
    assert (cells[:, 1:8] == 0).all()


def test_uoctti_has_31_values_for_each_cell_at_least_half_in_the_image():
    for shape, n_cells in (((16, 16), 4), ((19, 20), 6), ((20, 28), 12), ((8, 8), 1)):
        assert HOGTransformer(variant="uoctti").fit_transform(batch(2, *shape)).shape == (2, 31 * n_cells)


def test_uoctti_lists_cells_row_by_row_and_directed_values_first():
    ramp = np.tile(np.arange(0, 240, 10, dtype=np.uint8), (24, 1))  # brightness rises to the right
    ramp[8:] = 0
    right, left = (
        HOGTransformer(variant="uoctti").fit_transform(image[np.newaxis]).reshape(3, 3, 31)
        for image in (ramp, ramp[:, ::-1])
    )
    assert_allclose(right[0, :, 0], 0.4)
    assert_allclose(right[0, :, 9], 0)
    assert_allclose(left[0, :, 9], 0.4)
    assert_allclose([right[0, :, 18], left[0, :, 18]], 0.4)
    assert right[2].max() == 0


def test_uoctti_of_an_image_upside_down_has_opposite_directions():
    image = noise(32, 40)
    upright, turned = (
        HOGTransformer(variant="uoctti").fit_transform(picture[np.newaxis]).reshape(4, 5, 31)
        for picture in (image, image[::-1, ::-1])
    )
    turned = turned[::-1, ::-1]
    order = [*range(9, 18), *range(9), *range(18, 27), 30, 29, 28, 27]
    assert_allclose(turned[..., order], upright, atol=1e-5)


def test_dtype_of_the_features_follows_the_images(variant):
    for dtype in DTYPES:
        features = HOGTransformer(variant=variant).fit_transform(batch(2, 25, 26, dtype=dtype))
        assert features.dtype == ("float64" if dtype == "float64" else "float32")


def test_floats_times_255_give_the_features_of_8_bit_images(variant):
    X = batch(3, 30, 30, 3)
    as_floats = X.astype(np.float64) / 255 * 255
    expected = HOGTransformer(variant=variant).fit_transform(X)
    assert_allclose(HOGTransformer(variant=variant).fit_transform(as_floats), expected, atol=5e-6)


def test_three_equal_channels_are_grey(variant):
    X = batch(4, 30, 33)
    grey = HOGTransformer(variant=variant).fit_transform(X)
    assert_array_equal(HOGTransformer(variant=variant).fit_transform(np.stack([X] * 3, axis=-1)), grey)
    assert_array_equal(HOGTransformer(variant=variant).fit_transform(X[..., np.newaxis]), grey)


def test_first_of_equally_strong_channels_counts(variant):
    right = np.tile(np.arange(0, 120, 5, dtype=np.uint8), (24, 1))
    both = np.stack([right, right.T, right.T], axis=-1)
    inner = np.s_[8:16, 8:16]  # where the border, at which a gradient has one part only, has no say
    settings = {"pixels_per_cell": (8, 8), "variant": variant}
    shares = [HOGTransformer(**settings).fit_transform(X[np.newaxis]).reshape(3, 3, -1)[1, 1] for X in (both, right)]
    assert right[inner].size == 64
    assert_allclose(shares[0], shares[1], atol=0.05)


# ---------------------------------------------------------------- settings


def test_dalal_triggs_takes_one_norm():
    with pytest.raises(
        ValueError, match=r"block_norm is 'L1', but variant='dalal-triggs' normalises by 'L2-Hys' alone"
    ):
        HOGTransformer(block_norm="L1", variant="dalal-triggs").fit(batch(2, 30, 30))


@pytest.mark.parametrize("settings", [{"block_norm": "L2"}, {"cells_per_block": (2, 2)}])
def test_uoctti_takes_no_blocks(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=rf"{name} is .*, but variant='uoctti' .*leave {name} at its default"):
        HOGTransformer(**settings, variant="uoctti").fit(batch(2, 30, 30))
    assert HOGTransformer().get_params()[name] == DEFAULTS[name]


def test_unknown_variant_is_an_error():
    with pytest.raises(ValueError, match="'variant' parameter of HOGTransformer must be a str among"):
        HOGTransformer(variant="opencv").fit(batch(2, 30, 30))


def test_negative_values_have_no_square_root(variant):
    with pytest.raises(ValueError, match="Sample 1 of X has negative values"):
        HOGTransformer(transform_sqrt=True, variant=variant).fit_transform(
            np.array([np.ones((9, 9)), -np.ones((9, 9))])
        )


# ---------------------------------------------------------------- corner cases


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (2, 2), (3, 3), (5, 23), (7, 8)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_small_images_are_padded_by_their_edge(variant, dtype, shape):
    X = batch(3, *shape, dtype=dtype)
    smallest = 24 if variant == "dalal-triggs" else 8
    padding = [(0, max(0, smallest - size)) for size in shape]
    features = HOGTransformer(variant=variant).fit_transform(X)
    assert np.isfinite(features).all()
    padded = np.pad(X, ((0, 0), *padding), mode="edge")
    assert_array_equal(features, HOGTransformer(variant=variant).fit_transform(padded))


@pytest.mark.parametrize("dtype", DTYPES)
def test_blank_images_have_no_features(variant, dtype):
    features = HOGTransformer(variant=variant).fit_transform(np.ones((2, 30, 30), dtype))
    assert_array_equal(features, 0)


@pytest.mark.parametrize("factor", [1e30, 1e-30, 3e38])
def test_extreme_values_stay_finite(variant, factor):
    X = batch(2, 40, 40, dtype="float32") * np.float32(factor) * np.float32(0.99)
    assert np.isfinite(HOGTransformer(variant=variant).fit_transform(X)).all()
    assert np.isfinite(HOGTransformer(variant=variant).fit_transform(X.astype(float) ** (8 if factor > 1 else 1))).all()


def test_huge_values_have_the_features_of_large_ones(variant):
    X = batch(2, 40, 40, dtype="float32")
    large, huge = (HOGTransformer(variant=variant).fit_transform(X * np.float32(2**k)) for k in (29, 120))
    assert_allclose(huge, large, rtol=1e-5, atol=1e-6)


def test_values_lie_between_0_and_1(variant):
    features = HOGTransformer(variant=variant).fit_transform(batch(6, 50, 50))
    assert features.min() >= 0
    assert features.max() <= 1


# ---------------------------------------------------------------- bits


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("shape", [(24, 24), (28, 28, 3), (31, 45), (65, 33), (9, 200)])
def test_bits_do_not_depend_on_batches_order_or_threads(variant, shape, dtype):
    X = batch(23, *shape, dtype=dtype)
    settings = {"pixels_per_cell": (5, 8), "variant": variant}
    transformer = HOGTransformer(**settings).fit(X)
    expected = transformer.transform(X)
    alone = np.concatenate([transformer.transform(image[np.newaxis]) for image in X])
    assert_array_equal(alone, expected)
    order = np.random.default_rng(0).permutation(len(X))
    assert_array_equal(transformer.transform(X[order]), expected[order])
    for batch_size, n_jobs in [(1, None), (5, 2), (22, 2), (1000, 3)]:
        assert_array_equal(HOGTransformer(**settings, batch_size=batch_size, n_jobs=n_jobs).fit_transform(X), expected)


def test_bits_are_those_of_huge_neighbours_left_out(variant):
    X = batch(8, 24, 24, dtype="float32")
    expected = HOGTransformer(variant=variant).fit_transform(X)
    X[3] *= 1e37
    assert_array_equal(
        np.delete(HOGTransformer(variant=variant).fit_transform(X), 3, axis=0), np.delete(expected, 3, axis=0)
    )


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float64"])
def test_any_memory_layout_is_taken_and_left_alone(variant, dtype):
    X = batch(5, 26, 31, dtype=dtype)
    expected = HOGTransformer(variant=variant).fit_transform(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    strided = np.repeat(X, 2, axis=2)[:, :, ::2]
    for same in (np.asfortranarray(X), read_only, strided, X[::-1].copy()[::-1]):
        copy = same.copy()
        assert_array_equal(HOGTransformer(variant=variant).fit_transform(same), expected)
        assert_array_equal(same, copy)


def test_variant_survives_cloning_and_pickling(variant):
    X = photo(40, 40)[np.newaxis]
    transformer = HOGTransformer(variant=variant).fit(X)
    again = pickle.loads(pickle.dumps(transformer))
    assert_array_equal(again.transform(X), transformer.transform(X))
    assert clone(transformer).variant == variant
