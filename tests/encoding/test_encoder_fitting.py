"""How the encoders learn: the mixture, the words, the PCA, the sample of descriptors, batch by batch."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from reference import encodings as twin
from reference.descriptors import make_sets, with_positions
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from classicvis import VLAD, BagOfVisualWords, FisherVector
from classicvis.encoding import sample_sizes

SETS = make_sets((200, 150, 0, 80, 3), n_dims=5)
STACKED = np.concatenate(SETS)


# ---------------------------------------------------------------- the mixture


def test_step_of_em_is_that_of_the_twin():
    model = _mixture_of(FisherVector(4, max_iter=1, random_state=0))
    moved, log_likelihood = twin.em_step(STACKED.astype(float), *model)
    after = _mixture_of(FisherVector(4, max_iter=2, random_state=0))
    for ours, theirs in zip(after, moved, strict=True):
        assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert np.isfinite(log_likelihood)


def _mixture_of(encoder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        encoder.fit(SETS)
    return [array.astype(float) for array in (encoder.weights_, encoder.means_, encoder.covariances_)]


def test_mixture_is_a_fixed_point_of_scikit_learns_em():
    encoder = FisherVector(4, tol=1e-7, max_iter=500, random_state=0).fit(SETS)
    theirs = GaussianMixture(
        4,
        covariance_type="diag",
        tol=1e-7,
        max_iter=500,
        weights_init=encoder.weights_ / encoder.weights_.sum(dtype=float),
        means_init=encoder.means_,
        precisions_init=1 / encoder.covariances_,
    ).fit(STACKED.astype(float))
    assert_allclose(encoder.weights_, theirs.weights_, atol=1e-3)
    assert_allclose(encoder.means_, theirs.means_, atol=1e-2)
    assert_allclose(encoder.covariances_, theirs.covariances_, atol=1e-2)


def test_mixture_is_as_likely_as_scikit_learns():
    encoder = FisherVector(4, random_state=0).fit(SETS)
    ours = twin.posteriors(STACKED, encoder.weights_, encoder.means_, encoder.covariances_)[1].mean()
    theirs = GaussianMixture(4, covariance_type="diag", n_init=3, random_state=0).fit(STACKED.astype(float))
    assert ours > theirs.score(STACKED.astype(float)) - 0.05


def test_steps_of_em_never_make_the_descriptors_less_likely():
    likelihoods = [
        twin.posteriors(STACKED, *_mixture_of(FisherVector(6, max_iter=n, tol=0, random_state=0)))[1].mean()
        for n in (1, 2, 3, 5, 8, 13)
    ]
    assert np.all(np.diff(likelihoods) > -1e-6)


def test_em_that_does_not_end_warns():
    with pytest.warns(ConvergenceWarning, match="max_iter=2 steps and still gained more than tol=0"):
        encoder = FisherVector(4, max_iter=2, tol=0, random_state=0).fit(SETS)
    assert encoder.n_iter_ == 2


def test_weights_add_up_to_one_and_variances_have_a_floor():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(200, 3)), np.full((100, 3), 5.0)]).astype(np.float32)
    encoder = FisherVector(3, random_state=0).fit([X])
    assert_allclose(encoder.weights_.sum(), 1, rtol=1e-6)
    floor = 1e-4 * X.var(axis=0).max()
    assert_allclose(encoder.covariances_.min(), floor, rtol=1e-3)


def test_model_does_not_depend_on_the_unit_of_descriptors():
    ours = FisherVector(4, random_state=0).fit_transform(SETS)
    scaled = FisherVector(4, random_state=0).fit_transform([item * np.float32(512) for item in SETS])
    assert_allclose(ours, scaled, atol=1e-4)


# ---------------------------------------------------------------- words


def test_words_are_nearly_as_near_as_those_of_lloyd():
    for encoder in (VLAD(8, random_state=0), BagOfVisualWords(8, random_state=0)):
        ours = twin.nearest_words(STACKED, encoder.fit(SETS).words_)[1].sum()
        assert ours < 1.25 * KMeans(8, n_init=3, random_state=0).fit(STACKED).inertia_


def test_bandwidth_is_the_distance_to_the_nearest_word_along_a_dimension():
    encoder = BagOfVisualWords(8, assignment="soft", random_state=0).fit(SETS)
    squares = twin.nearest_words(STACKED, encoder.words_)[1]
    assert_allclose(encoder.bandwidth_, np.sqrt(squares.mean() / 5), rtol=1e-5)
    assert BagOfVisualWords(8, assignment="soft", bandwidth=0.5).fit(SETS).bandwidth_ == 0.5


def test_hard_bags_have_no_bandwidth_and_power_no_idf():
    encoder = BagOfVisualWords(8, random_state=0).fit(SETS)
    assert not hasattr(encoder, "bandwidth_")
    assert not hasattr(encoder, "idf_")


# ---------------------------------------------------------------- what comes before


def test_pca_is_scikit_learns(encoder):
    encoder.set_params(n_pca_components=3).fit(SETS)
    theirs = PCA(3).fit(STACKED.astype(float))
    assert_allclose(encoder.pca_mean_, theirs.mean_, atol=1e-5)
    signs = np.sign((encoder.pca_components_ * theirs.components_).sum(axis=1))
    assert_allclose(encoder.pca_components_, theirs.components_ * signs[:, np.newaxis], atol=1e-4)
    projected = [((item - theirs.mean_) @ theirs.components_.T * signs).astype(np.float32) for item in SETS]
    expected = clone(encoder).set_params(n_pca_components=None).fit(projected).transform(projected)
    assert_allclose(encoder.transform(SETS), expected, atol=2e-3)


def test_more_principal_components_than_dimensions_warn(encoder):
    with pytest.warns(UserWarning, match="n_pca_components=9 is reduced to 5"):
        encoder.set_params(n_pca_components=9).fit(SETS)
    assert encoder.pca_components_.shape == (5, 5)


@pytest.mark.parametrize(
    ("encoder", "parameter"),
    [(FisherVector(), "n_components"), (VLAD(), "n_words"), (BagOfVisualWords(), "n_words")],
)
def test_more_components_than_descriptors_are_reduced_with_a_warning(encoder, parameter):
    encoder = clone(encoder).set_params(**{parameter: 50, "random_state": 0})
    with pytest.warns(UserWarning, match=f"{parameter}=50 is reduced to 7, since there are no more descriptors"):
        encodings = encoder.fit_transform(make_sets((4, 3)))
    assert getattr(encoder, parameter) == 50
    assert encodings.shape == (2, encoder.get_feature_names_out().size)


# ---------------------------------------------------------------- the sample


@pytest.mark.parametrize(
    ("sizes", "n", "expected"),
    [
        ([10, 10], 4, [2, 2]),
        ([10, 1, 10], 9, [4, 1, 4]),
        ([0, 3, 3], 100, [0, 3, 3]),
        ([0, 0], 5, [0, 0]),
        ([5, 1, 100], 16, [5, 1, 10]),
        ([7], 3, [3]),
        ([4, 4], 8, [4, 4]),
    ],
)
def test_sample_is_spread_evenly(sizes, n, expected):
    assert sample_sizes(sizes, n, 0).tolist() == expected


def test_what_is_left_over_goes_to_sets_at_random():
    drawn = sample_sizes(np.full(1000, 3), 1500, 0)
    assert drawn.sum() == 1500
    assert set(drawn) == {1, 2}
    assert sample_sizes(np.ones(1000, int), 10, 0).sum() == 10
    assert (sample_sizes(np.ones(1000, int), 10, 0) != sample_sizes(np.ones(1000, int), 10, 1)).any()


@pytest.mark.parametrize("seed", range(20))
def test_sample_takes_what_it_may_and_no_more(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 30, rng.integers(1, 40))
    n = int(rng.integers(1, 2 * sizes.sum() + 2))
    drawn = sample_sizes(sizes, n, seed)
    assert drawn.sum() == min(n, sizes.sum())
    assert (drawn <= sizes).all()
    cut = drawn < sizes
    if cut.any():
        assert drawn.max() - drawn[cut].min() <= 1


def test_encoders_learn_from_so_many_descriptors(encoder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        encoder.set_params(max_descriptors=2)
        with pytest.warns(UserWarning, match="is reduced to 2"):
            encoder.fit(SETS)
    assert len(getattr(encoder, "words_", getattr(encoder, "means_", None))) == 2


def test_sample_with_positions_keeps_them_beside_their_descriptors():
    rng = np.random.default_rng(0)
    sets = [np.repeat(rng.random((50, 1)), 3, axis=1) for _ in range(4)]
    pairs = [(item[:, :2], item) for item in sets]  # a descriptor says where it lies
    encoder = VLAD(5, append_positions=True, max_descriptors=60, random_state=0).fit(pairs)
    assert_allclose(encoder.words_[:, 3], (encoder.words_[:, 0] - 0.5) * encoder.position_scale_, atol=1e-4)


# ---------------------------------------------------------------- batch by batch


@pytest.mark.parametrize("name", ["vlad", "hard", "soft", "tf-idf"])
def test_partial_fit_improves_words(name):
    from reference.descriptors import SMALL

    encoder = clone(SMALL[name]).set_params(n_words=8)
    batches = [make_sets((40, 30, 0), seed=seed, n_groups=8) for seed in range(12)]
    held_out = np.concatenate(make_sets((500,), seed=50, n_groups=8))
    distances = [twin.nearest_words(held_out, encoder.partial_fit(batch).words_)[1].mean() for batch in batches]
    assert distances[-1] < distances[0]
    at_once = clone(encoder).fit([item for batch in batches for item in batch])
    assert distances[-1] < 1.5 * twin.nearest_words(held_out, at_once.words_)[1].mean()


def test_partial_fit_counts_sets_as_they_come():
    encoder = BagOfVisualWords(4, weighting="tf-idf", random_state=0)
    encoder.partial_fit(SETS).partial_fit(SETS[:2]).partial_fit([np.empty((0, 5))])
    assert encoder._n_sets == 8
    assert (encoder.idf_ >= 1).all()


def test_partial_fit_keeps_what_comes_before_the_words():
    encoder = VLAD(4, n_pca_components=2, append_positions=True, random_state=0).partial_fit(with_positions(SETS))
    mean, scale = encoder.pca_mean_.copy(), encoder.position_scale_
    encoder.partial_fit(with_positions(make_sets((50, 50), n_dims=5, seed=8)))
    assert_array_equal(encoder.pca_mean_, mean)
    assert encoder.position_scale_ == scale


def test_partial_fit_of_other_dimensions_raises():
    encoder = VLAD(4, random_state=0).partial_fit(SETS)
    with pytest.raises(ValueError, match="has 6 features, but VLAD is expecting 5"):
        encoder.partial_fit(make_sets())


def test_fit_begins_anew_and_partial_fit_goes_on_from_it():
    encoder = VLAD(4, random_state=0).partial_fit(make_sets())
    expected = VLAD(4, random_state=0).fit(SETS).words_
    assert_array_equal(encoder.fit(SETS).words_, expected)
    assert (encoder.partial_fit(SETS).words_ != expected).any()


def test_fisher_vectors_have_no_partial_fit():
    assert not hasattr(FisherVector(), "partial_fit")
