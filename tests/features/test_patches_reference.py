"""KMeansPatchTransformer gives the numbers of the golden file and of the plain twin."""

from pathlib import Path

import numpy as np
import pytest
from golden.make_patches import CASES, CONTRAST, EPSILON, SIZE, THRESHOLD
from numpy.testing import assert_allclose
from reference import patches as twin
from reference.pictures import batch

from classicvis import KMeansPatchTransformer
from classicvis.features.patches import _encoder as _patches
from classicvis.features.patches._encoder import PatchEncoder, learn_whitening, sample_patches, with_even_contrast
from classicvis.kernels.patches import LANES, pool_soft_thresholds, pool_triangles

GOLDEN = Path(__file__).parents[1] / "golden" / "patches.npz"
ENCODERS = ("triangle", "soft_threshold")
RELATIVE = 1e-5  # of the largest value: products are float32


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def assert_close(ours, expected):
    assert_allclose(ours, expected, rtol=0, atol=RELATIVE * np.abs(expected).max())


@pytest.mark.parametrize(("picture", "encoder"), CASES)
def test_codes_equal_the_golden_file(golden, picture, encoder):
    of_case = {name.split(": ")[1]: array for name, array in golden.items() if name.startswith(picture)}
    settings = {"grid": (2, 2), "stride": 1, "contrast": CONTRAST, "encoder": encoder, "threshold": THRESHOLD}
    learned = of_case["mean"], of_case["whitening"], of_case["atoms"]
    fast = PatchEncoder.from_dictionary(*learned, patch_size=SIZE, scale=1.0, mirror=False, **settings)
    codes = np.empty_like(of_case[encoder])
    fast.encode(of_case["images"], codes)
    assert_close(codes, of_case[encoder])
    slow = [twin.encode(image, *learned, size=SIZE, **settings) for image in of_case["images"][:2]]
    assert_allclose(slow, of_case[encoder][:2], rtol=0, atol=1e-9)


@pytest.mark.parametrize("picture", ["grey", "colour"])
def test_whitening_equals_the_golden_file(golden, picture):
    images = golden[f"{picture}: images"]
    patches = sample_patches(images, SIZE, 10**6, 1.0, None)
    mean, whitening = learn_whitening(with_even_contrast(patches, CONTRAST), EPSILON)
    assert_allclose(mean, golden[f"{picture}: mean"], rtol=0, atol=1e-6)
    assert_allclose(whitening, golden[f"{picture}: whitening"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stride": 2},
        {"stride": 3, "grid": (1, 2)},
        {"grid": (3, 4)},
        {"patch_size": 2, "grid": (1, 1)},
        {"patch_size": 4, "n_components": LANES + 1},
        {"patch_size": 9, "whitening": 0.01, "contrast": 1.0},
        {"dictionary": "omp1"},
        {"dictionary": "random", "threshold": 0.0},
        {"mirror": True},
        {"mirror": True, "stride": 2, "grid": (2, 3)},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_channels", [None, 3])
def test_features_equal_the_twin(n_channels, settings, encoder):
    X = batch(6, 13, 16, n_channels)
    settings = {"n_components": 7, "patch_size": 5, "encoder": encoder, "max_iter": 2} | settings
    transformer = KMeansPatchTransformer(**settings, random_state=0).fit(X)
    encode = twin.encode_with_mirror_image if transformer.mirror else twin.encode
    expected = encode(
        X[3].reshape(13, 16, -1),
        transformer.mean_,
        transformer.whitening_,
        transformer.components_.astype(np.float64),
        size=transformer.patch_size,
        stride=transformer.stride,
        grid=transformer.grid,
        contrast=transformer.contrast,
        encoder=encoder,
        threshold=transformer.threshold,
    )
    assert_close(transformer.transform(X)[3], expected)


def test_features_equal_the_twin_when_an_image_is_cut_into_strips(monkeypatch):
    X = batch(2, 30, 31)
    transformer = KMeansPatchTransformer(9, random_state=0).fit(X)
    whole = transformer.transform(X)
    monkeypatch.setattr(_patches, "VALUES_AT_A_TIME", 3000)
    assert_close(transformer.transform(X), whole)


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3, 1e14])
def test_even_contrast_equals_the_twin(scale):
    patches = (np.random.default_rng(0).random((50, 27)) * scale).astype(np.float32)
    expected = [twin.normalise(patch.astype(np.float64), 10.0) for patch in patches]
    assert_close(with_even_contrast(patches, 10.0), expected)


def test_whitening_equals_the_twin():
    patches = np.random.default_rng(0).normal(size=(5000, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    mean, whitening = learn_whitening(patches.astype(np.float32), 0.1)
    expected_mean, expected = twin.zca(patches.astype(np.float32).astype(np.float64), 0.1)
    assert_allclose(mean, expected_mean, rtol=0, atol=1e-12)
    assert_allclose(whitening, expected, rtol=0, atol=1e-10)


# ---------------------------------------------------------------- the kernels alone


@pytest.mark.parametrize("n_atoms", [1, 5, LANES - 1, LANES, LANES + 1, 3 * LANES + 2])
def test_pool_triangles_equals_the_plain_sums(n_atoms):
    rng = np.random.default_rng(0)
    squares = rng.uniform(-0.1, 4, (9, n_atoms)).astype(np.float32)
    cells = np.array([0, 0, 2, 1, 2, 2, 0, 1, 1])
    distances = np.sqrt(np.maximum(squares, 0).astype(np.float64))
    codes = np.maximum(0, distances.mean(axis=1, keepdims=True) - distances)
    out = np.zeros((3, n_atoms), np.float32)
    pool_triangles(squares.copy(), cells, np.empty(LANES, np.float32), out)
    assert_allclose(out, [codes[cells == cell].sum(axis=0) for cell in range(3)], rtol=0, atol=1e-5)


@pytest.mark.parametrize("threshold", [0, 0.5, 10])
def test_pool_soft_thresholds_equals_the_plain_sums(threshold):
    products = np.random.default_rng(0).normal(size=(8, 70)).astype(np.float32)
    cells = np.array([0, 1, 0, 1, 1, 1, 0, 0])
    codes = np.hstack([np.maximum(0, products - threshold), np.maximum(0, -products - threshold)])
    out = np.zeros((2, 140), np.float32)
    pool_soft_thresholds(products, cells, np.float32(threshold), out)
    assert_allclose(out, [codes[cells == cell].sum(axis=0) for cell in range(2)], rtol=0, atol=1e-5)
