"""ColorHistogramTransformer counts what the golden file and the plain twin count."""

from pathlib import Path

import numpy as np
import pytest
from golden.make_color import BINS
from golden.make_color import SPACES as GOLDEN_SPACES
from numpy.testing import assert_allclose, assert_array_equal
from reference import color as twin

from classicvis import ColorHistogramTransformer

GOLDEN = Path(__file__).parents[1] / "golden" / "color.npz"
SPACES = ("rgb", "hsv", "lab", "opponent")


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("color_space", GOLDEN_SPACES)
def test_histograms_equal_the_golden_file(color_space, joint):
    with np.load(GOLDEN) as golden:
        picture = golden["picture"]
        expected = golden[f"{color_space}: {'joint' if joint else 'each'}"]
    transformer = ColorHistogramTransformer(color_space, BINS, joint, (1, 1))
    features = transformer.fit_transform(picture[None].astype(np.float64) / 255)
    assert_allclose(features[0] * 60 * 80, expected, rtol=0, atol=1e-9)
    from_bytes = transformer.fit_transform(picture[None])
    assert_allclose(from_bytes[0] * 60 * 80, expected, rtol=0, atol=1e-3)


def bins_of(color, color_space, n_bins):
    """Return the bins of one colour, as the transformer counts them."""
    pixel = np.array(color, np.float64).reshape(1, 1, 1, 3)
    features = ColorHistogramTransformer(color_space, n_bins, grid=(1, 1)).fit_transform(pixel)
    assert features.sum() == 3
    return features.reshape(3, n_bins).argmax(axis=1)


@pytest.mark.parametrize("color_space", SPACES)
@pytest.mark.parametrize("seed", range(20))
def test_bins_of_colours_equal_the_twin(color_space, seed):
    color = np.random.default_rng(seed).random(3)
    positions = np.array(twin.positions(color_space, *color))
    for n_bins in (2, 9, 1000):
        certain = np.abs(positions * n_bins - np.rint(positions * n_bins)) > 1e-9
        assert_array_equal(bins_of(color, color_space, n_bins)[certain], np.floor(positions * n_bins)[certain])


CORNERS = [(r, g, b) for r in (0, 1) for g in (0, 1) for b in (0, 1)]


@pytest.mark.parametrize("n_bins", [3, 5, 15, 16, 17, 51, 85, 254, 255, 256])
def test_bins_of_8_bit_values_are_those_of_whole_numbers(n_bins):
    levels = np.arange(256, dtype=np.uint8)
    X = np.repeat(levels, 3).reshape(256, 1, 1, 3)
    features = ColorHistogramTransformer("rgb", n_bins, grid=(1, 1)).fit_transform(X).reshape(256, 3, n_bins)
    expected = np.minimum(np.arange(256) * n_bins // 255, n_bins - 1)
    assert_array_equal(features.argmax(axis=2), np.stack([expected] * 3, axis=1))


@pytest.mark.parametrize("color", CORNERS)
@pytest.mark.parametrize("color_space", SPACES)
def test_bins_of_the_purest_colours_equal_the_twin(color_space, color):
    positions = np.array(twin.positions(color_space, *color))
    assert (positions > -1e-4).all()
    assert (positions < 1 + 1e-4).all()
    expected = np.floor(np.clip(positions, 0, 1 - 1e-9) * 7 + 1e-9)
    assert_array_equal(bins_of(color, color_space, 7), expected)


def test_opponent_coordinates_reach_both_ends_of_their_ranges():
    assert [bins_of(color, "opponent", 5)[0] for color in ((0, 1, 0), (1, 1, 1), (1, 0, 0))] == [0, 2, 4]
    assert [bins_of(color, "opponent", 5)[1] for color in ((0, 0, 1), (1, 1, 1), (1, 1, 0))] == [0, 2, 4]
    assert [bins_of(color, "opponent", 5)[2] for color in ((0, 0, 0), (0.5, 0.5, 0.5), (1, 1, 1))] == [0, 2, 4]
