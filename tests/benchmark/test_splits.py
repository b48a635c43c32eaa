import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, ShuffleSplit, StratifiedKFold

from classicvis.benchmark._splits import cross_validate, given_test_set, hold_out

CODES = np.repeat([0, 1, 2], [60, 30, 10])
NAMES = ["a", "b", "c"]


def test_hold_out_is_stratified_and_complete():
    splits = hold_out(CODES, NAMES, 0.2, seed=0)
    [(train, test)] = splits.folds
    assert np.bincount(CODES[test]).tolist() == [12, 6, 2]
    assert sorted([*train, *test]) == list(range(100))
    assert np.array_equal(splits.test_rows, test)
    assert splits.test_data == "X"
    assert "80 training and 20 test images (seed 0)" in splits.description


def test_hold_out_depends_on_the_seed_alone():
    first, again, other = (hold_out(CODES, NAMES, 0.2, seed=seed).test_rows for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_hold_out_names_the_class_of_a_single_image():
    with pytest.raises(ValueError, match=r"The class\(es\) 'c' have a single image"):
        hold_out(np.array([0, 0, 1, 1, 2]), NAMES, 0.2, seed=0)


@pytest.mark.parametrize("test_size", [0.01, 0.99])
def test_hold_out_that_leaves_too_few_images(test_size):
    with pytest.raises(ValueError, match=r"test_size=.* must hold all 3 classes"):
        hold_out(CODES, NAMES, test_size, seed=0)


@pytest.mark.parametrize("test_size", [0, 1, -0.5, 20, "half"])
def test_hold_out_wants_a_share(test_size):
    with pytest.raises(ValueError, match=r"test_size is .* must be a share above 0 and below 1"):
        hold_out(CODES, NAMES, test_size, seed=0)


@pytest.mark.parametrize(
    "cv",
    [
        5,
        np.int64(5),
        StratifiedKFold(3),
        KFold(4, shuffle=True, random_state=1),
        list(KFold(2, shuffle=True, random_state=0).split(CODES)),
        LeaveOneOut(),
    ],
    ids=["int", "numpy int", "stratified", "splitter", "iterable", "leave one out"],
)
def test_cross_validation_tests_every_image_once(cv):
    splits = cross_validate(cv, CODES, seed=0)
    assert sorted(splits.test_rows) == list(range(100))
    assert np.array_equal(splits.test_rows, np.concatenate([test for _, test in splits.folds]))
    for train, test in splits.folds:
        assert not set(train) & set(test)


def test_cross_validation_by_an_int_is_shuffled_and_stratified():
    first, other = (cross_validate(5, CODES, seed=seed) for seed in (0, 1))
    assert not np.array_equal(first.test_rows, other.test_rows)
    assert [np.bincount(CODES[test]).tolist() for _, test in first.folds] == [[12, 6, 2]] * 5


def test_cross_validation_by_groups():
    groups = np.arange(100) % 10
    folds = list(GroupKFold(5).split(CODES, CODES, groups))
    splits = cross_validate(folds, CODES, seed=0)
    assert all(set(groups[train]).isdisjoint(groups[test]) for train, test in splits.folds)


@pytest.mark.parametrize("cv", [ShuffleSplit(3, random_state=0), [(np.arange(50), np.arange(50, 100))]])
def test_cross_validation_must_be_a_partition(cv):
    with pytest.raises(ValueError, match=r"cv tests image \d+ \d times, but pooled predictions"):
        cross_validate(cv, CODES, seed=0)


def test_given_test_set_takes_all_rows():
    splits = given_test_set(100, 7)
    assert splits.folds == [(None, None)]
    assert splits.test_data == "X_test"
    assert splits.test_rows.tolist() == list(range(7))


@pytest.mark.parametrize("cv", [1, 0, -3, 61])
def test_cross_validation_names_the_usual_number_of_folds(cv):
    with pytest.raises(ValueError, match=rf"cv={cv} is .* must lie between 2 and 60, .*: 5 is usual"):
        cross_validate(cv, CODES, seed=0)
