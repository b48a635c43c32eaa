"""Encoded SIFT descriptors with a support vector machine behind them."""

from sklearn.pipeline import Pipeline

from classicvis.encoding import VLAD, BagOfVisualWords, FisherVector
from classicvis.features import SIFTTransformer
from classicvis.pipelines._steps import reader_steps, svm_steps

STEP = 2
BIN_SIZES = (3, 4, 6)
PYRAMID = ((1, 1), (2, 2))
N_PCA_COMPONENTS = 64
DEFAULT_C = {"linear": 1.0, "rbf": 3.0, "intersection": 1.0, "chi2": 1.0}


def make_fisher_svm(
    *,
    size=None,
    color="gray",
    aspect="stretch",
    image_shape=None,
    step=STEP,
    bin_size=BIN_SIZES,
    n_components=16,
    pyramid=PYRAMID,
    mirror=False,
    kernel="linear",
    C=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of dense SIFT, Fisher vectors and a support vector machine.

    Parameters
    ----------
    size : int or tuple of (int, int), default=None
        Rows and columns that images are brought to by an :class:`~classicvis.ImageReader` in front; the pipeline
        then takes paths, PIL images and images of varying size. None takes arrays, or a list of images of any sizes.
    color : {'gray', 'rgb'}, default='gray'
        What the reader makes of images; only with `size`. SIFT sees grey either way.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        How the reader brings images to `size`; only with `size`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    step : int, default=2
        Pixels from one descriptor to the next; 4 is four times as fast and serves larger images as well.
    bin_size : int or sequence of int, default=(3, 4, 6)
        Pixels of a descriptor's cells, four of which make its side; the default serves images from 28 to some
        hundred pixels.
    n_components : int, default=16
        Components of the mixture; more are a little better, and take as much longer.
    pyramid : sequence of (int, int), default=((1, 1), (2, 2))
        Rows and columns of cells that the image is cut into, for each level.
    mirror : bool, default=False
        Give an image and its mirror image the same features, in twice the time: worth some tenths of a point or more
        where left and right mean the same, as in photographs, but not for letters, digits or road signs.
    kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
        The kernel, as :func:`make_hog_svm` takes it.
    C : float, default=None
        Inverse strength of the regularisation; None means 3 for the RBF kernel and 1 for the others.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        As in :func:`make_hog_svm`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and the support vector machine.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``sift``, ``pca`` (RBF) or ``map`` (intersection, chi2), and ``svm``, not
        fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`.

    See Also
    --------
    make_vlad_svm : The same with VLAD, quicker to learn.
    make_bovw_svm : The same with a bag of visual words.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_fisher_svm
    >>> sample = load_fashion_sample()
    >>> pipeline = make_fisher_svm(n_components=4, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.75)
    True
    >>> grid = {"sift__encoder__n_components": [8, 16], "svm__C": [0.1, 1.0]}  # for GridSearchCV
    >>> set(grid) <= set(pipeline.get_params())
    True
    """
    encoder = FisherVector(n_components, n_pca_components=N_PCA_COMPONENTS, pyramid=pyramid, random_state=random_state)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    return _make_pipeline(sift, (size, color, aspect), (kernel, C, DEFAULT_C, probability), random_state, n_jobs)


def make_vlad_svm(
    *,
    size=None,
    color="gray",
    aspect="stretch",
    image_shape=None,
    step=STEP,
    bin_size=BIN_SIZES,
    n_words=32,
    pyramid=PYRAMID,
    mirror=False,
    kernel="linear",
    C=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of dense SIFT, VLAD and a support vector machine.

    Parameters
    ----------
    size : int or tuple of (int, int), default=None
        As in :func:`make_fisher_svm`.
    color : {'gray', 'rgb'}, default='gray'
        As in :func:`make_fisher_svm`.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        As in :func:`make_fisher_svm`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    step : int, default=2
        As in :func:`make_fisher_svm`.
    bin_size : int or sequence of int, default=(3, 4, 6)
        As in :func:`make_fisher_svm`.
    n_words : int, default=32
        Number of words.
    pyramid : sequence of (int, int), default=((1, 1), (2, 2))
        As in :func:`make_fisher_svm`.
    mirror : bool, default=False
        As in :func:`make_fisher_svm`.
    kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
        The kernel, as :func:`make_hog_svm` takes it.
    C : float, default=None
        Inverse strength of the regularisation; None means 3 for the RBF kernel and 1 for the others.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        As in :func:`make_hog_svm`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and the support vector machine.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``sift``, ``pca`` (RBF) or ``map`` (intersection, chi2), and ``svm``, not
        fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`.

    See Also
    --------
    make_fisher_svm : The same with Fisher vectors.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_vlad_svm
    >>> sample = load_fashion_sample()
    >>> pipeline = make_vlad_svm(n_words=8, random_state=0).fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.75)
    True
    """
    encoder = VLAD(n_words, n_pca_components=N_PCA_COMPONENTS, pyramid=pyramid, random_state=random_state)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    return _make_pipeline(sift, (size, color, aspect), (kernel, C, DEFAULT_C, probability), random_state, n_jobs)


def make_bovw_svm(
    *,
    size=None,
    color="gray",
    aspect="stretch",
    image_shape=None,
    step=STEP,
    bin_size=BIN_SIZES,
    n_words=500,
    pyramid=PYRAMID,
    mirror=False,
    kernel="linear",
    C=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of dense SIFT, a bag of visual words and a support vector machine.

    Parameters
    ----------
    size : int or tuple of (int, int), default=None
        As in :func:`make_fisher_svm`.
    color : {'gray', 'rgb'}, default='gray'
        As in :func:`make_fisher_svm`.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        As in :func:`make_fisher_svm`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    step : int, default=2
        As in :func:`make_fisher_svm`.
    bin_size : int or sequence of int, default=(3, 4, 6)
        As in :func:`make_fisher_svm`.
    n_words : int, default=500
        Number of words.
    pyramid : sequence of (int, int), default=((1, 1), (2, 2))
        As in :func:`make_fisher_svm`.
    mirror : bool, default=False
        As in :func:`make_fisher_svm`.
    kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
        The kernel, as :func:`make_hog_svm` takes it.
    C : float, default=None
        Inverse strength of the regularisation; None means 3 for the RBF kernel and 1 for the others.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        As in :func:`make_hog_svm`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and the support vector machine.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``sift``, ``pca`` (RBF) or ``map`` (intersection, chi2), and ``svm``, not
        fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`.

    See Also
    --------
    make_fisher_svm : The same with Fisher vectors.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_bovw_svm
    >>> sample = load_fashion_sample()
    >>> pipeline = make_bovw_svm(n_words=100, random_state=0).fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.7)
    True
    """
    encoder = BagOfVisualWords(n_words, pyramid=pyramid, random_state=random_state)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    return _make_pipeline(sift, (size, color, aspect), (kernel, C, DEFAULT_C, probability), random_state, n_jobs)


def make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs):
    """Return dense SIFT with an encoder behind it."""
    return SIFTTransformer(
        encoder=encoder,
        step=step,
        bin_size=bin_size,
        mirror=mirror,
        image_shape=image_shape,
        random_state=random_state,
        n_jobs=n_jobs,
    )


def _make_pipeline(sift, reading, classifying, random_state, n_jobs):
    steps = [*reader_steps(*reading, n_jobs), ("sift", sift)]
    return Pipeline([*steps, *svm_steps(*classifying, random_state, n_jobs)])
