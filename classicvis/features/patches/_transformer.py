"""`KMeansPatchTransformer`: codes of all patches of an image by a learned dictionary, pooled; one row per image."""

import math
import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from classicvis._sklearn_compat import Interval, StrOptions
from classicvis.features._image_transformer import ImageTransformer
from classicvis.features._parameters import check_pair
from classicvis.features.patches._dictionary import DICTIONARIES, learn_dictionary
from classicvis.features.patches._encoder import (
    ENCODERS,
    PatchEncoder,
    learn_whitening,
    pad_to_patches,
    sample_patches,
    with_even_contrast,
)

LARGEST_LEVEL = 1e15  # whose square float32 can still hold, times the values of a patch


class KMeansPatchTransformer(ImageTransformer):
    """Describe images by how much their patches are like those of a learned dictionary, one row per image.

    `fit` samples patches, learns how to whiten them, and makes a dictionary of them. `transform` compares every patch
    of an image with every atom of the dictionary, turns the result into sparse codes, and averages them over each
    cell of a grid. A linear classifier on standardised features does the rest, as in
    :func:`~classicvis.make_patches_svm`.

    Parameters
    ----------
    n_components : int, default=256
        Number of atoms of the dictionary. More are better, and take as much longer.
    patch_size : int, default=6
        Rows, and columns, of a patch in pixels. Patches of colour images have all channels.
    dictionary : {'kmeans', 'omp1', 'random'}, default='kmeans'
        How atoms are learned from whitened patches: ``'kmeans'`` takes means of clusters, found by
        :class:`sklearn.cluster.MiniBatchKMeans`; ``'omp1'`` alternates
        between describing each patch by the multiple of one atom and improving the atoms; ``'random'`` takes patches
        as they are. The last two give atoms of length 1.
    encoder : {'triangle', 'soft_threshold'}, default='triangle'
        The code of a patch at distances z from the atoms is ``max(0, mean(z) - z)`` with ``'triangle'``. With
        ``'soft_threshold'`` it is ``max(0, x - threshold)`` followed by ``max(0, -x - threshold)``, where x are the
        products with the atoms, brought to length 1: twice as many features.
    threshold : float, default=0.5
        Of the soft-threshold encoder; products of whitened patches are meant.
    stride : int, default=1
        Pixels from one patch to the next in `transform`.
    grid : tuple of (int, int), default=(2, 2)
        Rows and columns of cells over which codes are averaged.
    mirror : bool, default=False
        Average the codes of an image and of its mirror image, left for right. Both have the same features then, and
        a linear classifier learns from them much what it would learn from as many mirrored images more, described by
        twice as many atoms: `transform` takes twice as long, the features no more memory.
    n_patches : int, default=100000
        Patches that `fit` samples at most, spread evenly over the images.
    contrast : float, default=10.0
        Added to the variance of a patch before its contrast is normalised, in grey levels of 0 to 255, squared.
    whitening : float, default=0.1
        Added to the eigenvalues of the covariance of patches.
    value_range : 'dtype' or tuple of (float, float), default='dtype'
        Values of black and white, which give `contrast` its unit: ``'dtype'`` means 0 and 1 for bool and floats, 0 and
        65535 for uint16, 0 and 255 for all other integers. Nothing is clipped.
    max_iter : int, default=20
        Most passes over the patches that make the dictionary.
    image_shape : tuple of int, default=None
        ``(n_rows, n_columns)`` or ``(n_rows, n_columns, n_channels)``, for images that come as flat rows.
    batch_size : int, default=64
        Images that a thread takes at a time.
    n_jobs : int, default=None
        Number of threads in `transform`; None means 1 unless in a :func:`joblib.parallel_config`, -1 means all
        cores. With 1, matrix products use as many threads as the BLAS library does; with more, one each.
    random_state : int, RandomState instance or None, default=None
        Draws the patches. An int makes `fit` repeatable.

    Attributes
    ----------
    components_ : ndarray of shape (n_atoms, n_values), float32
        The dictionary, in the space of whitened patches; a patch's values are in the order of its rows, columns and
        channels.
    mean_ : ndarray of shape (n_values,), float64
        Mean of the contrast-normalised patches.
    whitening_ : ndarray of shape (n_values, n_values), float64
        Symmetric matrix that whitens them.
    n_iter_ : int
        Passes over the patches that made the dictionary.
    n_features_in_ : int
        Values per image.
    sample_shape_ : tuple of int
        Shape of an image seen in `fit`.
    value_range_ : tuple of (float, float)
        Values of black and white in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of X, if X had names.

    Warns
    -----
    UserWarning
        The images of `fit` have fewer patches than `n_components`: there is an atom for each patch then.

    See Also
    --------
    classicvis.HOGTransformer : Features that need no learning.

    Notes
    -----
    Images with fewer patches than cells are padded by their edge, at the bottom and on the right. Memory beside the
    result is bounded by an image in `transform`, and by `n_patches` in `fit`. The features are float32 and come from
    BLAS: they have the same bits for any `batch_size` and order of images while the number of its threads stays the
    same, and agree within 1e-5 of the largest otherwise.

    References
    ----------
    .. [1] A. Coates, H. Lee and A. Y. Ng, "An Analysis of Single-Layer Networks in Unsupervised Feature Learning",
       AISTATS 2011, sections 3.1 and 3.2.
    .. [2] A. Coates and A. Y. Ng, "The Importance of Encoding Versus Training with Sparse Coding and Vector
       Quantization", ICML 2011, sections 3.1 (OMP-1) and 3.2 (soft threshold).

    Examples
    --------
    >>> from classicvis import KMeansPatchTransformer, load_fashion_sample
    >>> images = load_fashion_sample().X_test[:200]
    >>> patches = KMeansPatchTransformer(n_components=32, n_patches=5000, random_state=0)
    >>> features = patches.fit_transform(images)
    >>> features.shape, features.dtype  # 32 atoms in 4 cells
    ((200, 128), dtype('float32'))
    >>> patches.components_.shape
    (32, 36)
    """

    _parameter_constraints = ImageTransformer._parameter_constraints | {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "patch_size": [Interval(Integral, 1, None, closed="left")],
        "dictionary": [StrOptions(set(DICTIONARIES))],
        "encoder": [StrOptions(set(ENCODERS))],
        "threshold": [Interval(Real, 0, None, closed="left")],
        "stride": [Interval(Integral, 1, None, closed="left")],
        "grid": [tuple, list],
        "mirror": ["boolean"],
        "n_patches": [Interval(Integral, 1, None, closed="left")],
        "contrast": [Interval(Real, 0, None, closed="neither")],
        "whitening": [Interval(Real, 0, None, closed="neither")],
        "value_range": [StrOptions({"dtype"}), tuple, list],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=256,
        patch_size=6,
        dictionary="kmeans",
        encoder="triangle",
        *,
        threshold=0.5,
        stride=1,
        grid=(2, 2),
        mirror=False,
        n_patches=100_000,
        contrast=10.0,
        whitening=0.1,
        value_range="dtype",
        max_iter=20,
        image_shape=None,
        batch_size=64,
        n_jobs=None,
        random_state=None,
    ):
        self.n_components = n_components
        self.patch_size = patch_size
        self.dictionary = dictionary
        self.encoder = encoder
        self.threshold = threshold
        self.stride = stride
        self.grid = grid
        self.mirror = mirror
        self.n_patches = n_patches
        self.contrast = contrast
        self.whitening = whitening
        self.value_range = value_range
        self.max_iter = max_iter
        self.image_shape = image_shape
        self.batch_size = batch_size
        self.n_jobs = n_jobs
        self.random_state = random_state

    _uses_blas = True
    _follows_float64 = False

    def _learn(self, batch):
        grid, scale = check_pair("grid", self.grid), self._scale(batch)
        random = check_random_state(self.random_state)
        images = pad_to_patches(batch.pixels, self.patch_size, self.stride, grid)
        patches = sample_patches(images, self.patch_size, self.n_patches, scale, random)
        patches = with_even_contrast(patches, self.contrast)
        self.mean_, self.whitening_ = learn_whitening(patches, self.whitening)
        patches -= self.mean_.astype(np.float32)
        whitened = patches @ self.whitening_.astype(np.float32)
        n_atoms = self._n_atoms(len(patches))
        self.components_, self.n_iter_ = learn_dictionary(whitened, self.dictionary, n_atoms, self.max_iter, random)
        n_codes = len(self.components_) * (1 if self.encoder == "triangle" else 2)
        return n_codes * math.prod(grid)

    def _describer(self, batch):
        return PatchEncoder.from_dictionary(
            self.mean_,
            self.whitening_,
            self.components_,
            patch_size=self.patch_size,
            stride=self.stride,
            grid=check_pair("grid", self.grid),
            mirror=self.mirror,
            scale=self._scale(batch),
            contrast=self.contrast,
            encoder=self.encoder,
            threshold=self.threshold,
        ).encode

    def _n_atoms(self, n_patches):
        if n_patches < self.n_components:
            warnings.warn(
                f"n_components is {self.n_components}, but fit has only {n_patches} patches: the dictionary gets that "
                "many atoms; give more images, a larger n_patches or a smaller n_components.",
                UserWarning,
                stacklevel=4,
            )
        return min(n_patches, self.n_components)

    def _scale(self, batch):
        """Return what pixel values are multiplied with to be grey levels from 0 to 255."""
        black, white = batch.value_range
        scale = 255 / (white - black)
        if batch.dtype.kind == "f":
            _require_moderate(batch.pixels, LARGEST_LEVEL / scale)
        return scale


def _require_moderate(images, limit):
    """Raise a ValueError that names the first image whose squares single precision cannot hold."""
    largest = np.maximum(images.max(axis=(1, 2, 3)), -images.min(axis=(1, 2, 3)))
    if (largest > limit).any():
        sample = int(np.argmax(largest > limit))
        raise ValueError(
            f"Sample {sample} of X has values of magnitude {largest[sample]:.3g}, but single precision allows "
            f"{limit:.3g} here: scale the images, or set value_range to their values of black and white."
        )
