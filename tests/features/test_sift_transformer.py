"""SIFTTransformer and LocalFeatureTransformer: extraction and encoding, batch by batch, of images of any size."""

import pickle
import subprocess
import sys

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from reference import pictures
from reference.pictures import batch
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from classicvis import VLAD, BagOfVisualWords, FisherVector, LocalFeatureTransformer, SIFTTransformer
from classicvis.encoding import LearningNeeds
from classicvis.features import dense_sift, sift

SMALL = FisherVector(4, n_pca_components=8, random_state=0)


@pytest.fixture(scope="module")
def images():
    return batch(12, 40, 52)


@pytest.fixture(scope="module")
def photos():
    """Photographs of several sizes, grey and in colour."""
    return [
        pictures.photo(60, 70),
        pictures.colour_photo(45, 64),
        pictures.photo(60, 70)[:, ::-1],
        np.zeros((30, 30), np.uint8),
        pictures.colour_photo(80, 33),
    ]


def encoded(transformer, sets):
    """Return what the fitted encoder makes of sets, with positions as shares."""
    return transformer.encoder_.transform(sets)


def test_dense_rows_are_the_encodings_of_dense_sift(images):
    transformer = SIFTTransformer(encoder=SMALL, step=3, bin_size=(4, 6), magnification=6, random_state=0).fit(images)
    sets = []
    for image in images:
        found = dense_sift(image, step=3, bin_size=(4, 6), magnification=6, norm="root")
        sets.append(((found.positions + 0.5) / image.shape, found.descriptors))
    assert_allclose(transformer.transform(images), encoded(transformer, sets), rtol=0, atol=1e-5)


def test_rows_at_keypoints_are_the_encodings_of_sift(photos):
    transformer = SIFTTransformer("keypoints", SMALL, max_keypoints=20, random_state=0).fit(photos)
    sets = []
    for image in photos:
        found = sift(image, max_keypoints=20, norm="root", channel_axis=None if image.ndim == 2 else -1)
        sets.append(((found.positions + 0.5) / image.shape[:2], found.descriptors))
    rows = transformer.transform(photos)
    assert_allclose(rows, encoded(transformer, sets), rtol=0, atol=1e-5)
    assert not rows[3].any()  # no keypoints


@pytest.mark.parametrize("sampling", ["dense", "keypoints"])
def test_rows_with_mirror_are_means_over_the_image_and_its_mirror_image(photos, sampling):
    transformer = SIFTTransformer(sampling, SMALL, mirror=True, random_state=0).fit(photos)
    rows = transformer.transform(photos)
    mirrored = [image[:, ::-1] for image in photos]
    assert_allclose(transformer.transform(mirrored), rows, rtol=0, atol=1e-6)
    plain = SIFTTransformer(sampling, SMALL, random_state=0).fit(photos)
    assert_allclose((plain.transform(photos) + plain.transform(mirrored)) / 2, rows, rtol=0, atol=1e-6)


def test_mirror_serves_arrays_as_it_does_lists(images):
    transformer = SIFTTransformer(encoder=SMALL, mirror=True, random_state=0).fit(images)
    assert_allclose(transformer.transform(images), transformer.transform(list(images)), rtol=0, atol=1e-6)
    assert_allclose(transformer.transform(images[:, :, ::-1]), transformer.transform(images), rtol=0, atol=1e-6)


@pytest.mark.parametrize("sampling", ["dense", "keypoints"])
@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("batch_size", [1, 5, 100])
def test_rows_do_not_depend_on_how_images_are_cut_up(photos, sampling, batch_size, n_jobs):
    whole = SIFTTransformer(sampling, SMALL, random_state=0).fit(photos)
    cut = SIFTTransformer(sampling, SMALL, batch_size=batch_size, n_jobs=n_jobs, random_state=0).fit(photos)
    assert_allclose(cut.transform(photos), whole.transform(photos), rtol=0, atol=1e-5)
    order = [3, 1, 4, 0, 2]
    assert_allclose(cut.transform([photos[i] for i in order]), whole.transform(photos)[order], rtol=0, atol=1e-5)


def test_fit_draws_the_same_descriptors_however_images_are_cut_up(images):
    encoder = FisherVector(3, max_descriptors=50, random_state=0)
    means = [
        SIFTTransformer(encoder=encoder, batch_size=n, n_jobs=n_jobs, random_state=1).fit(images).encoder_.means_
        for n, n_jobs in [(None, None), (5, None), (1, 3)]
    ]
    assert_array_equal(means[0], means[1])
    assert_array_equal(means[0], means[2])


class CountsSets(TransformerMixin, BaseEstimator):
    """Remembers how many descriptors it got from each image."""

    def __init__(self, max_descriptors=30):
        self.max_descriptors = max_descriptors

    def learning_needs(self):
        return LearningNeeds(self.max_descriptors)

    def fit(self, X, y=None):
        self.sizes_ = [len(descriptors) for _, descriptors in X]
        return self

    def transform(self, X):
        return np.array([[len(descriptors)] for _, descriptors in X], np.float32)

    def get_feature_names_out(self, input_features=None):
        return np.array(["size"], object)


def test_fit_spreads_what_it_draws_evenly_over_the_images(images):
    transformer = SIFTTransformer(encoder=CountsSets(30), batch_size=5).fit(images)
    assert sorted(set(transformer.encoder_.sizes_)) == [2, 3]
    assert sum(transformer.encoder_.sizes_) == 30


def test_fit_makes_up_for_images_with_few_descriptors(images):
    small = [image[:13, :13] for image in images[:4]]  # room for one descriptor each
    transformer = SIFTTransformer(encoder=CountsSets(24)).fit([*small, *images[4:]])
    assert transformer.encoder_.sizes_[:4] == [1] * 4
    assert sum(transformer.encoder_.sizes_) == 24


@pytest.mark.parametrize(
    "encoder",
    [
        FisherVector(4, pyramid=((1, 1), (2, 2)), random_state=0),
        VLAD(4, append_positions=True, random_state=0),
        BagOfVisualWords(10, weighting="tf-idf", random_state=0),
    ],
    ids=lambda encoder: type(encoder).__name__,
)
def test_every_encoder_serves(images, encoder):
    transformer = SIFTTransformer(encoder=encoder, random_state=0)
    rows = transformer.fit_transform(images)
    assert rows.shape == (12, len(transformer.get_feature_names_out()))
    assert rows.dtype == np.float32
    assert np.isfinite(rows).all()
    assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)


def test_words_of_text_retrieval_are_counted_in_all_descriptors(images):
    encoder = BagOfVisualWords(6, weighting="tf-idf", max_descriptors=40, random_state=0)
    transformer = SIFTTransformer(encoder=encoder, batch_size=5, random_state=0).fit(images)
    sets = [dense_sift(image, norm="root").descriptors for image in images]
    expected = clone(transformer.encoder_)
    expected.__dict__.update(transformer.encoder_.__dict__)
    assert_allclose(transformer.encoder_.idf_, expected.count_documents(sets, reset=True).idf_, rtol=1e-6)


def test_encoder_is_cloned_and_the_default_one_is_a_fisher_vector(images):
    encoder = clone(SMALL)
    SIFTTransformer(encoder=encoder).fit(images)
    assert not hasattr(encoder, "means_")
    assert isinstance(SIFTTransformer(random_state=0).fit(images).encoder_, FisherVector)


# ---------------------------------------------------------------- what images may be


def test_sizes_may_vary_and_what_is_known_of_them_says_so(photos, images):
    transformer = SIFTTransformer(encoder=SMALL).fit(photos)
    assert transformer.sample_shape_ is None
    assert not hasattr(transformer, "n_features_in_")
    assert transformer.transform(images).shape == (12, 64)  # an array will do then, too
    transformer.fit(images)
    assert transformer.sample_shape_ == (40, 52)
    assert transformer.n_features_in_ == 40 * 52
    with pytest.raises(ValueError, match="Sample 0 of X has the shape"):
        transformer.transform(images[:, :30])


def test_pil_images_and_object_arrays_are_images(photos):
    transformer = SIFTTransformer(encoder=SMALL, random_state=0).fit(photos)
    expected = transformer.transform(photos)
    assert_array_equal(transformer.transform([Image.fromarray(photo) for photo in photos]), expected)
    listing = np.empty(len(photos), object)
    listing[:] = photos
    assert_array_equal(transformer.transform(listing), expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (5, 12), (13, 13)])
def test_images_smaller_than_a_descriptor_are_padded_by_their_edge(images, shape):
    transformer = SIFTTransformer(encoder=SMALL).fit([*images, images[0][:20]])
    small = images[0][: shape[0], : shape[1]]
    padding = [(0, max(0, 13 - size)) for size in shape]
    rows = transformer.transform([small, np.pad(small, padding, mode="edge")])
    assert np.isfinite(rows).all()
    assert_array_equal(rows[0], rows[1])


def test_dtypes_mean_the_same_picture(images):
    transformer = SIFTTransformer(encoder=SMALL, random_state=0).fit(images)
    expected = transformer.transform(images)
    for same in (images.astype(np.uint16) * 257, (images / 255).astype(np.float32), images / 255):
        assert_allclose(transformer.transform(same), expected, rtol=0, atol=2e-3)


@pytest.mark.parametrize("batch_size", [2, None])
def test_values_beyond_the_range_are_told_once(images, batch_size):
    transformer = SIFTTransformer(encoder=SMALL, batch_size=batch_size).fit(images / 255.0)
    with pytest.warns(UserWarning, match=r"X has float64 values from .* set value_range") as record:
        transformer.transform(images * 1.0)
    assert len(record) == 1


def test_blank_images_alone_are_refused_at_keypoints():
    with pytest.raises(ValueError, match="None of the 3 images has a descriptor"):
        SIFTTransformer("keypoints", SMALL).fit(np.zeros((3, 40, 40), np.uint8))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.full((20, 20), np.nan), "Sample 1 of X contains NaN"),
        (np.zeros((20, 20, 2)), r"Sample 1 of X has the shape \(20, 20, 2\)"),
        (np.zeros((0, 20)), r"Sample 1 of X has the shape \(0, 20\)"),
        (np.zeros((20, 20), complex), "Sample 1 of X has values of dtype complex128"),
    ],
)
def test_bad_images_are_named(images, bad, message):
    with pytest.raises(ValueError, match=message):
        SIFTTransformer(encoder=SMALL).fit([images[0], bad, images[1]])


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"sampling": "sparse"}, "sampling"),
        ({"step": 0}, "step"),
        ({"bin_size": ()}, "bin_size"),
        ({"window": "round"}, "window"),
        ({"norm": "l1"}, "norm"),
        ({"value_range": (1, 0)}, "value_range"),
        ({"encoder": LinearSVC()}, "encoder"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_parameters_are_refused_by_name(images, parameters, name):
    with pytest.raises(ValueError, match=name):
        SIFTTransformer(**parameters).fit(images)


# ---------------------------------------------------------------- in scikit-learn


def test_nested_parameters_reach_a_grid_search(images):
    y = np.arange(12) % 2
    pipeline = Pipeline([("sift", SIFTTransformer(encoder=SMALL, random_state=0)), ("svm", LinearSVC())])
    grid = {"sift__step": [4, 8], "sift__encoder__n_components": [2, 4]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(images, y)
    assert len(search.cv_results_["params"]) == 4


def test_clones_and_pickles_give_the_same(images):
    transformer = SIFTTransformer("keypoints", SMALL, random_state=0).fit(images)
    expected = transformer.transform(images)
    assert_array_equal(clone(transformer).fit(images).transform(images), expected)
    pickled = pickle.dumps(transformer)
    assert b"cv2" not in pickled
    assert_array_equal(pickle.loads(pickled).transform(images), expected)


def corners(image):
    """Return brightness in the corners, with positions."""
    rows, columns = image.shape[:2]
    positions = np.array([(0, 0), (0, columns - 1), (rows - 1, 0), (rows - 1, columns - 1)])
    return positions, image[positions[:, 0], positions[:, 1]].astype(float)


def whole_rows(image):
    return image[:, :20].reshape(len(image), -1)


@pytest.mark.parametrize("extractor", [corners, whole_rows])
def test_any_function_serves_as_an_extractor(images, extractor):
    transformer = LocalFeatureTransformer(extractor, VLAD(2, random_state=0), random_state=0)
    rows = transformer.fit_transform(images)
    assert_allclose(pickle.loads(pickle.dumps(transformer)).transform(images), rows)
    found = [extractor(image[..., np.newaxis]) for image in images]
    sets = [item[1] if isinstance(item, tuple) else item for item in found]
    assert_allclose(rows, transformer.encoder_.transform(sets), rtol=0, atol=1e-6)


def test_positions_of_an_extractor_become_shares(images):
    transformer = LocalFeatureTransformer(corners, VLAD(1, pyramid=((2, 2),), random_state=0)).fit(images)
    sets = [(np.array([(0, 0), (0, 1), (1, 0), (1, 1)]), corners(image[..., np.newaxis])[1]) for image in images]
    assert_allclose(transformer.transform(images), transformer.encoder_.transform(sets), rtol=0, atol=1e-6)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_images():
    code = """
        import resource, numpy as np
        from classicvis import FisherVector, SIFTTransformer
        X = np.random.default_rng(0).integers(0, 256, (60000, 28, 28), dtype=np.uint8)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        encoder = FisherVector(8, n_pca_components=16, random_state=0)
        rows = SIFTTransformer(encoder=encoder, random_state=0).fit_transform(X)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print((after - before) / 1024 - rows.nbytes / 2**20)
    """
    pytest.importorskip("resource", reason="Windows does not tell")
    lines = "\n".join(line.strip() for line in code.strip().splitlines())
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1000


def detect_and_compute(image):
    return cv2.SIFT_create(nfeatures=20).detectAndCompute(image, None)


@pytest.mark.parametrize("is_none", [False, True])
def test_local_features_take_what_opencv_returns(is_none):
    """Flat images have no keypoints: OpenCV returns ((), None) for them."""
    X = np.stack([pictures.photo(64, 64), np.full((64, 64), 7, np.uint8), pictures.photo(70, 64)[6:]])

    def extractor(image):
        found = detect_and_compute(np.ascontiguousarray(image))
        return None if is_none and found[1] is None else found

    pyramid = VLAD(2, pyramid=((1, 1), (2, 2)), random_state=0)
    features = LocalFeatureTransformer(extractor, pyramid, random_state=0).fit_transform(X)
    assert features.shape == (3, 2 * 128 * 5)
    assert not features[1].any()
    keypoints, descriptors = detect_and_compute(X[0])
    places = [((keypoint.pt[1] + 0.5) / 64, (keypoint.pt[0] + 0.5) / 64) for keypoint in keypoints]
    encoder = LocalFeatureTransformer(extractor, pyramid, random_state=0).fit(X).encoder_
    np.testing.assert_allclose(
        encoder.transform([(np.array(places), descriptors)])[0], features[0], rtol=1e-5, atol=1e-6
    )
