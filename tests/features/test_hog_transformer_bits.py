"""HOGTransformer gives the same bits however the work is cut up, and whatever memory the images lie in."""

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from reference.pictures import batch

from classicvis.features import HOGTransformer
from classicvis.kernels.hog import hog_batch

NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")


@pytest.fixture(scope="module")
def images():
    return batch(40, 30, 36)


@pytest.mark.parametrize("block_norm", NORMS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(24, 24), (28, 28, 3), (31, 45), (65, 33), (9, 200)])
def test_hog_transformer_bits_do_not_depend_on_batches_order_or_threads(shape, dtype, block_norm):
    X = batch(23, *shape, dtype=dtype)
    settings = {"pixels_per_cell": (5, 8), "cells_per_block": (1, 2), "block_norm": block_norm}
    transformer = HOGTransformer(**settings).fit(X)
    expected = transformer.transform(X)
    alone = np.concatenate([transformer.transform(image[np.newaxis]) for image in X])
    assert_array_equal(alone, expected)
    order = np.random.default_rng(0).permutation(len(X))
    assert_array_equal(transformer.transform(X[order]), expected[order])
    for batch_size, n_jobs in [(1, None), (1, 4), (5, 2), (5, -1), (22, 2), (1000, 3)]:
        cut = HOGTransformer(**settings, batch_size=batch_size, n_jobs=n_jobs)
        assert_array_equal(cut.fit(X).transform(X), expected)
        assert_array_equal(cut.fit_transform(X), expected)


def test_hog_transformer_bits_are_those_of_huge_neighbours_left_out():
    X = batch(8, 24, 24, dtype="float32")
    expected = HOGTransformer().fit_transform(X)
    X[3] *= 1e37
    assert_array_equal(np.delete(HOGTransformer().fit_transform(X), 3, axis=0), np.delete(expected, 3, axis=0))


def test_hog_transformer_bits_are_the_same_in_processes(images):
    expected = HOGTransformer().fit_transform(images)
    with joblib.parallel_config("loky", n_jobs=2):
        assert_array_equal(HOGTransformer(batch_size=11).fit_transform(images), expected)


def test_hog_transformer_bits_are_the_same_from_threads_of_the_caller(images):
    transformer = HOGTransformer(n_jobs=2, batch_size=7).fit(images)
    expected = transformer.transform(images)
    for result in joblib.Parallel(4, prefer="threads")(joblib.delayed(transformer.transform)(images) for _ in range(8)):
        assert_array_equal(result, expected)


# ---------------------------------------------------------------- memory layouts


def layouts(X, folder):
    """Return the same images in other memory."""
    read_only = X.copy()
    read_only.flags.writeable = False
    np.save(folder / "X.npy", X)
    wide = np.zeros((2 * len(X), *X.shape[1:-1], 3 * X.shape[-1]), X.dtype)
    wide[::2, ..., ::3] = X
    swapped = X.astype(X.dtype.newbyteorder())
    return {
        "fortran": np.asfortranarray(X),
        "read-only": read_only,
        "mapped": np.load(folder / "X.npy", mmap_mode="r"),
        "strided": wide[::2, ..., ::3],
        "reversed": X[::-1, ::-1].copy()[::-1, ::-1],
        "swapped bytes": swapped,
    }


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize("n_channels", [None, 3])
def test_hog_transformer_takes_any_memory_layout_and_leaves_it_alone(tmp_path, n_channels, dtype):
    X = batch(10, 26, 31, n_channels, dtype)
    expected = HOGTransformer().fit_transform(X)
    for name, same in layouts(X, tmp_path).items():
        copy = same.copy()
        for n_jobs in (None, 2):
            features = HOGTransformer(n_jobs=n_jobs, batch_size=3).fit(same).transform(same)
            assert_array_equal(features, expected, err_msg=name)
        assert_array_equal(same, copy, err_msg=name)


def test_hog_transformer_compiles_nothing_more_for_read_only_images():
    read_only = batch(2, 24, 24)
    read_only.flags.writeable = False
    HOGTransformer().fit_transform(read_only)
    HOGTransformer().fit_transform(read_only.copy())
    signatures = [" ".join(map(str, types)).replace("readonly ", "") for types in hog_batch.signatures]
    assert len(signatures) == len(set(signatures))


def test_hog_transformer_does_not_write_into_huge_images():
    X = np.full((2, 24, 24), 1e300)
    X[:, 12:] = 0
    HOGTransformer().fit_transform(X)
    assert X.max() == 1e300
