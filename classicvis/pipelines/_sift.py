"""SIFT descriptors, encoded, with a support vector machine."""

from sklearn.pipeline import Pipeline

from classicvis.encoding import VLAD, BagOfVisualWords, FisherVector
from classicvis.features import SIFTTransformer
from classicvis.pipelines._parameters import describe_C, describe_parameters
from classicvis.pipelines._steps import reader_steps, svm_steps

STEP = 2  # small images have few descriptors at larger steps
BIN_SIZES = (3, 4, 6)  # descriptors of 12, 16 and 24 pixels: they fit in images of 28
PYRAMID = ((1, 1), (2, 2))  # the whole image and its quarters
N_PCA_COMPONENTS = 64  # half of SIFT's 128 values, as is usual for Fisher vectors and VLAD
DEFAULT_C = {"linear": 1.0, "rbf": 3.0, "intersection": 1.0, "chi2": 1.0}  # by accuracy on held-out images


@describe_parameters(C=describe_C(DEFAULT_C))
def make_fisher_svm(
    *,
    reader=None,
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

    Without a reader it takes images of one size as an array, or of several as a list.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(gray)s
    %(aspect)s
    %(image_shape)s
    %(step)s
    %(bin_size)s
    n_components : int, default=16
        Components of the mixture; more are a little better, and take as much longer.
    %(pyramid)s
    %(mirror)s
    %(kernel)s
    %(C)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``sift``, ``pca`` (RBF) or ``map`` (intersection, chi2), and
        ``svm``, not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`, or `reader` and `size` are both given.

    See Also
    --------
    make_vlad_svm : The same with VLAD, faster to learn.
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
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    return Pipeline([*reading, ("sift", sift), *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])


@describe_parameters(C=describe_C(DEFAULT_C))
def make_vlad_svm(
    *,
    reader=None,
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

    Without a reader it takes images of one size as an array, or of several as a list.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(gray)s
    %(aspect)s
    %(image_shape)s
    %(step)s
    %(bin_size)s
    n_words : int, default=32
        Number of words.
    %(pyramid)s
    %(mirror)s
    %(kernel)s
    %(C)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps as in :func:`make_fisher_svm`, not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`, or `reader` and `size` are both given.

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
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    return Pipeline([*reading, ("sift", sift), *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])


@describe_parameters(C=describe_C(DEFAULT_C))
def make_bovw_svm(
    *,
    reader=None,
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

    Without a reader it takes images of one size as an array, or of several as a list.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(gray)s
    %(aspect)s
    %(image_shape)s
    %(step)s
    %(bin_size)s
    n_words : int, default=500
        Number of words.
    %(pyramid)s
    %(mirror)s
    %(kernel)s
    %(C)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps as in :func:`make_fisher_svm`, not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`, or `reader` and `size` are both given.

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
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    sift = make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs)
    return Pipeline([*reading, ("sift", sift), *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])


def make_sift(encoder, step, bin_size, mirror, image_shape, random_state, n_jobs):
    """Return dense SIFT followed by an encoder."""
    return SIFTTransformer(
        encoder=encoder,
        step=step,
        bin_size=bin_size,
        mirror=mirror,
        image_shape=image_shape,
        random_state=random_state,
        n_jobs=n_jobs,
    )
