"""Sets of descriptors for the tests of the encoders, and encoders that are small or have a given model."""

import numpy as np

from classicvis import VLAD, BagOfVisualWords, FisherVector


def make_sets(sizes=(30, 1, 0, 55, 12), n_dims=6, seed=0, n_groups=4):
    """Descriptors around a few centres, in sets of the given sizes."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(0, 3, (n_groups, n_dims))
    return [
        (centres[rng.integers(n_groups, size=size)] + rng.normal(size=(size, n_dims))).astype(np.float32)
        for size in sizes
    ]


def with_positions(sets, seed=1):
    rng = np.random.default_rng(seed)
    return [(rng.random((len(item), 2)), item) for item in sets]


def with_words(encoder, words):
    """A fitted encoder whose words are these."""
    encoder.set_params(n_words=len(words), random_state=0).fit(with_positions([words]))
    encoder.words_ = np.asarray(words, np.float32)
    return encoder


def with_mixture(encoder, weights, means, covariances):
    """A fitted Fisher vector whose mixture is this."""
    encoder.set_params(n_components=len(means), random_state=0, tol=1e9, max_iter=3)
    encoder.fit(with_positions([means]))
    encoder.weights_, encoder.means_, encoder.covariances_ = (
        np.asarray(array, np.float32) for array in (weights, means, covariances)
    )
    return encoder


SMALL = {
    "fisher": FisherVector(3, random_state=0),
    "vlad": VLAD(3, random_state=0),
    "hard": BagOfVisualWords(5, random_state=0),
    "soft": BagOfVisualWords(5, assignment="soft", random_state=0),
    "tf-idf": BagOfVisualWords(5, weighting="tf-idf", random_state=0),
}
