"""Which images to fit on and which to predict: a given test set, cross-validation, or a random fifth."""

from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, check_cv


class Splits(NamedTuple):
    """The folds of a comparison; one, unless it cross-validates.

    Attributes
    ----------
    folds : list of (train_rows, test_rows)
        Rows as int arrays; None means all.
    test_data : {"X", "X_test"}
        What the test rows are rows of.
    test_rows : ndarray of shape (n_test,), dtype int
        The test rows of all folds, in order.
    description : str
        How the images were split, in words.
    """

    folds: list
    test_data: str
    test_rows: np.ndarray
    description: str


def split_images(training_set, test_set, *, cv, test_size, seed):
    """Return the split that `compare` has been asked for.

    Parameters
    ----------
    training_set : Dataset
        The images to fit on, and to test on where there is no test set.
    test_set : Dataset or None
        A test set.
    cv, test_size
        As in `compare`.
    seed : int
        Seed of the split.

    Returns
    -------
    splits : Splits
        Its folds.
    """
    if test_set is not None:
        return given_test_set(len(training_set), len(test_set))
    if cv is not None:
        return cross_validate(cv, training_set.y, seed)
    return hold_out(training_set.codes, training_set.class_names, test_size, seed)


def given_test_set(n_train, n_test):
    """Return the split that a test set of its own makes.

    Parameters
    ----------
    n_train : int
        Number of training images.
    n_test : int
        Number of test images.

    Returns
    -------
    splits : Splits
        One fold.
    """
    description = f"{n_train:,} training images and a test set of {n_test:,} images, as given"
    return Splits([(None, None)], "X_test", np.arange(n_test), description)


def hold_out(codes, class_names, test_size, seed):
    """Return a stratified random split into training and test images.

    Parameters
    ----------
    codes : ndarray of shape (n,), dtype int
        Classes.
    class_names : sequence of str
        Their names, for errors.
    test_size : float
        Share of test images, above 0 and below 1.
    seed : int
        Seed of the split.

    Returns
    -------
    splits : Splits
        One fold.

    Raises
    ------
    ValueError
        A class has a single image, or a part would be too small to hold every class.
    """
    if not isinstance(test_size, Real) or not 0 < test_size < 1:
        raise ValueError(f"test_size is {test_size!r}, but must be a share above 0 and below 1.")
    counts = np.bincount(codes)
    single = [class_names[code] for code in np.flatnonzero(counts == 1)]
    if single:
        raise ValueError(
            f"The class(es) {_some(single)} have a single image, but a split takes one to learn from and one "
            "to test on: add images, leave the class(es) out, or give X_test and y_test."
        )
    n_test = int(np.ceil(test_size * len(codes)))
    if min(n_test, len(codes) - n_test) < len(counts):
        raise ValueError(
            f"test_size={test_size} of {len(codes)} images are parts of {len(codes) - n_test} and {n_test}, "
            f"but each must hold all {len(counts)} classes: give more images, another test_size, or cv."
        )
    splitter = StratifiedShuffleSplit(1, test_size=n_test, random_state=seed)
    train_rows, test_rows = map(np.sort, next(splitter.split(codes, codes)))
    description = (
        f"a stratified random split into {len(train_rows):,} training and {len(test_rows):,} test images (seed {seed})"
    )
    return Splits([(train_rows, test_rows)], "X", test_rows, description)


def cross_validate(cv, y, seed):
    """Return the folds of a cross-validation, in which every image is tested once.

    Parameters
    ----------
    cv : int, splitter or iterable of (train_rows, test_rows)
        An int is a number of stratified folds, shuffled.
    y : ndarray of shape (n,)
        Labels.
    seed : int
        Seed of the folds where `cv` is an int.

    Returns
    -------
    splits : Splits
        As many folds as there are.

    Raises
    ------
    ValueError
        An image is tested more than once, or never.
    """
    if isinstance(cv, int | np.integer) and not isinstance(cv, bool):
        largest = np.unique(y, return_counts=True)[1].max()
        if not 2 <= cv <= largest:
            raise ValueError(
                f"cv={cv} is a number of folds, but must lie between 2 and {largest}, the number of images of the "
                f"largest class: {min(5, largest)} is usual."
            )
        cv = StratifiedKFold(int(cv), shuffle=True, random_state=seed)
    splitter = check_cv(cv, y, classifier=True)
    rows = np.zeros(len(y))  # splitters look at nothing but the number of images
    folds = [(np.asarray(train), np.asarray(test)) for train, test in splitter.split(rows, y)]
    test_rows = np.concatenate([test for _, test in folds])
    n_tests = np.bincount(test_rows, minlength=len(y))
    if (n_tests != 1).any():
        row = int(np.argmax(n_tests != 1))
        raise ValueError(
            f"cv tests image {row} {n_tests[row]} times, but pooled predictions take each image once: "
            "give a number of folds, or a splitter whose test folds are a partition, such as StratifiedKFold."
        )
    return Splits(folds, "X", test_rows, f"cross-validation of {len(y):,} images in {len(folds)} folds")


def _some(names):
    shown = ", ".join(repr(str(name)) for name in names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
