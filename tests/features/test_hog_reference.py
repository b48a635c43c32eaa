"""hog() gives scikit-image's numbers, and those of the plain twin in `reference.hog`, over all of its parameters."""

from pathlib import Path

import numpy as np
import pytest
import skimage.feature
from golden.make_hog import CASES
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from reference import hog as twin
from reference import pictures

from classicvis.features import hog

NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
DTYPES = ("bool", "uint8", "uint16", "float32", "float64")
GOLDEN = Path(__file__).parents[1] / "golden" / "hog.npz"

# scikit-image sums the votes of a cell in float32 whatever the image.
TOLERANCE_TO_SKIMAGE = {np.dtype("float32"): 1e-5, np.dtype("float64"): 1e-6}
TOLERANCE_TO_TWIN = {np.dtype("float32"): 1e-6, np.dtype("float64"): 1e-12}


def assert_as_reference(image, *, least_certain=0.5, **parameters):
    """Compare hog() with scikit-image and the twin on the blocks where rounding does not decide (see the twin)."""
    ours = hog(image, feature_vector=False, **parameters)
    expected_dtype = np.dtype("float64" if image.dtype == np.float64 else "float32")
    assert ours.dtype == expected_dtype
    theirs = skimage.feature.hog(image, feature_vector=False, **({"block_norm": "L2-Hys"} | parameters))
    plain = twin.hog(image, **parameters)
    assert ours.shape == theirs.shape == plain.shape
    certain = certain_blocks(image, expected_dtype, parameters)
    assert certain.mean() >= least_certain
    assert_allclose(ours[certain], plain[certain], rtol=0, atol=TOLERANCE_TO_TWIN[expected_dtype])
    assert_allclose(ours[certain], theirs[certain], rtol=0, atol=TOLERANCE_TO_SKIMAGE[expected_dtype])


def certain_blocks(image, precision, parameters):
    """Return which blocks to compare: all of an integer image, where exact arithmetic decides each pixel's bin."""
    parameters = {name: value for name, value in parameters.items() if name != "block_norm"}
    certain = twin.certain_blocks(image, precision=precision, **parameters)
    if image.dtype.kind in "bu" and not parameters.get("transform_sqrt", False):
        certain[:] = True
    return certain


# ---------------------------------------------------------------- the twin


@pytest.mark.parametrize("block_norm", NORMS)
@pytest.mark.parametrize("picture", pictures.GREY)
def test_twin_equals_skimage(picture, block_norm):
    image = pictures.GREY[picture](61, 50)
    ours = twin.hog(image, block_norm=block_norm, cells_per_block=(2, 2))
    theirs = skimage.feature.hog(image, block_norm=block_norm, cells_per_block=(2, 2), feature_vector=False)
    assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def test_twin_masks_float_gradients_beside_an_edge_and_no_exact_ties():
    image = np.zeros((3, 9))
    image[1, 2], image[2, 1] = 1, 1 + 1e-15  # a gradient beside 45° in the middle of the first cell
    image[1, 5], image[2, 4] = 1, 1  # at 45° exactly
    certain = twin.certain_blocks(image, 4, (3, 3), (1, 1), precision=np.float64)
    assert certain.tolist() == [[False, True, True]]


# ---------------------------------------------------------------- the parameter grid


GRID = [
    {},
    {"cells_per_block": (1, 1)},
    {"cells_per_block": (2, 2)},
    {"cells_per_block": (1, 2)},
    {"cells_per_block": (3, 1)},
    {"pixels_per_cell": (1, 1)},
    {"pixels_per_cell": (4, 4), "cells_per_block": (2, 2)},
    {"pixels_per_cell": (7, 7)},
    {"pixels_per_cell": (3, 10), "cells_per_block": (2, 3)},
    {"pixels_per_cell": (16, 2), "cells_per_block": (1, 3)},
    {"pixels_per_cell": (5, 64), "cells_per_block": (2, 1)},
    {"pixels_per_cell": (40, 33), "cells_per_block": (1, 2)},
    {"pixels_per_cell": (41, 37), "cells_per_block": (2, 1)},
    {"orientations": 4},
    {"orientations": 8},
    {"orientations": 12, "cells_per_block": (2, 2)},
    {"orientations": 18, "pixels_per_cell": (12, 6)},
]


@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("parameters", GRID, ids=str)
@pytest.mark.parametrize("picture", pictures.GREY)
def test_hog_equals_references_on_every_picture(picture, parameters, dtype):
    image = pictures.as_dtype(pictures.GREY[picture](83, 77), dtype)
    assert_as_reference(image, **parameters)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("parameters", GRID, ids=str)
def test_hog_equals_references_on_floats_that_round(parameters, dtype):
    assert_as_reference(pictures.smooth(83, 77).astype(dtype), **parameters)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("orientations", [*range(1, 19), 36])
@pytest.mark.parametrize("picture", ["photo", "noise"])
def test_hog_equals_references_for_every_number_of_orientations(picture, orientations, dtype):
    image = pictures.as_dtype(pictures.GREY[picture](40, 56), dtype)
    assert_as_reference(image, orientations=orientations, cells_per_block=(2, 2))


@pytest.mark.parametrize("transform_sqrt", [False, True])
@pytest.mark.parametrize("block_norm", NORMS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("picture", ["photo", "noise"])
def test_hog_equals_references_for_every_dtype_and_norm(picture, dtype, block_norm, transform_sqrt):
    image = pictures.as_dtype(pictures.GREY[picture](50, 45), dtype)
    assert_as_reference(image, block_norm=block_norm, transform_sqrt=transform_sqrt, pixels_per_cell=(7, 8))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint32", "float16"])
def test_hog_takes_every_other_real_dtype(dtype):
    image = (pictures.photo(40, 40) // 2).astype(dtype)
    result = hog(image)
    assert result.dtype == np.float32
    assert_allclose(result, hog(image.astype("float32" if dtype == "float16" else "uint8")), rtol=0, atol=0)


@pytest.mark.parametrize("low", [-100, -(2**24), -(2**40)])
def test_hog_takes_any_integer(low):
    image = low + pictures.photo(40, 40).astype(np.int64)
    assert_allclose(hog(image), skimage.feature.hog(image), rtol=0, atol=1e-5)


def test_hog_takes_negative_pixels():
    image = pictures.smooth(50, 40) - 0.5
    assert_as_reference(image)
    assert_as_reference(image.astype(np.float32))


SIZES = [(1, 1), (1, 2), (2, 1), (1, 40), (40, 1), (2, 40), (40, 2), (3, 3), (31, 33), (32, 32), (65, 64), (129, 5)]


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("cell", [(1, 1), (2, 2), (3, 5), (8, 8)])
@pytest.mark.parametrize("size", [*SIZES, (17, 300), (5, 2100)])
def test_hog_equals_references_for_every_size(size, cell, dtype):
    cell = tuple(min(pair) for pair in zip(cell, size, strict=True))
    image = pictures.as_dtype(pictures.noise(*size), dtype)
    assert_as_reference(image, pixels_per_cell=cell, cells_per_block=(1, 1), block_norm="L2")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_channels", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("channel_axis", [0, 1, -1])
def test_hog_equals_references_for_every_channel_axis(channel_axis, n_channels, dtype):
    image = pictures.as_dtype(pictures.noise(35, 47, n_channels), dtype)
    assert_as_reference(np.moveaxis(image, -1, channel_axis), channel_axis=channel_axis, cells_per_block=(2, 2))


@pytest.mark.parametrize("transform_sqrt", [False, True])
@pytest.mark.parametrize("block_norm", NORMS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_hog_equals_references_on_a_colour_photo(dtype, block_norm, transform_sqrt):
    image = pictures.as_dtype(pictures.colour_photo(70, 90), dtype)
    assert_as_reference(image, block_norm=block_norm, transform_sqrt=transform_sqrt, channel_axis=-1)


@pytest.mark.parametrize("cell", [(5, 5), (8, 8), (33, 40)])
@pytest.mark.parametrize("orientations", [7, 12, 36])
def test_hog_equals_references_in_colour_for_other_cells_and_orientations(orientations, cell):
    image = pictures.colour_photo(81, 85)
    assert_as_reference(image, orientations=orientations, pixels_per_cell=cell, cells_per_block=(2, 1), channel_axis=-1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("factor", [1e-12, 1e-6, 1e-3, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("block_norm", NORMS)
def test_hog_equals_references_for_pixels_of_any_scale(block_norm, factor, dtype):
    image = (pictures.smooth(40, 40) * factor).astype(dtype)
    assert_as_reference(image, block_norm=block_norm)


# ---------------------------------------------------------------- random draws


@st.composite
def cases(draw):
    """Draw an image and parameters; the image may be too small for a block."""
    n_rows, n_columns = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    n_channels = draw(st.sampled_from([None, None, 1, 2, 3, 5]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (n_rows, n_columns) if n_channels is None else (n_rows, n_columns, n_channels)
    levels = draw(st.sampled_from([2, 4, 256]))  # few levels make ties
    image = pictures.as_dtype(
        (rng.integers(0, levels, shape) * (255 // (levels - 1))).astype(np.uint8), draw(st.sampled_from(DTYPES))
    )
    if image.dtype.kind == "f" and draw(st.booleans()):
        image = rng.standard_normal(shape).astype(image.dtype)
    channel_axis = None if n_channels is None else draw(st.sampled_from([0, 1, 2, -1, -2, -3]))
    if channel_axis is not None:
        image = np.moveaxis(image, -1, channel_axis)
    sides = st.tuples(st.integers(1, 12), st.integers(1, 12))
    return image, {
        "orientations": draw(st.integers(1, 40)),
        "pixels_per_cell": draw(sides),
        "cells_per_block": draw(st.tuples(st.integers(1, 3), st.integers(1, 3))),
        "block_norm": draw(st.sampled_from(NORMS)),
        "transform_sqrt": draw(st.booleans()) and bool((image >= 0).all()),
        "channel_axis": channel_axis,
    }


@settings(max_examples=300, deadline=None)
@given(cases())
@example((np.zeros((24, 24)), {}))
def test_hog_equals_references_for_random_draws(case):
    image, parameters = case
    try:
        skimage.feature.hog(image, **({"block_norm": "L2-Hys"} | parameters))
    except ValueError:
        with pytest.raises(ValueError, match="image is too small given"):
            hog(image, **parameters)
    else:
        assert_as_reference(image, least_certain=0, **parameters)


# ---------------------------------------------------------------- golden file


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def test_golden_file_holds_the_cases_that_are_tested(golden):
    assert {name for name in golden if name.startswith("hog: ")} == {f"hog: {name}" for name in CASES}


@pytest.mark.parametrize("case", CASES)
def test_hog_equals_the_golden_file(golden, case):
    picture, parameters = CASES[case]
    expected = golden[f"hog: {case}"]
    for dtype in {golden[picture].dtype, np.dtype("float64")}:
        result = hog(golden[picture].astype(dtype), feature_vector=False, **parameters)
        assert_allclose(result, expected, rtol=0, atol=TOLERANCE_TO_SKIMAGE[result.dtype])
