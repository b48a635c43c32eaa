"""The descriptors of sift() are those of the plain twin in `reference.sift`, and close to OpenCV's."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from reference import dense_sift as dense_twin
from reference import pictures
from reference import sift as twin

from classicvis.features import sift
from classicvis.features.sift._dense_grid import cell_taps
from classicvis.features.sift._keypoints import check_sift_settings, describe, detect_keypoints
from classicvis.kernels.sift import NORM_CODES, SPACING, describe_keypoints

GOLDEN = Path(__file__).parents[1] / "golden" / "sift.npz"
SETTINGS = check_sift_settings(None, "l2", 0.04, 10.0, 1.6, 3)


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def run_kernel(level, keypoints, norm="l2"):
    keypoints = np.array(keypoints, np.float32)
    out = np.zeros((len(keypoints), 128), np.float32)
    taps = cell_taps(SPACING, "gaussian")[0]
    level = np.ascontiguousarray(level, np.float32)
    describe_keypoints(level, keypoints, np.arange(len(keypoints)), taps, NORM_CODES[norm], out)
    return out


def cosines(ours, theirs):
    theirs = theirs.astype(np.float64)
    return (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)


# ---------------------------------------------------------------- the twin


def test_twin_votes_like_the_one_of_dense_sift():
    image = pictures.noise(12, 15).astype(float)
    gy, gx = np.gradient(image)
    assert_allclose(twin.votes(gx, gy), dense_twin.orientation_planes(image), atol=1e-9)


@pytest.mark.parametrize("norm", ["l2", "root"])
@pytest.mark.parametrize("angle", [0, 0.3, np.pi / 2, 2, 4, 6.2])
def test_descriptors_equal_the_twin(angle, norm):
    level = twin_level(60, 70)
    keypoints = [(row, 35, width, angle) for row in (30, 31.25, 12.3) for width in (4.5, 6, 9)]
    expected = [twin.descriptor(level, *np.float32(keypoint), norm) for keypoint in keypoints]
    assert_allclose(run_kernel(level, keypoints, norm), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("place", [(0, 0), (0, 25), (29, 39), (15, 39.5), (-3, 4), (40, 60)])
def test_descriptors_at_borders_equal_the_twin(place):
    level = twin_level(30, 40)
    keypoints = [(*place, width, 0.7) for width in (3, 8, 40)]
    expected = [twin.descriptor(level, *np.float32(keypoint)) for keypoint in keypoints]
    assert_allclose(run_kernel(level, keypoints), expected, rtol=0, atol=2e-5)


@given(
    place=st.tuples(st.floats(-2, 42), st.floats(-2, 52)),
    width=st.floats(1, 30),
    angle=st.floats(0, 6.28),
    norm=st.sampled_from(["l2", "root"]),
)
@settings(max_examples=60, deadline=None)
def test_descriptors_of_any_keypoint_have_length_one_or_zero(place, width, angle, norm):
    (descriptor,) = run_kernel(twin_level(40, 50), [(*place, width, angle)], norm)
    assert np.isfinite(descriptor).all()
    assert (descriptor >= 0).all()
    length = np.linalg.norm(descriptor)
    assert length == 0 or abs(length - 1) < 1e-5


def twin_level(n_rows, n_columns):
    """Return a smoothed picture, in which no pixel of a patch decides alone."""
    return dense_twin.smoothed(pictures.photo(n_rows, n_columns), 1.6)


def test_a_level_without_gradient_has_zero_descriptors():
    assert (run_kernel(np.full((40, 40), 9.0), [(20, 20, 6, 1)]) == 0).all()


def test_a_turned_level_has_the_same_descriptors():
    level = twin_level(61, 61)
    expected = run_kernel(level, [(30, 30, 6, 0.4)])
    turned = run_kernel(np.rot90(level), [(30, 30, 6, 0.4 + np.pi / 2)])  # anticlockwise
    assert_allclose(turned, expected, atol=1e-5)


# ---------------------------------------------------------------- OpenCV


@pytest.mark.parametrize("picture", ["photo", "spots"])
def test_descriptors_are_close_to_those_of_opencv_4(golden, picture):
    keypoints = golden[f"keypoints: {picture}"].astype(np.float64)
    ours = describe(golden[picture].astype(np.float32), keypoints, SETTINGS)
    found = cosines(ours, golden[f"descriptors: {picture}"])
    assert (found >= 0.99).mean() >= 0.99
    assert np.median(found) >= 0.999


@pytest.mark.parametrize("picture", ["photo", "spots"])
def test_keypoints_are_those_of_opencv_4(golden, picture):
    expected = golden[f"keypoints: {picture}"]
    found = sift(golden[picture])
    assert_allclose(found.positions, expected[:, 1::-1], atol=1e-3)
    assert_allclose(found.scales, expected[:, 2] / 2, atol=1e-3)
    assert_allclose(found.angles, expected[:, 3], atol=0.1)
    assert_allclose(found.responses, expected[:, 4], atol=1e-5)


@pytest.mark.parametrize(("sigma", "n_octave_layers"), [(1.6, 3), (1.6, 2), (1.6, 5), (2.5, 3)])
@pytest.mark.parametrize(("picture", "least_share"), [("photo", 0.99), ("noise", 0.94)])
def test_descriptors_are_close_to_those_of_the_opencv_that_is_installed(picture, least_share, sigma, n_octave_layers):
    image = pictures.photo(200, 180) if picture == "photo" else pictures.noise(120, 140)
    opencv = cv2.SIFT_create(contrastThreshold=0.02, sigma=sigma, nOctaveLayers=n_octave_layers)
    keypoints, theirs = opencv.compute(image, opencv.detect(image))
    found = sift(image, contrast_threshold=0.02, sigma=sigma, n_octave_layers=n_octave_layers)
    assert len(found.descriptors) == len(keypoints) > 10
    close = cosines(found.descriptors, theirs)
    assert (close >= 0.99).mean() >= least_share
    assert np.median(close) >= 0.996


@pytest.mark.parametrize("shape", [(9, 9), (16, 20), (11, 200), (33, 47)])
def test_descriptors_of_small_images_are_close_to_opencv(shape):
    image = pictures.noise(*shape)
    opencv = cv2.SIFT_create(contrastThreshold=0.0)
    keypoints = opencv.detect(image)
    ours = sift(image, contrast_threshold=0.0)
    assert len(ours.descriptors) == len(keypoints)
    if keypoints:
        theirs = opencv.compute(image, keypoints)[1]
        assert np.median(cosines(ours.descriptors, theirs)) >= 0.98


def test_keypoints_do_not_depend_on_each_other():
    image = pictures.photo(150, 150).astype(np.float32)
    keypoints = detect_keypoints(image, SETTINGS)
    whole = describe(image, keypoints, SETTINGS)
    order = np.random.default_rng(0).permutation(len(keypoints))
    octaves = keypoints[:, 5].astype(int) & 255
    for some in (order, order[:3], np.flatnonzero(octaves < 2), np.flatnonzero(octaves == octaves.max())):
        assert_array_equal(describe(image, keypoints[some], SETTINGS), whole[some])
