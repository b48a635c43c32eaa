"""Learned patches with a support vector machine."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler

from classicvis.features import KMeansPatchTransformer
from classicvis.pipelines._parameters import describe_C, describe_parameters
from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._steps import MAPS, reader_steps, svm_steps

DEFAULT_C = {"linear": 10.0, "rbf": 3.0, "intersection": 0.001, "chi2": 0.001}  # by accuracy on held-out images


@describe_parameters(C=describe_C(DEFAULT_C))
def make_patches_svm(
    *,
    reader=None,
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

    Features are standardised; for the intersection and chi2 kernels they are divided by their maximum, which keeps
    zeros. The time grows with the number of pixels: images of 32 × 32 suit small objects, and 64 × 64 take four times
    as long.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(color)s
    %(aspect)s
    %(image_shape)s
    n_components : int, default=400
        Atoms of the dictionary; more are better, and take as much longer.
    patch_size : int, default=6
        Rows, and columns, of a patch in pixels.
    dictionary : {'omp1', 'kmeans', 'random'}, default='omp1'
        How atoms are learned: see :class:`~classicvis.KMeansPatchTransformer`.
    encoder : {'soft_threshold', 'triangle'}, default='soft_threshold'
        How a patch is described by the atoms.
    threshold : float, default=0.25
        Threshold of the soft-threshold encoder.
    grid : tuple of (int, int), default=(2, 2)
        Rows and columns of cells over which codes are averaged.
    %(mirror)s
    %(kernel)s
    %(C)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``patches``, ``scaler``, ``pca`` (RBF) or ``map`` (intersection,
        chi2), and ``svm``, not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`, or `reader` and `size` are both given.

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
    reading = reader_steps(reader, size, color, aspect, n_jobs)
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
    svm = svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)
    return Pipeline([*reading, ("patches", patches), ("scaler", scaler), *svm])
