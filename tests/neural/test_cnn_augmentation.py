"""Moving, mirroring, covering and normalising images."""

import numpy as np
import pytest
import torch

from classicvis.neural.training._augmentation import cover_squares, cut_windows
from classicvis.neural.training._batches import Batches
from classicvis.neural.training._normalisation import given_normalisation, measure_normalisation
from classicvis.neural.training._recipe import Recipe
from classicvis.neural.training._samples import Samples


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_cut_windows_repeats_the_edge_and_mirrors(dtype, channels):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, size=(40, 5, 7, channels)).astype(dtype)
    rows, shifts = rng.permutation(40)[:30], rng.integers(-3, 4, size=(30, 2))
    is_mirrored = rng.random(30) < 0.5
    moved = cut_windows(*(torch.from_numpy(values) for values in (images, rows, shifts, is_mirrored))).numpy()
    assert moved.dtype == images.dtype
    for result, row, (down, right), mirror in zip(moved, rows, shifts, is_mirrored, strict=True):
        padded = np.pad(images[row], ((3, 3), (3, 3), (0, 0)), mode="edge")
        window = padded[3 + down : 8 + down, 3 + right : 10 + right]
        np.testing.assert_array_equal(result, window[:, ::-1] if mirror else window)


def test_cover_squares_covers_a_window_of_each_image():
    images = torch.ones(2, 6, 8, 3)
    covered = cover_squares(images, torch.tensor([[0, 0], [3, 4]]), (2, 4)).numpy()
    expected = np.ones((2, 6, 8, 3))
    expected[0, :1, :2] = 0
    expected[1, 2:4, 2:6] = 0
    np.testing.assert_array_equal(covered, expected)


def make_batches(n_images=90, **settings):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(n_images, 4, 5, 3)).astype(np.uint8)
    samples = Samples(images, np.arange(n_images), np.ones(n_images))
    recipe = Recipe(1, 16, 0.1, 0, 0, **({"padding": (0, 0), "cutout": (0, 0), "horizontal_flip": False} | settings))
    normalisation = measure_normalisation(images)
    return normalisation.apply(images), Batches(samples, recipe, normalisation, 5, "cpu")


def images_by_row(batches, epoch=0, seed=0):
    """Return the images of an epoch in the order of the samples, as arrays of shape (n, h, w, c)."""
    parts = list(batches.of_epoch(epoch, np.random.default_rng(seed)))
    order = np.concatenate([targets.numpy() for _, targets, _ in parts])
    images = np.concatenate([images.permute(0, 2, 3, 1).numpy() for images, _, _ in parts])
    np.testing.assert_array_equal(np.sort(order), np.arange(len(order)))
    return images[np.argsort(order)]


def test_batches_without_augmentation_are_the_normalised_images():
    expected, batches = make_batches()
    np.testing.assert_array_equal(images_by_row(batches), expected)


def test_batches_resident_on_a_device_are_the_same(monkeypatch):
    settings = {"padding": (1, 2), "cutout": (2, 2), "horizontal_flip": True}
    expected = images_by_row(make_batches(**settings)[1])
    monkeypatch.setattr("classicvis.neural.training._batches.has_room", lambda images, device: True)
    _, batches = make_batches(**settings)
    assert batches.resident.dtype == torch.uint8
    np.testing.assert_array_equal(images_by_row(batches), expected)


def test_batches_mirror_every_image_in_every_other_epoch():
    images, batches = make_batches(horizontal_flip=True)
    first, second, third = (images_by_row(batches, epoch, seed=epoch) for epoch in range(3))
    np.testing.assert_array_equal(second, first[:, :, ::-1])
    np.testing.assert_array_equal(third, first)
    is_mirrored = (first == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert np.all(is_mirrored ^ (first == images).all(axis=(1, 2, 3)))
    assert 30 < is_mirrored.sum() < 60


def test_batches_move_images_by_up_to_the_padding():
    images, batches = make_batches(padding=(1, 0))
    moved = images_by_row(batches)
    downs = [
        next(
            down
            for down in (-1, 0, 1)
            if np.array_equal(result, np.pad(image, ((1, 1), (0, 0), (0, 0)), "edge")[1 + down : 5 + down])
        )
        for image, result in zip(images, moved, strict=True)
    ]
    assert set(downs) == {-1, 0, 1}


def test_batches_cover_a_part_of_each_image():
    images, batches = make_batches(cutout=(2, 2))
    is_covered = (images_by_row(batches) != images).any(axis=3).sum(axis=(1, 2))
    assert is_covered.min() >= 1
    assert is_covered.max() == 4


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


@pytest.mark.parametrize(("mean", "std"), [(100, 50.0), ([100, 100, 100], [50, 50, 50])])
def test_given_normalisation_is_taken(mean, std):
    images = np.full((2, 3, 3, 3), 150, dtype=np.uint8)
    normalisation = given_normalisation(mean, std, images)
    assert normalisation.mean.dtype == np.float32
    np.testing.assert_array_equal(normalisation.apply(images), np.ones((2, 3, 3, 3)))


@pytest.mark.parametrize(
    ("mean", "std", "message"),
    [
        (1, None, "give both"),
        ([1, 2], 1, "one for each of 3 channels"),
        (np.nan, 1, "finite number"),
        (1, [1, 1, 0], "must be above 0"),
    ],
)
def test_given_normalisation_that_is_wrong_is_an_error(mean, std, message):
    with pytest.raises(ValueError, match=message):
        given_normalisation(mean, std, np.zeros((2, 3, 3, 3)))
