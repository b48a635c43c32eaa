"""Moving, mirroring and normalising batches."""

import numpy as np
import pytest

from classicvis.neural._augmentation import augment, measure_normalisation


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_augment_gives_windows_of_the_image_with_its_edge_repeated(dtype, channels):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, size=(40, 5, 7, channels)).astype(dtype)
    moved = augment(images, padding=(1, 2), horizontal_flip=False, rng=rng)
    assert moved.shape == images.shape
    assert moved.dtype == images.dtype
    shifts = set()
    for image, result in zip(images, moved, strict=True):
        padded = np.pad(image, ((1, 1), (2, 2), (0, 0)), mode="edge")
        found = [(i, j) for i in range(3) for j in range(5) if np.array_equal(padded[i : i + 5, j : j + 7], result)]
        assert found
        shifts.add(found[0])
    assert len(shifts) > (5 if dtype != "bool" else 1)


def test_augment_mirrors_half_of_the_images():
    rng = np.random.default_rng(0)
    images = rng.random((400, 3, 4, 3))
    moved = augment(images, padding=(0, 0), horizontal_flip=True, rng=rng)
    is_same = (moved == images).all(axis=(1, 2, 3))
    is_mirrored = (moved == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert np.all(is_same ^ is_mirrored)
    assert 150 < is_mirrored.sum() < 250


def test_augment_without_augmentation_is_the_identity():
    images = np.arange(24).reshape(2, 3, 4, 1)
    result = augment(images, padding=(0, 0), horizontal_flip=False, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(result, images)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("n_images", [1, 5, 1600])
def test_normalisation_gives_zero_mean_and_unit_variance(dtype, n_images):
    images = np.random.default_rng(0).integers(0, [250, 100, 2], size=(n_images, 30, 30, 3)).astype(dtype)
    normalised = measure_normalisation(images).apply(images)
    assert normalised.dtype == np.float32
    np.testing.assert_allclose(normalised.mean(axis=(0, 1, 2), dtype=float), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std(axis=(0, 1, 2), dtype=float), 1, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e-310, 7.0, 0.1, 1e300])
def test_normalisation_of_a_constant_is_zero(value):
    images = np.full((5, 3, 3, 1), value)
    assert np.abs(measure_normalisation(images).apply(images)).max() < 1e-6


def test_normalisation_works_where_the_square_overflows():
    images = np.random.default_rng(0).normal(size=(50, 4, 4, 1)) * 1e300
    normalised = measure_normalisation(images).apply(images)
    assert normalised.std() == pytest.approx(1, rel=1e-5)
