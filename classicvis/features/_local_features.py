"""`LocalFeatureTransformer`: local descriptors of images, extracted and encoded batch by batch, one row per image."""

import math
from abc import abstractmethod
from contextlib import nullcontext
from functools import partial
from numbers import Integral

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from classicvis._sklearn_compat import HasMethods, Interval, fit_context
from classicvis.encoding import FisherVector, learning_needs, sample_sizes
from classicvis.features._batches import map_slices
from classicvis.pixels import read_images, record

PIXELS_PER_BATCH = 2**18  # dense descriptors take some 30 to 500 bytes a pixel
LARGEST_BATCH = 1024  # images
SPARE = 1.5  # so many times its share is drawn from each image at first, to make up for images that have less


class LocalFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Base of what extracts local descriptors and encodes them; a subclass says how a batch is extracted."""

    _parameter_constraints = {
        "encoder": [HasMethods(["fit", "transform"]), None],
        "mirror": ["boolean"],
        "image_shape": [tuple, list, None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Draw descriptors, spread evenly over the images, and fit the encoder on them.

        Parameters
        ----------
        X : array-like of shape (n, n_rows, n_columns), (n, n_rows, n_columns, n_channels) or (n, n_features)
            Images; or a list of images of any sizes.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            X cannot be read as images, or none of them has a descriptor.
        """
        batch = self._read(X)
        self._check(batch)
        record(self, batch)
        encoder = FisherVector(random_state=self.random_state) if self.encoder is None else clone(self.encoder)
        needs = learning_needs(encoder)
        self.encoder_ = encoder.fit(self._draw(batch, needs.n_descriptors))
        if needs.all_sets:
            for i, sets in enumerate(self._map(self._extract, batch)):
                self.encoder_.count_documents(_as_sets(sets), reset=i == 0)
        self._n_features_out = len(self.encoder_.get_feature_names_out())
        return self

    def transform(self, X):
        """Extract and encode.

        Parameters
        ----------
        X : array-like
            Images, as in `fit`; of the shape seen there, if that was one shape.

        Returns
        -------
        encodings : ndarray of shape (n, n_features_out), dtype float32
            A row an image; what the encoder makes of an empty set, zeros, for an image without descriptors.

        Raises
        ------
        ValueError
            X differs in shape from `fit`, or cannot be read as images.
        """
        check_is_fitted(self)
        batch = self._read(X, like=self)
        self._check(batch)
        encodings = np.empty((len(batch), self._n_features_out), np.float32)
        first = 0
        for part in self._map(self._encode, batch):
            encodings[first : first + len(part)] = part
            first += len(part)
        return encodings

    @abstractmethod
    def _extract(self, images, value_range):
        """Return positions in [0, 1], or None for no positions, and descriptors, for each of some images."""

    def _check(self, batch):
        """Say what is wrong with the parameters, or with the values of the images."""

    def _read(self, X, like=None):
        value_range = getattr(self, "value_range", None)
        return read_images(X, image_shape=self.image_shape, value_range=value_range, any_size=True, like=like)

    def _encode(self, images, value_range):
        encodings = self.encoder_.transform(_as_sets(self._extract(images, value_range)))
        if not self.mirror:
            return encodings
        mirrored = [image[:, ::-1] for image in images] if isinstance(images, list) else images[:, :, ::-1]
        return (encodings + self.encoder_.transform(_as_sets(self._extract(mirrored, value_range)))) / 2

    def _draw(self, batch, n_descriptors):
        """Return sets of descriptors drawn from all images, at most `n_descriptors` in total."""
        random_state = check_random_state(self.random_state)
        seeds = random_state.randint(2**31, size=len(batch))
        n_from_each = math.ceil(SPARE * n_descriptors / len(batch))
        rows = np.arange(len(batch))
        extract = partial(self._extract_some, batch.pixels, seeds, n_from_each)
        sets = [drawn for part in self._map(extract, batch, rows) for drawn in part]
        sizes = [len(descriptors) for _, descriptors in sets]
        if sum(sizes) == 0:
            raise ValueError(
                f"None of the {len(batch)} images has a descriptor: give images with more contrast, or lower the "
                "thresholds of what extracts them."
            )
        kept = sample_sizes(sizes, n_descriptors, random_state)
        return _as_sets(_take(drawn, n, seed) for drawn, n, seed in zip(sets, kept, seeds, strict=True))

    def _extract_some(self, images, seeds, n_from_each, rows, value_range):
        sets = self._extract(images[rows[0] : rows[-1] + 1], value_range)
        return [_take(found, n_from_each, seeds[row]) for row, found in zip(rows, sets, strict=True)]

    def _map(self, function, batch, items=None):
        """Yield what a function makes of each part of the images, or of items that stand for them."""
        function = partial(function, value_range=batch.value_range)
        images, slices = batch.pixels, self._slices(batch.pixels)
        is_serial = effective_n_jobs(self.n_jobs) == 1
        with nullcontext() if is_serial else threadpool_limits(1, "blas"):
            yield from map_slices(function, images if items is None else items, slices, n_jobs=self.n_jobs)

    def _slices(self, images):
        """Cut images into batches: of `batch_size`, or of about `PIXELS_PER_BATCH`."""
        n = self.batch_size
        if n is not None:
            return [slice(first, first + n) for first in range(0, len(images), n)]
        slices, first, n_pixels = [], 0, 0
        for i, image in enumerate(images):
            here = image.shape[0] * image.shape[1]
            if i > first and (n_pixels + here > PIXELS_PER_BATCH or i - first == LARGEST_BATCH):
                slices.append(slice(first, i))
                first, n_pixels = i, 0
            n_pixels += here
        return [*slices, slice(first, len(images))]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


class LocalFeatureTransformer(LocalFeatures):
    """Encode what a function finds in each image, one row per image.

    `extractor` gives local descriptors of an image, the encoder turns each image's descriptors into one row.
    Extraction and encoding go through the images together, batch by batch, in `fit` and in `transform`, so that the
    descriptors of all images are never in memory.

    Parameters
    ----------
    extractor : callable
        Takes an image, an array of shape (n_rows, n_columns, n_channels) with 1 or 3 channels, and returns its
        descriptors, of shape (k, d), or a tuple that begins with positions, of shape (k, 2), rows and columns in
        pixels, and descriptors. OpenCV's `detectAndCompute` fits: positions may be keypoints of OpenCV, and
        descriptors None where there are none. To pickle the transformer, it must be a function with a name in a module.
    encoder : transformer, default=None
        What makes one row of a set of descriptors: :class:`~classicvis.FisherVector`,
        :class:`~classicvis.VLAD`, :class:`~classicvis.BagOfVisualWords`, or one of your own that takes tuples of
        positions, as shares of the image's height and width, or None, and descriptors. It is cloned and not changed.
        It learns from 200,000 descriptors at most, unless its method `learning_needs` returns other
        :class:`~classicvis.encoding.LearningNeeds`.
        None takes ``FisherVector(64)``.
    mirror : bool, default=False
        Average the encodings of an image and of its mirror image, left for right, in twice the time: both have the
        same features then.
    image_shape : tuple of int, default=None
        ``(n_rows, n_columns)`` or ``(n_rows, n_columns, n_channels)``, for images that come as flat rows.
    batch_size : int, default=None
        Images that a thread takes at a time. None: as many as have about 260,000 pixels together.
    n_jobs : int, default=None
        Number of threads; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all cores.
    random_state : int, RandomState instance or None, default=None
        Draws the descriptors to learn from, and seeds the default encoder.

    Attributes
    ----------
    encoder_ : transformer
        The fitted encoder.
    n_features_in_ : int
        Values per image, unless images of several shapes were seen in `fit`.
    sample_shape_ : tuple of int or None
        Shape of an image seen in `fit`; None for several shapes.
    value_range_ : tuple of (float, float)
        Values of black and white in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    See Also
    --------
    SIFTTransformer : The same with SIFT descriptors.

    Notes
    -----
    Results for another `batch_size`, another order of images or another `n_jobs` agree within 1e-5 relative with our
    encoders.

    Examples
    --------
    >>> import numpy as np
    >>> from classicvis import LocalFeatureTransformer, VLAD, load_fashion_sample
    >>> def brightness_of_rows(image):
    ...     return image[:, :, 0].reshape(-1, 7)  # pieces of rows, 7 px each
    >>> features = LocalFeatureTransformer(brightness_of_rows, VLAD(5, random_state=0), random_state=0)
    >>> features.fit_transform(load_fashion_sample().X_test[:50]).shape
    (50, 35)
    """

    _parameter_constraints = LocalFeatures._parameter_constraints | {"extractor": [callable]}

    def __init__(
        self,
        extractor,
        encoder=None,
        *,
        mirror=False,
        image_shape=None,
        batch_size=None,
        n_jobs=None,
        random_state=None,
    ):
        self.extractor = extractor
        self.encoder = encoder
        self.mirror = mirror
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _extract(self, images, value_range):
        return [self._extract_one(image) for image in images]

    def _extract_one(self, image):
        found = self.extractor(image)
        positions, descriptors = found[:2] if isinstance(found, tuple) else (None, found)
        if descriptors is None:  # what OpenCV returns where it finds nothing
            return np.empty((0, 2), np.float32), np.empty((0, 0), np.float32)
        if positions is None:
            return None, np.asarray(descriptors)
        if len(positions) and hasattr(positions[0], "pt"):  # OpenCV's keypoints: column, then row
            positions = [keypoint.pt[::-1] for keypoint in positions]
        return as_shares(np.asarray(positions), image.shape), np.asarray(descriptors)


def as_shares(positions, shape):
    """Turn rows and columns of pixels, counted from the centre of the first one, into shares of height and width."""
    return ((positions.reshape(-1, 2) + 0.5) / shape[:2]).astype(np.float32)


def _take(found, n, seed):
    """Draw n descriptors, and their positions, in order."""
    positions, descriptors = found
    if len(descriptors) <= n:
        return found
    rows = np.sort(np.random.default_rng(seed).permutation(len(descriptors))[:n])
    return None if positions is None else positions[rows], descriptors[rows]


def _as_sets(found):
    """Return what encoders take: pairs of positions and descriptors, or descriptors alone."""
    return [descriptors if positions is None else (positions, descriptors) for positions, descriptors in found]
