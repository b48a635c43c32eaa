"""What X may be for the encoders: sets of local descriptors, with or without where in the image they lie.

=================================================  ============================================================
given                                              meaning
=================================================  ============================================================
``(n, k, d)`` array                                n sets of k descriptors
``(n, d)`` array, DataFrame or list of rows        n sets of one descriptor
list, tuple or 1-D object array of n items, each:
``(n_i, d)`` array                                 a set of descriptors; of length 0, an empty set
tuple of ``(n_i, 2)`` and ``(n_i, d)`` arrays      positions and descriptors
=================================================  ============================================================

Positions are (row, column) as shares of the image's height and width, in [0, 1].
"""

from typing import NamedTuple

import numpy as np

from classicvis._sklearn_compat import validate_data


class DescriptorSets(NamedTuple):
    """Sets that have been checked, as they came: they become float32 only when they are stacked, a few at a time."""

    bounds: np.ndarray  # (n + 1,), intp: where each begins and ends in a stack of all
    descriptors: np.ndarray | list  # a stack of all, (bounds[-1], d), or a list of arrays (n_i, d)
    positions: list | None  # arrays (n_i, 2), or None where a set has none; None of an array of sets
    n_dims: int

    @property
    def sizes(self):
        """Number of descriptors of each set."""
        return np.diff(self.bounds)

    def part(self, first, last):
        """Return sets `first` to `last`, excluded, without copying descriptors."""
        bounds = self.bounds[first : last + 1]
        is_stack = isinstance(self.descriptors, np.ndarray)
        place = slice(bounds[0], bounds[-1]) if is_stack else slice(first, last)
        positions = None if self.positions is None else self.positions[first:last]
        return DescriptorSets(bounds - bounds[0], self.descriptors[place], positions, self.n_dims)

    def take(self, rows):
        """Return sets of some of the descriptors, where `rows` has an array of indices for each set."""
        bounds = np.cumsum([0, *map(len, rows)])
        if isinstance(self.descriptors, np.ndarray):
            taken = self.descriptors[np.concatenate([start + i for start, i in zip(self.bounds, rows, strict=False)])]
            return DescriptorSets(bounds, taken, None, self.n_dims)
        descriptors = [item[i] for item, i in zip(self.descriptors, rows, strict=True)]
        positions = self.positions
        if positions is not None:
            positions = [None if item is None else item[i] for item, i in zip(positions, rows, strict=True)]
        return DescriptorSets(bounds, descriptors, positions, self.n_dims)

    def stack(self):
        """Return all descriptors in one float32 array of shape (bounds[-1], d)."""
        if isinstance(self.descriptors, np.ndarray):
            return self.descriptors
        return np.concatenate([np.empty((0, self.n_dims), np.float32), *self.descriptors], dtype=np.float32)

    def stack_positions(self):
        """Return all positions in one float32 array of shape (bounds[-1], 2)."""
        return np.concatenate([np.empty((0, 2), np.float32), *(self.positions or [])], dtype=np.float32)


def check_sets(estimator, X, *, reset, needs_positions=False):
    """Turn X into sets of descriptors and record, or compare with, their number of dimensions.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets `n_features_in_` and, for named columns, `feature_names_in_`.
    X : array-like
        Sets as the table at the head of this module has them.
    reset : bool
        True in `fit`: record the number of dimensions. False afterwards: compare with it.
    needs_positions : bool, default=False
        Whether every set that is not empty must have positions.

    Returns
    -------
    sets : DescriptorSets
        The sets.

    Raises
    ------
    ValueError
        X is none of these, holds NaN or infinity, or differs in dimensions from `fit`; or positions are missing.
    """
    if isinstance(X, np.ndarray) and X.ndim == 3:
        sets = _sets_of_array(estimator, X, reset)
    elif _is_sequence_of_sets(X):
        sets = _sets_of_sequence(estimator, X, reset)
    else:
        rows = _checked_numbers(validate_data(estimator, X, reset=reset, dtype=np.float32, order="C"), "X")
        sets = DescriptorSets(np.arange(len(rows) + 1), rows, None, rows.shape[1])
    if needs_positions:
        _require_positions(estimator, sets)
    return sets


def _sets_of_array(estimator, X, reset):
    n, size, n_dims = X.shape
    if n == 0 or n_dims == 0:
        raise ValueError(
            f"Found array with {n} sample(s) and {n_dims} feature(s) (shape={X.shape}) while a minimum of 1 is "
            "required: give at least one set of descriptors."
        )
    _record_dimensions(estimator, n_dims, reset)
    rows = np.ascontiguousarray(_checked_numbers(X, "X").reshape(n * size, n_dims), np.float32)
    return DescriptorSets(size * np.arange(n + 1), rows, None, n_dims)


def _is_sequence_of_sets(X):
    is_sequence = isinstance(X, list | tuple) or (isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype == object)
    return is_sequence and any(_is_set(item) for item in X) and not _is_table(X)


def _is_set(item):
    """Say whether an item of X is a set, or at least no row of numbers."""
    return (
        item is None or isinstance(item, tuple) or (isinstance(item, np.ndarray) and (item.ndim != 1 or not len(item)))
    )


def _is_table(X):
    """Say whether X is rows of numbers that came as tuples."""
    return all(isinstance(item, list | tuple) and all(np.ndim(value) == 0 for value in item[:2]) for item in X)


def _sets_of_sequence(estimator, X, reset):
    pairs = [item if isinstance(item, tuple) else (None, item) for item in X]
    for i, pair in enumerate(pairs):
        if len(pair) < 2:
            raise ValueError(
                f"Set {i} of X is a tuple of length {len(pair)}: give descriptors, or (positions, descriptors)."
            )
    descriptors = [np.asarray(pair[1]) for pair in pairs]
    n_dims = _common_dimensions(estimator, descriptors, reset)
    empty = np.empty((0, n_dims), np.float32)
    descriptors = [
        _checked_numbers(item, f"Set {i} of X") if len(item) else empty for i, item in enumerate(descriptors)
    ]
    positions = [
        None if pair[0] is None and len(item) else _checked_positions(pair[0], len(item), i)
        for i, (pair, item) in enumerate(zip(pairs, descriptors, strict=True))
    ]
    return DescriptorSets(np.cumsum([0, *map(len, descriptors)]), descriptors, positions, n_dims)


def _common_dimensions(estimator, descriptors, reset):
    """Return the number of dimensions that all sets have, and record or compare it."""
    n_dims = None if reset else estimator.n_features_in_
    for i, item in enumerate(descriptors):
        if item.ndim == 0 or (len(item) and item.ndim != 2):
            raise ValueError(
                f"Set {i} of X has the shape {item.shape}, but a set of descriptors is an array of shape "
                "(n_descriptors, n_dims), or of length 0."
            )
        if len(item) and n_dims is None:
            n_dims = item.shape[1]
        if len(item) and item.shape[1] != n_dims:
            raise ValueError(
                f"Set {i} of X has {item.shape[1]} features, but {type(estimator).__name__} is expecting {n_dims} "
                "features as input: give descriptors of one length."
            )
    if n_dims is None:
        raise ValueError(f"X has {len(descriptors)} sets, all empty: give descriptors to learn from.")
    _record_dimensions(estimator, n_dims, reset)
    return n_dims


def _record_dimensions(estimator, n_dims, reset):
    name = type(estimator).__name__
    if reset:
        estimator.n_features_in_ = n_dims
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    elif n_dims != estimator.n_features_in_:
        raise ValueError(
            f"X has {n_dims} features, but {name} is expecting {estimator.n_features_in_} features as input."
        )


def _checked_numbers(array, name):
    """Return an array of which all numbers are real and finite, and can be squared and added up in float32."""
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} has the dtype {array.dtype}: give descriptors that are real numbers.")
    if array.dtype.kind == "f":
        values = array.astype(np.promote_types(array.dtype, np.float32), copy=False).reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            if not np.dot(values, values) <= np.finfo(np.float32).max:  # one pass, no temporary; not <= holds for NaN
                raise ValueError(
                    f"{name} contains NaN, inf or numbers whose squares are too large for float32: give finite values, "
                    "scaled down if need be."
                )
    return array


def _checked_positions(positions, size, i):
    positions = np.asarray(positions)
    if size == 0:
        return np.empty((0, 2), np.float32)
    if positions.shape != (size, 2) or positions.dtype.kind not in "buif":
        raise ValueError(
            f"Set {i} of X has {size} descriptors and positions of shape {positions.shape} and dtype "
            f"{positions.dtype}: give a row and a column for each."
        )
    if not ((positions >= 0) & (positions <= 1)).all():
        raise ValueError(
            f"Set {i} of X has positions from {positions.min():g} to {positions.max():g}, but they are shares of the "
            "image's height and width, in [0, 1]: divide rows and columns in pixels by the image's shape."
        )
    return positions


def _require_positions(estimator, sets):
    for i, size in enumerate(sets.sizes):
        if size and (sets.positions is None or sets.positions[i] is None):
            raise ValueError(
                f"Set {i} of X has no positions, but {type(estimator).__name__} with a pyramid or append_positions "
                "needs them: give each set as a tuple (positions, descriptors)."
            )
