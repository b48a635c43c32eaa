"""Where descriptors lie: pyramids, and positions appended to descriptors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference.descriptors import make_sets, with_positions
from sklearn.base import clone

from classicvis import FisherVector

PAIRS = with_positions(make_sets((40, 30, 0, 2)))


def test_levels_follow_one_another(encoder):
    levels = ((1, 1), (2, 2), (1, 3))
    n_values = encoder.fit_transform(PAIRS).shape[1]
    rows = clone(encoder).set_params(pyramid=levels).fit_transform(PAIRS)
    assert rows.shape == (4, 8 * n_values)
    start = 0
    for level in levels:
        alone = clone(encoder).set_params(pyramid=(level,)).fit_transform(PAIRS)
        part = rows[:, start : start + alone.shape[1]]
        norms = np.linalg.norm(part, axis=1, keepdims=True)
        assert_allclose(part, alone * norms, atol=1e-6)
        start += alone.shape[1]


def test_cells_hold_the_descriptors_that_lie_in_them(encoder):
    descriptors = make_sets((4,))[0]
    corners = np.array([[0.1, 0.1], [0.1, 0.9], [0.9, 0.1], [0.9, 0.9]])
    encoder.fit(PAIRS)
    expected = encoder.transform(descriptors[:, np.newaxis]).ravel() / 2  # a row of four cells has norm 1
    encoder._pyramid = ((2, 2),)
    assert_allclose(encoder.transform([(corners, descriptors)])[0], expected, atol=1e-6)


@pytest.mark.parametrize(("position", "cell"), [(0, 0), (0.33, 0), (1 / 3, 1), (0.5, 1), (0.67, 2), (1, 2)])
def test_edges_belong_to_the_cell_behind_them(position, cell):
    encoder = FisherVector(2, pyramid=((3, 1),), random_state=0).fit(PAIRS)
    row = encoder.transform([(np.array([[position, 0.0]]), make_sets((1,))[0])])[0]
    assert np.flatnonzero(np.abs(row.reshape(3, -1)).sum(axis=1)).tolist() == [cell]


def test_empty_cells_are_zeros_and_rows_have_norm_one(encoder):
    encoder.set_params(pyramid=((1, 1), (2, 1))).fit(PAIRS)
    top = [(np.zeros((5, 2)), make_sets((5,))[0])]
    row = encoder.transform(top)[0].reshape(3, -1)
    assert not row[2].any()
    assert_array_equal(row[0], row[1])
    assert_allclose(np.linalg.norm(row), 1, rtol=1e-5)


def test_pyramid_may_be_a_list_of_lists(encoder):
    expected = encoder.set_params(pyramid=((1, 1), (2, 2))).fit_transform(PAIRS)
    assert_array_equal(encoder.set_params(pyramid=[[1, 1], np.array([2, 2])]).fit_transform(PAIRS), expected)


def test_appended_positions_add_two_dimensions():
    plain = FisherVector(3, random_state=0).fit(PAIRS)
    encoder = FisherVector(3, append_positions=True, random_state=0).fit(PAIRS)
    assert encoder.means_.shape == (3, plain.means_.shape[1] + 2)
    assert encoder.transform(PAIRS).shape == (4, 2 * 3 * 8)
    reduced = FisherVector(3, n_pca_components=4, append_positions=True, random_state=0).fit(PAIRS)
    assert reduced.means_.shape == (3, 6)


def test_appended_positions_vary_as_much_as_a_dimension():
    rng = np.random.default_rng(0)
    pairs = [(rng.random((2000, 2)), 7 * rng.normal(size=(2000, 5)))]
    encoder = FisherVector(1, append_positions=True, random_state=0).fit(pairs)
    assert_allclose(np.sqrt(encoder.covariances_[0]), 7, rtol=0.05)
    assert_allclose(encoder.means_[0], 0, atol=0.5)


def test_where_descriptors_lie_tells_appended_positions_apart(encoder):
    encoder.set_params(append_positions=True).fit(PAIRS)
    descriptors = make_sets((20,))[0]
    here, there = np.full((20, 2), 0.1), np.full((20, 2), 0.9)
    encodings = encoder.transform([(here, descriptors), (there, descriptors), (here, descriptors)])
    assert_allclose(encodings[0], encodings[2], atol=1e-5)
    assert np.abs(encodings[0] - encodings[1]).max() > 1e-3


@pytest.mark.parametrize("layout", [{"pyramid": ((2, 2),)}, {"append_positions": True}])
def test_empty_sets_need_no_positions(encoder, layout):
    bare = [*PAIRS, np.empty(0), np.empty((0, 6))]
    paired = [*PAIRS, (np.empty((0, 2)), np.empty((0, 6))), ([], np.empty((0, 6)))]
    expected = encoder.set_params(**layout).fit_transform(paired)
    assert not expected[-2:].any()
    assert_array_equal(encoder.fit_transform(bare), expected)
    assert not encoder.transform([np.empty(0), np.empty(0)]).any()
    assert not encoder.transform(np.empty((2, 0, 6))).any()
