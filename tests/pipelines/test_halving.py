"""What is planned before a search: rungs, and which rows come first."""

import numpy as np
import pytest

from classicvis.pipelines._halving import (
    LEAST_ROWS,
    LEAST_TEST_ROWS,
    N_FINALISTS,
    order_by_class,
    plan_rungs,
    shrink_split,
)


@pytest.mark.parametrize("n_rows", [1, 100, 2000, 6000, 60_000, 10**6])
@pytest.mark.parametrize("n_candidates", [1, 2, 3, 10, 64, 1000])
@pytest.mark.parametrize("n_classes", [2, 10, 500])
def test_rungs_grow_to_all_rows_and_few_candidates(n_rows, n_candidates, n_classes):
    rungs = plan_rungs(n_rows, n_classes, n_candidates)
    sizes, counts = zip(*rungs, strict=True)
    assert sizes[-1] == n_rows
    assert counts[0] == n_candidates
    assert list(sizes) == sorted(set(sizes))
    assert list(counts) == sorted(counts, reverse=True)
    if len(rungs) > 1:
        assert sizes[0] >= max(LEAST_ROWS, 20 * n_classes)
        assert counts[-1] == N_FINALISTS


def test_every_part_of_the_order_has_the_classes_in_proportion():
    y = np.repeat(["a", "b", "c"], [600, 300, 100])
    order = order_by_class(y, np.random.RandomState(0))
    assert sorted(order) == list(range(1000))
    for n in (10, 100, 500):
        counts = np.unique(y[order[:n]], return_counts=True)[1]
        np.testing.assert_allclose(counts, [0.6 * n, 0.3 * n, 0.1 * n], atol=1)


def test_first_rows_have_every_class():
    y = np.repeat(np.arange(20), [1000] + [1] * 19)
    assert set(y[order_by_class(y, np.random.RandomState(0))[:20]]) == set(range(20))


def test_order_is_random_within_a_class():
    y = np.zeros(100, int)
    first, second = (order_by_class(y, np.random.RandomState(seed)) for seed in (0, 1))
    assert (first != second).any()
    assert (first != np.arange(100)).any()


def test_rows_taken_are_those_of_the_split():
    order = np.random.RandomState(0).permutation(9000)
    split = np.arange(6000), np.arange(6000, 9000)
    train, test = shrink_split(split, order, 0.1)
    assert len(train) == 600
    assert len(test) == LEAST_TEST_ROWS
    assert set(train) <= set(split[0])
    assert set(test) <= set(split[1])
    larger, _ = shrink_split(split, order, 0.4)
    assert set(train) <= set(larger)
    for part, expected in zip(shrink_split(split, order, 1.0), split, strict=True):
        np.testing.assert_array_equal(part, expected)
