"""What the encoders take as sets of descriptors, what they make of odd ones, and the errors for all else."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from reference.descriptors import make_sets, with_positions
from sklearn.base import clone
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from classicvis import VLAD, BagOfVisualWords, FisherVector

SETS = make_sets()


# ---------------------------------------------------------------- forms of X


def test_array_of_three_dimensions_is_a_list_of_its_sets(encoder):
    X = np.stack(make_sets((20, 20, 20)))
    assert_array_equal(encoder.fit_transform(X), encoder.fit_transform(list(X)))


def test_array_of_two_dimensions_is_sets_of_one_descriptor(encoder):
    X = make_sets((20,))[0]
    assert_array_equal(encoder.fit_transform(X), encoder.fit_transform(list(X[:, np.newaxis])))


@pytest.mark.parametrize("convert", [tuple, lambda sets: np.array([*sets, None], dtype=object)[:-1]])
def test_sequences_are_lists(encoder, convert):
    assert_array_equal(encoder.fit_transform(convert(SETS)), encoder.fit_transform(SETS))


def test_positions_do_not_matter_to_an_encoder_without_a_layout(encoder):
    expected = encoder.fit_transform(SETS)
    assert_array_equal(encoder.fit_transform(with_positions(SETS)), expected)
    assert_array_equal(encoder.fit_transform([with_positions(SETS)[0], *SETS[1:]]), expected)


def test_named_tuples_with_further_fields_are_positions_and_descriptors(encoder):
    expected = encoder.fit_transform(SETS)
    assert_array_equal(encoder.fit_transform([(*pair, "scale") for pair in with_positions(SETS)]), expected)


def test_tuples_may_leave_positions_out(encoder):
    assert_array_equal(encoder.fit_transform([(None, item) for item in SETS]), encoder.fit_transform(SETS))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64", ">f4"])
def test_every_real_dtype_counts_as_float32(encoder, dtype):
    sets = [(item > 0 if dtype == "bool" else np.abs(item)).astype(dtype) for item in SETS]
    encodings = encoder.fit_transform(sets)
    assert encodings.dtype == np.float32
    assert_array_equal(encodings, encoder.fit_transform([item.astype(np.float32) for item in sets]))


def test_columns_in_another_order_of_memory_do_not_matter(encoder):
    expected = encoder.fit_transform(SETS)
    assert_array_equal(encoder.fit_transform([np.asfortranarray(item) for item in SETS]), expected)
    assert_array_equal(encoder.fit_transform([np.repeat(item, 2, axis=0)[::2] for item in SETS]), expected)


def test_tables_of_rows_keep_their_names(encoder):
    table = pd.DataFrame(make_sets((20,))[0], columns=list("abcdef"))
    assert encoder.fit(table).feature_names_in_.tolist() == list("abcdef")
    assert not hasattr(encoder.fit(SETS), "feature_names_in_")


def test_rows_may_come_as_lists_and_tuples(encoder):
    rows = make_sets((20,))[0]
    expected = encoder.fit_transform(rows)
    assert_array_equal(encoder.fit_transform(rows.tolist()), expected)
    assert_array_equal(encoder.fit_transform([tuple(row) for row in rows.tolist()]), expected)


def test_x_is_left_as_it_is(encoder):
    sets = make_sets()
    encoder.fit(sets).transform(sets)
    for item, original in zip(sets, make_sets(), strict=True):
        assert_array_equal(item, original)


# ---------------------------------------------------------------- odd sets


@pytest.mark.parametrize("empty", [np.empty((0, 6)), np.empty(0), np.empty((0, 128), np.float32)])
def test_empty_sets_give_rows_of_zeros(encoder, empty):
    encodings = encoder.fit([*SETS, empty]).transform([SETS[0], empty])
    assert encodings[0].any()
    assert not encodings[1].any()
    assert not encoder.transform([empty, empty]).any()


def test_arrays_of_no_descriptors_give_rows_of_zeros(encoder):
    encodings = encoder.fit(SETS).transform(np.empty((3, 0, 6)))
    assert len(encodings) == 3
    assert not encodings.any()


def test_rows_have_norm_one(encoder):
    norms = np.linalg.norm(encoder.fit_transform(SETS), axis=1)
    assert norms.round(5).tolist() == [1, 1, 0, 1, 1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of k-means, on one distinct descriptor
def test_descriptors_all_alike_give_finite_rows(encoder):
    alike = [np.full((10, 6), 7.0), np.full((3, 6), 7.0)]
    assert np.isfinite(encoder.fit_transform(alike)).all()
    assert np.isfinite(encoder.transform(SETS)).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_blank_images_among_others_give_finite_rows(encoder):
    sets = [*make_sets((40, 40)), np.zeros((200, 6)), np.zeros((1, 6))]
    encodings = encoder.fit_transform(sets)
    assert np.isfinite(encodings).all()


def test_one_dimension_is_enough(encoder):
    assert np.isfinite(encoder.fit_transform(make_sets(n_dims=1))).all()


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([SETS[0], SETS[1][:, :4]], r"Set 1 of X has 4 features, but \w+ is expecting 6"),
        ([SETS[0], SETS[1][0]], r"Set 1 of X has the shape \(6,\)"),
        ([SETS[0], None], r"Set 1 of X has the shape \(\)"),
        ([SETS[0], (SETS[0],)], "Set 1 of X is a tuple of length 1"),
        ([SETS[0], SETS[0][np.newaxis]], r"Set 1 of X has the shape \(1, 30, 6\)"),
        ([SETS[0], SETS[0] * np.nan], "Set 1 of X contains NaN, inf"),
        ([SETS[0].astype(float) * 1e300], "Set 0 of X contains NaN, inf or numbers whose squares are too large"),
        ([SETS[0], SETS[0].astype(complex)], "Set 1 of X has the dtype complex64|Set 1 of X has the dtype complex128"),
        ([SETS[0].astype(str)], "Set 0 of X has the dtype"),
        (np.full((2, 3, 6), np.inf), "X contains NaN, inf"),
        (np.full((2, 3, 6), 1e25, np.float32), "X contains .* squares are too large"),
        (np.full((2, 6), 1e25), "X contains .* squares are too large"),
        (np.empty((0, 3, 6)), r"0 sample\(s\)"),
        (np.empty((2, 3, 0)), r"0 feature\(s\)"),
        (np.empty((2, 0, 6)), "X has 2 sets, all empty"),
        ([np.empty((0, 6)), np.empty(0)], "X has 2 sets, all empty"),
        (np.zeros((2, 2, 2, 2)), "dim 4"),
        ([(np.zeros((29, 2)), SETS[0])], r"Set 0 of X has 30 descriptors and positions of shape \(29, 2\)"),
        ([(np.full((30, 2), 17.0), SETS[0])], r"positions from 17 to 17, but they are shares .* divide rows"),
        ([(np.full((30, 2), np.nan), SETS[0])], "positions from nan to nan"),
    ],
)
def test_what_cannot_be_read_raises(encoder, X, message):
    with pytest.raises(ValueError, match=message):
        encoder.fit(X)


def test_sets_of_other_dimensions_than_in_fit_raise(encoder):
    encoder.fit(SETS)
    for X in (make_sets(n_dims=5), np.zeros((2, 3, 5)), np.zeros((2, 5))):
        with pytest.raises(ValueError, match=r"has 5 features, but \w+ is expecting 6 features as input"):
            encoder.transform(X)


@pytest.mark.parametrize("layout", [{"pyramid": ((2, 2),)}, {"append_positions": True}])
def test_missing_positions_raise(encoder, layout):
    encoder.set_params(**layout)
    for X in (SETS, np.stack(make_sets((5, 5))), SETS[0], [with_positions(SETS)[0], *SETS[1:]]):
        with pytest.raises(ValueError, match=r"Set [01] of X has no positions, .* \(positions, descriptors\)"):
            encoder.fit(X)
    encoder.fit(with_positions(SETS))
    with pytest.raises(ValueError, match="Set 0 of X has no positions"):
        encoder.transform(SETS)


@pytest.mark.parametrize("pyramid", [(), ((1, 1), 2), ((1, 0),), ((1, 2, 3),), ((1.5, 1),), ("a",)])
def test_pyramids_that_are_none_raise(encoder, pyramid):
    with pytest.raises(ValueError, match=r"pyramid is .*, but must be pairs of \(rows, columns\)"):
        encoder.set_params(pyramid=pyramid).fit(with_positions(SETS))


@pytest.mark.parametrize(
    ("encoder", "parameters"),
    [
        (FisherVector(), {"n_components": 0}),
        (FisherVector(), {"power": 0}),
        (VLAD(), {"n_words": 1.5}),
        (VLAD(), {"intra_norm": "yes"}),
        (BagOfVisualWords(), {"weighting": "bm25"}),
        (BagOfVisualWords(), {"bandwidth": 0}),
        (BagOfVisualWords(), {"max_descriptors": 0}),
    ],
)
def test_parameters_of_no_meaning_raise(encoder, parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        clone(encoder).set_params(**parameters).fit(SETS)


# ---------------------------------------------------------------- in scikit-learn


def test_lists_of_sets_go_through_splits_and_pipelines(encoder):
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    sets = [rng.normal(label, 1, (rng.integers(20, 40), 6)) for label in y]
    train, test, y_train, y_test = train_test_split(sets, y, random_state=0, stratify=y)
    model = make_pipeline(encoder, LinearSVC())
    assert model.fit(train, y_train).score(test, y_test) > 0.8
    assert cross_val_score(model, sets, y, cv=2).mean() > 0.8
