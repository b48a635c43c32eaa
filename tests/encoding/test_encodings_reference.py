"""The encoders give VLFeat's and scikit-image's numbers, and those of the plain twins in `reference.encodings`."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from golden.make_encodings import CASES
from numpy.testing import assert_allclose
from reference import encodings as twin
from reference.descriptors import make_sets, with_mixture, with_positions, with_words

from classicvis import VLAD, BagOfVisualWords, FisherVector

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "encodings.npz")
TOLERANCE = 2e-5  # of values in a row of norm 1; VLFeat, which sums in float32 too, is to be met within 1e-4
PARTS = ("weights", "means", "covariances", "descriptors")
PYRAMID = ((1, 1), (2, 2), (1, 3))
VLAD_KINDS = {
    "norm": {"power": 1, "intra_norm": False},
    "intra": {"power": 1, "intra_norm": True},
    "root": {"power": 0.5, "intra_norm": False},
    "root, intra": {"power": 0.5, "intra_norm": True},
}
FISHER_KINDS = {"norm": 1, "improved": 0.5}


def golden_case(name):
    """The weights, means, covariances and descriptors of a case."""
    return [GOLDEN[f"{name}: {part}"] for part in PARTS]


def make_mixture(n_components=7, n_dims=6, seed=5, smallest=0.5):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(n_components, 4.0))
    means = rng.normal(0, 2, (n_components, n_dims))
    return weights, means.astype(np.float32), rng.uniform(smallest, 2, (n_components, n_dims)).astype(np.float32)


# ---------------------------------------------------------------- golden file


def test_golden_file_holds_the_cases_that_are_tested():
    kinds = {f"fisher, {kind}" for kind in FISHER_KINDS} | {f"vlad, {kind}" for kind in VLAD_KINDS} | {"skimage"}
    assert set(GOLDEN) == {f"{name}: {part}" for name in CASES for part in (*PARTS, *kinds)}


@pytest.mark.parametrize("kind", FISHER_KINDS)
@pytest.mark.parametrize("case", CASES)
def test_fisher_vector_equals_vlfeat(case, kind):
    *model, descriptors = golden_case(case)
    ours = with_mixture(FisherVector(power=FISHER_KINDS[kind]), *model).transform([descriptors])[0]
    assert_allclose(ours, GOLDEN[f"{case}: fisher, {kind}"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", CASES)
def test_fisher_vector_equals_skimage_without_its_weights_and_with_its_deviations_negated(case):
    *model, descriptors = golden_case(case)
    n_components, size = len(model[0]), model[1].size
    along_means, along_deviations = np.split(GOLDEN[f"{case}: skimage"][n_components:], [size])
    theirs = twin.unit(twin.signed_power(np.concatenate([along_means, -along_deviations]), 0.5))
    ours = with_mixture(FisherVector(), *model).transform([descriptors])[0]
    assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("kind", VLAD_KINDS)
@pytest.mark.parametrize("case", CASES)
def test_vlad_equals_vlfeat(case, kind):
    _, means, _, descriptors = golden_case(case)
    ours = with_words(VLAD(**VLAD_KINDS[kind]), means).transform([descriptors])[0]
    assert_allclose(ours, GOLDEN[f"{case}: vlad, {kind}"], rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("case", CASES)
def test_twins_equal_vlfeat(case):
    *model, descriptors = golden_case(case)
    assert_allclose(twin.fisher_vector(descriptors, *model), GOLDEN[f"{case}: fisher, improved"], rtol=0, atol=1e-5)
    assert_allclose(twin.vlad(descriptors, model[1]), GOLDEN[f"{case}: vlad, root, intra"], rtol=0, atol=1e-5)


# ---------------------------------------------------------------- the twins


@pytest.mark.parametrize("power", [1, 0.5, 0.2])
@pytest.mark.parametrize("n_components", [1, 2, 7, 33])
@pytest.mark.parametrize("n_dims", [1, 3, 16, 37])
def test_fisher_vector_equals_the_twin(n_dims, n_components, power):
    model = make_mixture(n_components, n_dims)
    sets = make_sets(n_dims=n_dims)
    ours = with_mixture(FisherVector(power=power), *model).transform(sets)
    theirs = np.stack([twin.fisher_vector(item, *model, power=power) for item in sets])
    assert ours.dtype == np.float32
    assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE if power >= 0.5 else 1e-3)


@pytest.mark.parametrize("residual_norm", [False, True])
@pytest.mark.parametrize("intra_norm", [False, True])
@pytest.mark.parametrize("power", [1, 0.5])
@pytest.mark.parametrize("n_words", [1, 2, 9, 70])
def test_vlad_equals_the_twin(n_words, power, intra_norm, residual_norm):
    words = make_sets((n_words,), seed=3)[0]
    parameters = {"power": power, "intra_norm": intra_norm, "residual_norm": residual_norm}
    sets = make_sets()
    ours = with_words(VLAD(**parameters), words).transform(sets)
    assert_allclose(ours, np.stack([twin.vlad(item, words, **parameters) for item in sets]), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("power", [1, 0.5, 0.2])
@pytest.mark.parametrize("n_words", [1, 2, 9, 70])
def test_hard_bag_of_words_equals_the_twin(n_words, power):
    words = make_sets((n_words,), seed=3)[0]
    sets = make_sets()
    ours = with_words(BagOfVisualWords(power=power), words).transform(sets)
    theirs = np.stack([twin.bag_of_words(item, words, power=power) for item in sets])
    assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("bandwidth", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("n_words", [1, 2, 9, 70])
def test_soft_bag_of_words_equals_the_twin(n_words, bandwidth):
    words = make_sets((n_words,), seed=3)[0]
    sets = make_sets()
    encoder = with_words(BagOfVisualWords(assignment="soft", bandwidth=bandwidth, power=1), words)
    theirs = np.stack([twin.bag_of_words(item, words, bandwidth=bandwidth, power=1) for item in sets])
    assert_allclose(encoder.transform(sets), theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("assignment", ["hard", "soft"])
def test_tf_idf_equals_the_twin(assignment):
    sets = make_sets((30, 1, 0, 55, 12, 3))
    encoder = BagOfVisualWords(6, assignment=assignment, weighting="tf-idf", random_state=0).fit(sets)
    contained = [set(twin.nearest_words(item, encoder.words_)[0]) if len(item) else set() for item in sets]
    n_containing = np.array([sum(word in item for item in contained) for word in range(6)])
    idf = np.log(7 / (1 + n_containing)) + 1
    assert_allclose(encoder.idf_, idf, rtol=1e-6)
    bandwidth = encoder.bandwidth_ if assignment == "soft" else None
    theirs = np.stack([twin.bag_of_words(item, encoder.words_, bandwidth, idf) for item in sets])
    assert_allclose(encoder.transform(sets), theirs, rtol=0, atol=TOLERANCE)


def test_pyramid_equals_the_twin():
    pairs = with_positions(make_sets((40, 60, 2, 0)))
    words, model = make_sets((5,), seed=3)[0], make_mixture()
    for encoder, encode in (
        (with_mixture(FisherVector(pyramid=PYRAMID), *model), lambda item: twin.fisher_vector(item, *model)),
        (with_words(VLAD(pyramid=PYRAMID), words), partial(twin.vlad, words=words)),
        (with_words(BagOfVisualWords(pyramid=PYRAMID), words), partial(twin.bag_of_words, words=words)),
    ):
        theirs = np.stack([twin.pyramid(encode, *pair, PYRAMID) for pair in pairs])
        assert_allclose(encoder.transform(pairs), theirs, rtol=0, atol=TOLERANCE)


# ---------------------------------------------------------------- where digits are lost


def test_fisher_vector_keeps_its_digits_where_variances_are_small_and_means_far_from_the_origin():
    weights, means, covariances = make_mixture(6, 20)
    means[:, 0] += 1000
    covariances[:3] *= 1e-4  # as of descriptors of blank parts of an image
    rng = np.random.default_rng(0)
    labels = rng.integers(6, size=200)
    descriptors = (means[labels] + rng.normal(size=(200, 20)) * np.sqrt(covariances[labels])).astype(np.float32)
    ours = with_mixture(FisherVector(), weights, means, covariances).transform([descriptors])[0]
    theirs = twin.fisher_vector(descriptors, weights.astype(np.float32), means, covariances)
    assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


def test_fisher_vector_of_descriptors_in_0_to_255_equals_the_twin():
    rng = np.random.default_rng(0)
    sets = [rng.integers(0, 256, (50, 128)).astype(np.uint8) for _ in range(3)]
    encoder = FisherVector(4, random_state=0).fit(sets)
    theirs = [
        twin.fisher_vector(item.astype(float), encoder.weights_, encoder.means_, encoder.covariances_) for item in sets
    ]
    assert_allclose(encoder.transform(sets), np.stack(theirs), rtol=0, atol=TOLERANCE)


def test_far_descriptors_still_belong_to_the_nearest_component():
    model = make_mixture()
    far = np.full((1, 6), 1e4, np.float32)
    ours = with_mixture(FisherVector(), *model).transform([far])[0]
    assert_allclose(ours, twin.fisher_vector(far, *model), rtol=0, atol=1e-3)


def test_components_of_no_weight_give_zeros_as_in_vlfeat():
    weights, means, covariances = make_mixture(3)
    weights[1] = 0
    encoding = with_mixture(FisherVector(), weights, means, covariances).transform(make_sets((30,)))[0]
    assert not encoding.reshape(2, 3, 6)[:, 1].any()
    assert np.isfinite(encoding).all()


def test_of_equally_near_words_the_first_counts():
    words = np.array([[1.0, 0], [-1, 0], [0, 1]], np.float32)
    encoder = with_words(BagOfVisualWords(), words)
    assert encoder.transform([np.zeros((1, 2), np.float32)]).tolist() == [[1, 0, 0]]
