"""Learned patches with a support vector machine behind them."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from ..features import KMeansPatchTransformer
from ._steps import MAPS, reader_steps, svm_steps

DEFAULT_C = {"linear": 0.001, "rbf": 3.0, "intersection": 0.001, "chi2": 0.001}


def make_patches_svm(
    *,
    size=None,
    color="rgb",
    aspect="stretch",
    image_shape=None,
    n_components=400,
    patch_size=6,
    encoder="soft_threshold",
    grid=(2, 2),
    kernel="linear",
    C=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of learned patches and a support vector machine.

    Parameters
    ----------
    size : int or tuple of (int, int), default=None
        Rows and columns that images are brought to by an :class:`~classicvis.ImageReader` in front; the pipeline
        then takes paths, PIL images and images of varying size. None takes arrays of one size. The work grows with
        the number of pixels: 32 suits small objects, 64 is four times as long.
    color : {'rgb', 'gray'}, default='rgb'
        What the reader makes of images; only with `size`.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        How the reader brings images to `size`; only with `size`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    n_components : int, default=400
        Atoms of the dictionary; more are better, and take as much longer.
    patch_size : int, default=6
        Rows, and columns, of a patch in pixels.
    encoder : {'soft_threshold', 'triangle'}, default='soft_threshold'
        How a patch is described by the atoms: see :class:`~classicvis.KMeansPatchTransformer`.
    grid : tuple of (int, int), default=(2, 2)
        Rows and columns of cells over which codes are averaged.
    kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
        The kernel, as :func:`make_hog_svm` takes it. Features are standardised, but for intersection and chi2 divided
        by their maximum, which keeps zeros.
    C : float, default=None
        Inverse strength of the regularisation; None means 3 for the RBF kernel and 0.001 for the others.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        As in :func:`make_hog_svm`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and the support vector machine.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``patches``, ``scaler``, ``pca`` (RBF) or ``map`` (intersection, chi2), and
        ``svm``, not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`.

    References
    ----------
    .. [1] A. Coates, H. Lee and A. Y. Ng, "An Analysis of Single-Layer Networks in Unsupervised Feature Learning",
       AISTATS 2011.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_patches_svm
    >>> sample = load_fashion_sample()
    >>> pipeline = make_patches_svm(n_components=32, C=0.01, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.7)
    True
    """
    patches = KMeansPatchTransformer(
        n_components,
        patch_size,
        encoder=encoder,
        grid=grid,
        image_shape=image_shape,
        random_state=random_state,
        n_jobs=n_jobs,
    )
    scaler = (MaxAbsScaler if kernel in MAPS else StandardScaler)(copy=False)
    steps = [*reader_steps(size, color, aspect, n_jobs), ("patches", patches), ("scaler", scaler)]
    return Pipeline([*steps, *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])
