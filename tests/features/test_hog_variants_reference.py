"""The variants of HOG against OpenCV's and VLFeat's answers, and against plain twins in float64."""

import pathlib
import runpy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import hog_dalal_triggs, hog_uoctti
from reference.pictures import GREY, as_dtype, batch, colour_photo, noise, photo, smooth

from classicvis import HOGTransformer

FOLDER = pathlib.Path(__file__).parents[1] / "golden"
CASES = runpy.run_path(str(FOLDER / "make_hog_variants.py"))["CASES"]
OPENCV = [name for name, case in CASES.items() if case[0] == "dalal-triggs"]
VLFEAT = [name for name, case in CASES.items() if case[0] == "uoctti"]
TOLERANCE = {"float32": 5e-6, "float64": 1e-12}


@pytest.fixture(scope="module")
def golden():
    with np.load(FOLDER / "hog_variants.npz") as file:
        return dict(file)


def features(image, variant, shape=None, **settings):
    """Return the features of one image, of a shape."""
    row = HOGTransformer(variant=variant, **settings).fit_transform(image[np.newaxis])[0]
    return row if shape is None else row.reshape(shape)


def twin(image, variant, transform_sqrt=False, **settings):
    """Return what the plain twin gives."""
    reference = hog_dalal_triggs if variant == "dalal-triggs" else hog_uoctti
    channel_axis = None if image.ndim == 2 else -1
    return reference.hog(image, **settings, transform_sqrt=transform_sqrt, channel_axis=channel_axis)


def check_against_twin(image, variant, **settings):
    expected = twin(image, variant, **settings)
    actual = features(image, variant, expected.shape, **settings)
    dtype = "float64" if image.dtype == np.float64 else "float32"
    assert actual.dtype == dtype
    assert_allclose(actual, expected, rtol=0, atol=TOLERANCE[dtype])


def from_opencv(descriptor, shape):
    """Put OpenCV's values, whose blocks and cells run column by column, into our order."""
    n_block_rows, n_block_columns, block_rows, block_columns, orientations = shape
    blocks = descriptor.reshape(n_block_columns, n_block_rows, block_columns, block_rows, orientations)
    return blocks.transpose(1, 0, 3, 2, 4)


# ---------------------------------------------------------------- OpenCV and VLFeat


@pytest.mark.parametrize("name", OPENCV)
def test_dalal_triggs_is_opencvs(golden, name):
    variant, picture, orientations, cell, block, transform_sqrt = CASES[name]
    settings = {"orientations": orientations, "pixels_per_cell": cell, "cells_per_block": block}
    expected = twin(golden[picture], variant, transform_sqrt, **settings)
    answer = from_opencv(golden[f"{variant}: {name}"], expected.shape)
    actual = features(golden[picture], variant, answer.shape, transform_sqrt=transform_sqrt, **settings)
    assert_allclose(actual, answer, rtol=0, atol=2e-6)
    assert_allclose(expected, answer, rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", VLFEAT)
def test_uoctti_is_vlfeats(golden, name):
    variant, picture, orientations, cell, _, _ = CASES[name]
    answer = np.moveaxis(golden[f"{variant}: {name}"], 0, -1)
    settings = {"orientations": orientations, "pixels_per_cell": cell}
    assert_allclose(features(golden[picture], variant, answer.shape, **settings), answer, rtol=0, atol=1e-6)
    assert_allclose(twin(golden[picture], variant, **settings), answer, rtol=0, atol=1e-6)


def test_opencvs_arc_tangent_is_close():
    gx, gy = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256))
    difference = hog_dalal_triggs.angles(gx, gy) - np.arctan2(gy, gx)
    assert np.abs((difference + np.pi / 2) % np.pi - np.pi / 2).max() < 1.7e-4


# ---------------------------------------------------------------- the twins


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("picture", GREY)
def test_variant_agrees_with_its_twin_on_all_pictures(picture, variant):
    check_against_twin(GREY[picture](40, 52), variant)


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
def test_variant_agrees_with_its_twin_in_all_dtypes(dtype, variant):
    check_against_twin(as_dtype(photo(33, 41), dtype), variant)
    check_against_twin(as_dtype(photo(33, 41), dtype), variant, transform_sqrt=True)


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_variant_agrees_with_its_twin_on_colours(dtype, variant):
    check_against_twin(as_dtype(colour_photo(33, 41), dtype), variant)
    check_against_twin(as_dtype(noise(29, 31, 3), dtype), variant)


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("orientations", [1, 2, 3, 4, 6, 8, 10, 17, 30])
def test_variant_agrees_with_its_twin_for_all_orientations(orientations, variant):
    check_against_twin(noise(30, 34), variant, orientations=orientations)
    check_against_twin(255 * smooth(30, 34), variant, orientations=orientations)


@pytest.mark.parametrize("cell", [(1, 1), (2, 3), (3, 2), (4, 4), (5, 7), (8, 8), (9, 4), (16, 16), (1, 20)])
def test_variants_agree_with_their_twins_for_all_cells(cell):
    image = noise(37, 45)
    check_against_twin(image, "uoctti", pixels_per_cell=cell)
    check_against_twin(image, "dalal-triggs", pixels_per_cell=cell, cells_per_block=(2, 2))
    check_against_twin(image, "dalal-triggs", pixels_per_cell=cell, cells_per_block=(1, 2))


@pytest.mark.parametrize("block", [(1, 1), (1, 3), (3, 1), (2, 2), (4, 3), (5, 5), (5, 6)])
def test_dalal_triggs_agrees_with_its_twin_for_all_blocks(block):
    check_against_twin(photo(44, 50), "dalal-triggs", cells_per_block=block)
    check_against_twin(noise(41, 40), "dalal-triggs", pixels_per_cell=(6, 5), cells_per_block=block, orientations=7)


@pytest.mark.parametrize("size", [(8, 8), (8, 11), (9, 30), (15, 16), (17, 23), (24, 25), (60, 9)])
def test_variants_agree_with_their_twins_for_odd_sizes(size):
    check_against_twin(noise(*size), "uoctti")
    check_against_twin(noise(*size), "dalal-triggs", cells_per_block=(1, 1))
    check_against_twin(noise(*size, 3), "dalal-triggs", cells_per_block=(2, 1), pixels_per_cell=(4, 4))


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("width", [28, 200, 700])
def test_variant_agrees_with_its_twin_side_by_side(width, variant):
    X = batch(23, 26, width)
    rows = HOGTransformer(variant=variant).fit_transform(X)
    for row, image in zip(rows[::5], X[::5], strict=True):
        assert_allclose(row, twin(image, variant).ravel(), rtol=0, atol=TOLERANCE["float32"])


@pytest.mark.parametrize("orientations", [2, 4, 6, 9, 12, 18])
def test_uoctti_decides_all_8_bit_gradients_as_exact_arithmetic_does(orientations):
    gx, gy = np.meshgrid(np.arange(-255, 256), np.arange(0, 256, 3))
    gx, gy = gx.ravel(), gy.ravel()
    images = np.zeros((len(gx), 3, 3), np.uint8)  # of whose pixels only the one in the middle votes
    images[:, 1, 2], images[:, 1, 0] = np.maximum(gx, 0), np.maximum(-gx, 0)
    images[:, 2, 1] = gy
    rows = HOGTransformer(orientations, (3, 3), variant="uoctti").fit_transform(images)
    chosen = rows[:, : 2 * orientations].argmax(axis=1)
    expected = hog_uoctti.directions(gx.astype(float), gy.astype(float), orientations)
    expected[(gx == 0) & (gy == 0)] = 0
    np.testing.assert_array_equal(chosen, expected)
