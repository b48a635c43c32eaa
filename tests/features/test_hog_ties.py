"""Pixels on the edge between two bins, and equal channels: exact for integer images, and as scikit-image has it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import skimage.feature
from numpy.testing import assert_array_equal
from reference import hog as twin

from classicvis.features import HOGTransformer, hog

DTYPES = ("bool", "uint8", "uint16", "float32", "float64")
GOLDEN = Path(__file__).parents[1] / "golden" / "hog.npz"


def images_of_gradients(gx, gy, dtype="uint8"):
    """Return images of 3 × 3 pixels in whose middle the gradient is (gx, gy), and zero around it."""
    images = np.zeros((len(gx), 3, 3), dtype)
    images[:, 1, 0], images[:, 1, 2] = np.maximum(-gx, 0), np.maximum(gx, 0)
    images[:, 0, 1], images[:, 2, 1] = np.maximum(-gy, 0), np.maximum(gy, 0)
    return images


def bins_by_kernel(images, orientations):
    """Return the bin into which the pixel in the middle of each image votes, which must be the only one."""
    transformer = HOGTransformer(orientations, (3, 3), (1, 1), "L2")
    features = transformer.fit_transform(images)
    assert_array_equal(np.count_nonzero(features, axis=1), 1)
    return features.argmax(axis=1)


@pytest.fixture(scope="module")
def gradients_of_bytes():
    """All gradients (gx, gy) of 8-bit pixels, but for (0, 0) which votes for nothing."""
    g = np.arange(-255, 256)
    gy, gx = (grid.ravel() for grid in np.meshgrid(g, g, indexing="ij"))
    votes = (gx != 0) | (gy != 0)
    return gx[votes], gy[votes]


@pytest.mark.parametrize("orientations", range(1, 65))
def test_hog_puts_every_gradient_of_bytes_into_the_bin_of_skimage(orientations, gradients_of_bytes):
    gx, gy = gradients_of_bytes
    by_skimage = np.load(GOLDEN)["digests of bins"][orientations - 1]
    expected = twin.bins_of(gx, gy, orientations)
    assert hashlib.sha256(expected.astype(np.uint8).tobytes()).hexdigest() == by_skimage
    # Opposite gradients share a bin, and so do their images up to a half turn: one of each pair is enough here.
    half = slice(len(gx) // 2, None)
    assert_array_equal(bins_by_kernel(images_of_gradients(gx[half], gy[half]), orientations), expected[half])


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("orientations", [1, 2, 9, 12])
def test_hog_bins_do_not_depend_on_dtype_or_on_the_sign_of_the_gradient(orientations, dtype, gradients_of_bytes):
    gx, gy = (g[::7] for g in gradients_of_bytes)
    bins = bins_by_kernel(images_of_gradients(gx, gy, dtype), orientations)
    assert_array_equal(bins, twin.bins_of(gx, gy, orientations))


def gradients_beside_edges(orientations, largest):
    """Return integer gradients of at most `largest` that are closest to the edges between bins, on either side."""
    gx = np.arange(1, largest + 1)[:: max(1, largest // 4000)]
    gradients = []
    for edge in np.deg2rad(180 / orientations * np.arange(1, orientations)):
        folded = min(edge, np.pi - edge)
        for rounded in (np.floor, np.ceil):
            gy = rounded(gx * np.tan(folded))
            inside = (gy > 0) & (gy <= largest)
            pairs = np.stack([gx, gy])[:, inside]
            closest = np.argsort(np.abs(np.arctan2(pairs[1], pairs[0]) - folded))[:50]
            gradients.append(pairs[:, closest] * [[1 if edge < np.pi / 2 else -1], [1]])
    return np.concatenate(gradients, axis=1).astype(np.int64)


@pytest.mark.parametrize("orientations", [3, 5, 6, 8, 9, 12, 18, 36])
def test_hog_puts_16_bit_gradients_beside_edges_into_the_bin_of_skimage(orientations):
    gx, gy = gradients_beside_edges(orientations, 65535)
    images = images_of_gradients(gx, gy, "uint16")
    assert_array_equal(bins_by_kernel(images, orientations), twin.bins_of(gx, gy, orientations))


@pytest.mark.parametrize("orientations", [4, 9, 12, 36])
def test_twin_bins_gradients_beside_edges_as_skimage_does(orientations):
    gx, gy = (g[::10] for g in gradients_beside_edges(orientations, 255))
    by_skimage = [
        skimage.feature.hog(image, orientations, (3, 3), (1, 1), "L2").argmax() for image in images_of_gradients(gx, gy)
    ]
    assert_array_equal(twin.bins_of(gx, gy, orientations), by_skimage)


@pytest.mark.parametrize(
    ("gx", "gy", "orientations", "expected"),
    [
        (1, 0, 9, 0),
        (-1, 0, 9, 0),
        (0, 1, 2, 1),
        (0, -1, 2, 1),
        (1, 1, 4, 1),
        (-1, -1, 4, 1),
        (-1, 1, 4, 3),
        (1, -1, 4, 3),
        (0, 1, 1, 0),
        (0, 3, 9, 4),
    ],
)
def test_hog_puts_ties_into_the_upper_bin(gx, gy, orientations, expected):
    for dtype in ("uint8", "uint16", "float32", "float64"):
        image = images_of_gradients(np.array([gx]), np.array([gy]), dtype)
        assert bins_by_kernel(image, orientations) == [expected]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hog_puts_an_angle_that_rounds_to_180_degrees_into_the_last_bin(dtype):
    image = np.zeros((3, 3), dtype)
    image[1, 2], image[0, 1] = 1, np.finfo(dtype).eps / 1000  # gx = 1, gy a touch below zero
    result = hog(image, 9, (3, 3), (1, 1), "L1")
    assert result.argmax() == 8
    assert np.count_nonzero(result) == 1


def test_hog_takes_the_first_of_channels_with_equal_magnitude():
    right, down = np.zeros((3, 3), np.uint8), np.zeros((3, 3), np.uint8)
    right[1, 2], down[2, 1] = 5, 5
    for dtype in DTYPES:
        first_right = hog(np.stack([right, down]).astype(dtype), 2, (3, 3), (1, 1), "L1", channel_axis=0)
        first_down = hog(np.stack([down, right]).astype(dtype), 2, (3, 3), (1, 1), "L1", channel_axis=0)
        assert first_right.argmax() == 0
        assert first_down.argmax() == 1


def test_hog_compares_magnitudes_of_integer_channels_exactly():
    g = np.arange(256)
    gy, gx = (grid.ravel() for grid in np.meshgrid(g, g, indexing="ij"))
    squares = gx**2 + gy**2
    order = np.argsort(squares, kind="stable")
    before, after = order[:-1], order[1:]  # neighbours in magnitude, often equal
    images = np.stack([images_of_gradients(gx[i], gy[i]) for i in (before, after)], axis=-1)
    third = np.zeros_like(images[..., :1])
    features = HOGTransformer(9, (3, 3), (1, 1), "L2").fit_transform(np.concatenate([images, third], axis=-1))
    stronger = np.where(squares[before] >= squares[after], before, after)
    expected = twin.bins_of(gx[stronger], gy[stronger], 9)
    votes = squares[stronger] > 0
    assert_array_equal(features.argmax(axis=1)[votes], expected[votes])
