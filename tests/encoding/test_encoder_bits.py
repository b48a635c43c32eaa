"""Results do not depend on what stands beside a set, on batches, on threads, or on a pickle in between."""

import pickle

import numpy as np
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from reference.descriptors import SMALL, make_sets, with_positions
from sklearn.base import clone

from classicvis.encoding import _base

SIZES = (300, 1, 0, 55, 12, 700, 3, 3, 3, 90)
SETS = make_sets(SIZES)
LAYOUTS = {
    "plain": {},
    "pyramid": {"pyramid": ((1, 1), (2, 3))},
    "positions": {"append_positions": True},
    "pca": {"n_pca_components": 3},
}
EXACT = {"vlad", "hard", "tf-idf"}  # but for PCA, which is a product


@pytest.fixture(params=[(name, layout) for name in SMALL for layout in LAYOUTS], ids="-".join)
def fitted(request):
    """A fitted encoder of each kind and layout, its sets, their encodings, and how to compare such."""
    name, layout = request.param
    sets = with_positions(SETS)
    encoder = clone(SMALL[name]).set_params(**LAYOUTS[layout]).fit(sets)
    compare = assert_array_equal if name in EXACT and layout != "pca" else assert_close
    return encoder, sets, encoder.transform(sets), compare


def assert_close(ours, theirs):
    """Compare to rounding; the roots of values near zero turn 1e-7 into 3e-4."""
    assert_allclose(ours, theirs, rtol=1e-5, atol=3e-5)


def test_each_set_may_be_encoded_alone(fitted):
    encoder, sets, expected, compare = fitted
    compare(np.concatenate([encoder.transform([item]) for item in sets]), expected)


def test_order_of_sets_does_not_matter(fitted):
    encoder, sets, expected, compare = fitted
    compare(encoder.transform(sets[::-1])[::-1], expected)


@pytest.mark.parametrize("size", [1, 7, 64, 300])
@pytest.mark.parametrize("name", ["BATCH", "BLOCK"])
def test_size_of_batches_and_blocks_does_not_matter(fitted, name, size, monkeypatch):
    encoder, sets, expected, compare = fitted
    monkeypatch.setattr(_base, name, size)
    compare(encoder.transform(sets), expected)


def test_number_of_sets_in_a_batch_does_not_matter(fitted, monkeypatch):
    encoder, sets, expected, compare = fitted
    monkeypatch.setattr(_base, "MOST_SETS", 2)
    compare(encoder.transform(sets), expected)


def test_number_of_threads_does_not_matter(fitted, monkeypatch):
    encoder, sets, expected, compare = fitted
    monkeypatch.setattr(_base, "MOST_SETS", 2)
    compare(encoder.set_params(n_jobs=2).transform(sets), expected)
    with parallel_config(n_jobs=2):
        compare(encoder.set_params(n_jobs=None).transform(sets), expected)


@pytest.mark.slow
def test_batches_may_go_to_other_processes(monkeypatch):
    monkeypatch.setattr(_base, "MOST_SETS", 2)
    encoder = clone(SMALL["vlad"]).fit(SETS)
    expected = encoder.transform(SETS)
    with parallel_config("loky", n_jobs=2):
        assert_array_equal(encoder.transform(SETS), expected)


def test_fitting_again_gives_the_same_bits(fitted):
    encoder, sets, expected, _ = fitted
    assert_array_equal(clone(encoder).fit(sets).transform(sets), expected)


def test_pickles_encode_alike(fitted):
    encoder, sets, expected, _ = fitted
    assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(sets), expected)


@pytest.mark.parametrize("name", SMALL)
def test_another_seed_gives_another_model(name):
    encoders = [clone(SMALL[name]).set_params(random_state=seed, max_descriptors=50).fit(SETS) for seed in (0, 1)]
    models = [getattr(encoder, "words_", getattr(encoder, "means_", None)) for encoder in encoders]
    assert np.abs(models[0] - models[1]).max() > 0


def test_global_generator_is_left_alone(encoder):
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    encoder.fit(SETS).transform(SETS)
    assert np.random.random() == expected  # noqa: NPY002
