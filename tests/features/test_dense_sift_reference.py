"""dense_sift() gives VLFeat's numbers, and those of the plain twin in `reference.dense_sift`."""

from pathlib import Path

import numpy as np
import pytest
from golden.make_dense_sift import CASES
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference import dense_sift as twin
from reference import pictures

from classicvis.features import dense_sift

WINDOWS = ("flat", "gaussian")
GOLDEN = Path(__file__).parents[1] / "golden" / "dense_sift.npz"
TOLERANCE = 1e-6  # of the twin, for grey levels that float32 holds exactly


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def assert_as_twin(image, step, bin_size, window, norm="l2"):
    positions, descriptors, scales = dense_sift(image, step, bin_size, window=window, norm=norm)
    expected_positions, expected, _ = twin.dense_sift(image, step, bin_size, window, norm=norm)
    assert_array_equal(positions, expected_positions)
    tolerance = TOLERANCE if norm == "l2" else 1e-5  # the root magnifies the errors of values near zero
    assert_allclose(descriptors, expected, rtol=0, atol=tolerance)
    assert positions.dtype == descriptors.dtype == np.float32
    assert (scales == bin_size).all()


# ---------------------------------------------------------------- VLFeat


@pytest.mark.parametrize("case", CASES)
def test_twin_equals_vlfeat(golden, case):
    picture, step, bin_size, window, magnification = CASES[case]
    image = golden[picture]
    if magnification is not None:
        image = twin.smoothed(image, bin_size / magnification)
    positions, descriptors, contrasts = twin.dense_sift(image, step, bin_size, window)
    assert_array_equal(positions, golden[f"positions: {case}"])
    assert_allclose(descriptors, golden[f"descriptors: {case}"], rtol=0, atol=1e-5)
    assert_allclose(contrasts, golden[f"norms: {case}"] / 255, rtol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_dense_sift_equals_vlfeat(golden, case):
    picture, step, bin_size, window, magnification = CASES[case]
    positions, ours, _ = dense_sift(golden[picture], step, bin_size, window=window, magnification=magnification)
    theirs = golden[f"descriptors: {case}"]
    assert_array_equal(positions, golden[f"positions: {case}"])
    cosines = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosines.min() >= 0.99999
    assert_allclose(ours, theirs, rtol=0, atol=1e-5)


# ---------------------------------------------------------------- the twin


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("picture", pictures.GREY)
def test_dense_sift_equals_the_twin_on_pictures(picture, window):
    assert_as_twin(pictures.GREY[picture](37, 44), 4, 4, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 8, 17, 40])
@pytest.mark.parametrize("bin_size", [1, 2, 3, 4, 7])
def test_dense_sift_equals_the_twin_for_steps_and_bins(bin_size, step, window):
    assert_as_twin(pictures.photo(29, 35), step, bin_size, window)


@pytest.mark.parametrize("window", WINDOWS)
def test_dense_sift_equals_the_twin_at_large_bins(window):
    assert_as_twin(pictures.photo(140, 150), 11, 40, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("shape", [(13, 13), (13, 300), (300, 13), (14, 150), (90, 130)])
def test_dense_sift_equals_the_twin_for_shapes(shape, window):
    assert_as_twin(pictures.photo(*shape), 4, 4, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("picture", ["photo", "noise", "edge", "checkerboard", "constant"])
def test_root_sift_equals_the_twin(picture, window):
    assert_as_twin(pictures.GREY[picture](30, 33), 4, 4, window, norm="root")


@given(
    shape=st.tuples(st.integers(1, 45), st.integers(1, 45)),
    step=st.integers(1, 20),
    bin_size=st.integers(1, 14),
    window=st.sampled_from(WINDOWS),
    seed=st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_dense_sift_equals_the_twin_for_any_grid(shape, step, bin_size, window, seed):
    least = 3 * bin_size + 1
    image = pictures.noise(max(shape[0], least), max(shape[1], least), seed=seed)
    assert_as_twin(image, step, bin_size, window)


def test_dense_sift_of_float_images_equals_the_twin():
    image = pictures.smooth(40, 50)
    ours = dense_sift(image).descriptors
    assert_allclose(ours, twin.dense_sift(image * 255)[1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("magnification", [1.5, 3, 6, 40])
def test_smoothing_equals_the_twin(magnification):
    image = pictures.photo(40, 50)
    ours = dense_sift(image, bin_size=6, magnification=magnification).descriptors
    expected = twin.dense_sift(twin.smoothed(image, 6 / magnification), bin_size=6)[1]
    assert_allclose(ours, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("sizes", [(4, 6, 8, 10), (3, 4), (8, 2), (5,)])
def test_scales_are_those_of_phow(sizes, window):
    image = pictures.photo(50, 47)
    found = dense_sift(image, 3, sizes, magnification=6, window=window)
    positions, descriptors, scales = [], [], []
    for size in sizes:
        offset = int(np.floor(3 / 2 * (max(sizes) - size)))
        result = twin.dense_sift(twin.smoothed(image, size / 6), 3, size, window, offset)
        positions.append(result[0])
        descriptors.append(result[1])
        scales.append(np.full(len(result[0]), size))
    assert_array_equal(found.positions, np.concatenate(positions))
    assert_array_equal(found.scales, np.concatenate(scales))
    assert_allclose(found.descriptors, np.concatenate(descriptors), rtol=0, atol=1e-5)


@pytest.mark.parametrize("window", WINDOWS)
def test_descriptors_of_less_contrast_are_zero(window):
    image = np.where(np.arange(60) < 30, 100, pictures.noise(40, 60) // 8 + 100).astype(np.uint8)
    expected_descriptors, contrasts = twin.dense_sift(image, window=window)[1:]
    threshold = np.sort(contrasts)[len(contrasts) // 2] * 1.0001
    descriptors = dense_sift(image, window=window, contrast_threshold=threshold).descriptors
    weak = contrasts < threshold
    assert 0 < weak.sum() < len(weak)
    assert (descriptors[weak] == 0).all()
    assert_allclose(descriptors[~weak], expected_descriptors[~weak], rtol=0, atol=TOLERANCE)
