"""GaborTransformer gives scikit-image's magnitudes, and the statistics of the golden file and of the plain twin."""

from pathlib import Path

import numpy as np
import pytest
from golden.make_gabor import CASES, CELLS
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference import gabor as twin
from reference import pictures
from scipy.ndimage import correlate1d
from skimage.filters import gabor, gabor_kernel

from classicvis import GaborTransformer
from classicvis.features.gabor import _bank as _gabor

GOLDEN = Path(__file__).parents[1] / "golden" / "gabor.npz"
MODES = ("reflect", "nearest", "mirror", "wrap", "constant")
DTYPES = ("bool", "uint8", "uint16", "float32", "float64")
TOLERANCE = {"float64": 1e-12}  # of the largest pixel value
SINGLE = 1e-6


def magnitudes(image, frequencies, orientations, **settings):
    """Return the magnitude of each pixel: the grid has one cell for each."""
    transformer = GaborTransformer(frequencies, orientations, pooling="mean", grid=image.shape, **settings)
    return transformer.fit_transform(image[None]).reshape(len(frequencies), orientations, *image.shape)


def skimage_magnitudes(image, frequencies, orientations, **settings):
    sigma = settings.pop("sigma", None)
    angles = np.pi * np.arange(orientations) / orientations
    settings |= {"sigma_x": sigma, "sigma_y": sigma}
    image = image.astype(np.float64)
    return np.array([[np.hypot(*gabor(image, f, theta, **settings)) for theta in angles] for f in frequencies])


def assert_within(ours, expected, image):
    assert_allclose(ours, expected, rtol=0, atol=TOLERANCE.get(image.dtype.name, SINGLE) * np.abs(image).max())


# ---------------------------------------------------------------- scikit-image


@pytest.mark.parametrize("n_stds", [0.1, 1, 3])
@pytest.mark.parametrize("theta", [0, 0.3, np.pi / 4, 2, 3])
def test_twin_has_the_filters_of_skimage(theta, n_stds):
    for frequency, bandwidth in ((0.1, 1), (0.3, 0.7), (0.6, 2)):
        kernel = twin.gabor_kernel(frequency, theta, twin.width(frequency, bandwidth), n_stds)
        assert_allclose(kernel, gabor_kernel(frequency, theta, bandwidth, n_stds=n_stds), rtol=0, atol=1e-15)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(9, 12), (1, 5), (2, 2)])
def test_twin_filters_as_skimage(size, mode):
    image = pictures.smooth(*size)
    real, imaginary = gabor(image, 0.25, 0.7, mode=mode)
    kernel = twin.gabor_kernel(0.25, 0.7, twin.width(0.25, 1), 3)
    assert_allclose(twin.responses(image, kernel, mode), real + 1j * imaginary, rtol=0, atol=1e-14)


@pytest.mark.parametrize("picture", pictures.GREY)
def test_gabor_equals_skimage_on_every_picture(picture):
    image = pictures.GREY[picture](35, 47)
    expected = skimage_magnitudes(image, (0.2, 0.45), 4)
    for dtype in ("uint8", "float64"):
        assert_within(magnitudes(image.astype(dtype), (0.2, 0.45), 4), expected, image.astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("picture", ["photo", "noise", "checkerboard"])
def test_gabor_equals_skimage_for_every_dtype(picture, dtype):
    image = pictures.as_dtype(pictures.GREY[picture](40, 33), dtype)
    assert_within(magnitudes(image, (0.3,), 6), skimage_magnitudes(image, (0.3,), 6), image)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("picture", ["photo", "noise"])
def test_gabor_equals_skimage_at_every_border(picture, mode):
    image = pictures.GREY[picture](34, 66).astype(np.float64)
    ours = magnitudes(image, (0.12, 0.3), 3, mode=mode)
    assert_within(ours, skimage_magnitudes(image, (0.12, 0.3), 3, mode=mode), image)


@pytest.mark.parametrize("orientations", range(1, 10))
def test_gabor_equals_skimage_for_every_number_of_orientations(orientations):
    image = pictures.noise(19, 23).astype(np.float64)
    assert_within(magnitudes(image, (0.25,), orientations), skimage_magnitudes(image, (0.25,), orientations), image)


@pytest.mark.parametrize(
    "settings",
    [
        {"bandwidth": 0.5},
        {"bandwidth": 2.5},
        {"sigma": 1},
        {"sigma": 0.2},
        {"sigma": 3.3},
        {"n_stds": 1},
        {"n_stds": 4.5},
    ],
    ids=str,
)
def test_gabor_equals_skimage_for_every_width(settings):
    image = pictures.photo(28, 31).astype(np.float64)
    expected = skimage_magnitudes(image, (0.3, 0.6), 4, **settings)
    ours = magnitudes(image, (0.3, 0.6), 4, **settings)
    assert_allclose(ours, expected, rtol=0, atol=1e-12 * max(255, expected.max()))


@pytest.mark.parametrize("mode", ["nearest", "mirror", "wrap", "constant"])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (1, 40), (40, 1), (3, 3), (32, 33), (31, 64), (5, 97)])
def test_gabor_equals_skimage_for_every_size(size, mode):
    image = pictures.noise(*size).astype(np.float64)
    assert_within(magnitudes(image, (0.2,), 4, mode=mode), skimage_magnitudes(image, (0.2,), 4, mode=mode), image)


@pytest.mark.parametrize("size", [1, 2, 7, 31, 70])
def test_gabor_reflects_images_smaller_than_its_filters_as_scipy_does_along_a_line(size):
    line = pictures.noise(1, size).astype(np.float64)
    profile = gabor_kernel(0.05).sum(axis=0)  # beyond the only row is the same row again
    real, imaginary = (correlate1d(line, part, axis=1, mode="reflect") for part in (profile.real, profile.imag))
    assert_within(magnitudes(line, (0.05,), 1)[0, 0], np.hypot(real, imaginary), line)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_gabor_equals_the_twin_for_random_draws(data):
    shape = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 40))
    grid = data.draw(st.integers(1, min(4, shape[0]))), data.draw(st.integers(1, min(4, shape[1])))
    frequency, orientations = data.draw(st.floats(0.2, 1)), data.draw(st.integers(1, 3))
    options = {
        "bandwidth": data.draw(st.floats(0.8, 3)),
        "n_stds": data.draw(st.floats(0.1, 3)),
        "mode": data.draw(st.sampled_from(MODES)),
        "pooling": data.draw(st.sampled_from(["mean", "mean_std"])),
        "grid": grid,
    }
    image = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1))).standard_normal(shape)
    expected = twin.features(image, (frequency,), orientations, **options)
    ours = GaborTransformer((frequency,), orientations, **options).fit_transform(image[None])
    assert_allclose(ours[0], expected, rtol=0, atol=1e-7)  # a deviation near 0 is the root of a difference


# ---------------------------------------------------------------- statistics


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("picture", ["rings", "noise"])
def test_gabor_equals_the_golden_file(golden, picture, case):
    frequency, orientations, settings = CASES[case]
    image, expected = golden[picture], golden[f"{picture}: {case}"].ravel()
    transformer = GaborTransformer((frequency,), orientations, grid=CELLS, **settings)
    assert_allclose(transformer.fit_transform(image[None])[0], expected, rtol=1e-10, atol=0)
    in_single = transformer.fit_transform(image[None].astype(np.float32))[0]
    assert_allclose(in_single, expected, rtol=0, atol=SINGLE * image.max())


@pytest.mark.parametrize("pooling", ["mean", "mean_std"])
@pytest.mark.parametrize("grid", [(1, 1), (2, 3), (5, 4)])
def test_gabor_statistics_equal_the_twin(grid, pooling):
    image = pictures.noise(13, 18).astype(np.float64)
    options = {"pooling": pooling, "grid": grid}
    expected = twin.features(image, (0.3, 0.6), 4, **options)
    ours = GaborTransformer((0.3, 0.6), 4, **options).fit_transform(image[None])[0]
    assert_allclose(ours, expected, rtol=1e-10, atol=0)


@pytest.mark.parametrize("block", [1, 3, 8, 100])
@pytest.mark.parametrize("mode", MODES)
def test_gabor_gives_the_same_for_every_size_of_block(monkeypatch, block, mode):
    images = pictures.batch(2, 37, 41, dtype="float64")
    expected = GaborTransformer((0.1, 0.3), 3, mode=mode).fit_transform(images)
    monkeypatch.setattr(_gabor, "BLOCK", block)
    ours = GaborTransformer((0.1, 0.3), 3, mode=mode).fit_transform(images)
    assert_allclose(ours, expected, rtol=1e-11, atol=0)


def test_gabor_of_a_constant_image_is_its_small_response_to_brightness():
    image = np.full((1, 20, 30), 100.0)
    features = GaborTransformer((0.2,), 4, grid=(1, 1)).fit_transform(image).reshape(4, 2)
    sums = [abs(gabor_kernel(0.2, np.pi * k / 4).sum()) for k in range(4)]
    assert_allclose(features[:, 0], np.multiply(sums, 100), rtol=1e-10, atol=0)
    assert_allclose(features[:, 1], 0, rtol=0, atol=1e-6)


@pytest.mark.parametrize("orientations", [4, 6])
def test_gabor_of_a_turned_image_has_the_angles_turned(orientations):
    image = pictures.photo(30, 44).astype(np.float64)
    straight = magnitudes(image, (0.2,), orientations)[0]
    turned = magnitudes(np.ascontiguousarray(np.rot90(image)), (0.2,), orientations)[0]
    expected = np.roll(np.rot90(straight, axes=(1, 2)), orientations // 2, axis=0)
    assert_allclose(turned, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("dtype", ["bool", "uint16", "float32", "float64"])
def test_gabor_weighs_channels_as_documented(dtype):
    image = pictures.as_dtype(pictures.colour_photo(30, 24), dtype)
    red, green, blue = np.moveaxis(image, -1, 0).astype(np.float64)
    grey = GaborTransformer().fit_transform((red * 0.299 + green * 0.587 + blue * 0.114)[None])
    assert_allclose(GaborTransformer().fit_transform(image[None]), grey, rtol=0, atol=SINGLE * image.max())


def test_gabor_weighs_channels_of_8_bits_to_the_nearest_integer():
    image = pictures.colour_photo(30, 24)
    rounded = np.floor(image @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)
    assert_array_equal(GaborTransformer().fit_transform(image[None]), GaborTransformer().fit_transform(rounded[None]))
