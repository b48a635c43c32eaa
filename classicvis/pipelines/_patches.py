"""Learned patches with a support vector machine behind them."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler

from classicvis.features import KMeansPatchTransformer
from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._steps import MAPS, reader_steps, svm_steps

DEFAULT_C = {"linear": 10.0, "rbf": 3.0, "intersection": 0.001, "chi2": 0.001}


def make_patches_svm(
    *,
    size=None,
    color="rgb",
    aspect="stretch",
    image_shape=None,
    n_components=400,
    patch_size=6,
    dictionary="omp1",
    encoder="soft_threshold",
    threshold=0.25,
    grid=(2, 2),
    mirror=False,
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
    dictionary : {'omp1', 'kmeans', 'random'}, default='omp1'
        How atoms are learned: see :class:`~classicvis.KMeansPatchTransformer`.
    encoder : {'soft_threshold', 'triangle'}, default='soft_threshold'
        How a patch is described by the atoms.
    threshold : float, default=0.25
        Of the soft-threshold encoder.
    grid : tuple of (int, int), default=(2, 2)
        Rows and columns of cells over which codes are averaged.
    mirror : bool, default=False
        Give an image and its mirror image the same features, in twice the time: worth points where left and right
        mean the same, as in photographs, but not for letters, digits or road signs.
    kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
        The kernel, as :func:`make_hog_svm` takes it. Features are standardised, but for intersection and chi2 divided
        by their maximum, which keeps zeros.
    C : float, default=None
        Inverse strength of the regularisation; None means 10 for the linear kernel, 3 for RBF and 0.001 for the others.
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
    >>> pipeline = make_patches_svm(n_components=32, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.7)
    True
    """
    patches = KMeansPatchTransformer(
        n_components,
        patch_size,
        dictionary,
        encoder,
        threshold=threshold,
        grid=grid,
        mirror=mirror,
        image_shape=image_shape,
        random_state=random_state,
        n_jobs=n_jobs,
    )
    scaler = (MaxAbsScaler if kernel in MAPS else FeatureScaler)(copy=False)
    steps = [*reader_steps(size, color, aspect, n_jobs), ("patches", patches), ("scaler", scaler)]
    return Pipeline([*steps, *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])
