"""Local binary patterns with a forest behind them."""

from sklearn.pipeline import Pipeline

from classicvis.features import LBPTransformer
from classicvis.pipelines._steps import forest_steps, reader_steps

MAX_FEATURES = 0.1  # of a node: most bins are nearly empty, so that √n of them would often miss the rest


def make_lbp_forest(
    *,
    size=None,
    color="gray",
    aspect="stretch",
    image_shape=None,
    circles=((8, 1), (8, 2)),
    method="nri_uniform",
    grid=(4, 4),
    kind="extra",
    n_estimators=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of local binary patterns and a forest.

    Parameters
    ----------
    size : int or tuple of (int, int), default=None
        Rows and columns that images are brought to by an :class:`~classicvis.ImageReader` in front; the pipeline
        then takes paths, PIL images and images of varying size. None takes arrays of one size.
    color : {'gray', 'rgb'}, default='gray'
        What the reader makes of images; only with `size`. The patterns are those of grey images either way.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        How the reader brings images to `size`; only with `size`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    circles : sequence of tuple (int, float), default=((8, 1), (8, 2))
        Number of points and radius in pixels of each circle.
    method : {'nri_uniform', 'uniform', 'ror', 'default'}, default='nri_uniform'
        Which patterns share a bin. ``'uniform'`` and ``'ror'`` do not change when the picture turns.
    grid : tuple of (int, int), default=(4, 4)
        Rows and columns of cells.
    kind : {'extra', 'random', 'boosting'}, default='extra'
        As in :func:`make_hog_forest`.
    n_estimators : int, default=None
        As in :func:`make_hog_forest`.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        As in :func:`make_hog_forest`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and trees; boosting takes all cores whatever it says.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``lbp``, ``pca`` (boosting) and ``forest``, not fitted.

    Raises
    ------
    ValueError
        `kind` is not one of the three, or `probability` not one of the four.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_lbp_forest
    >>> sample = load_fashion_sample()
    >>> pipeline = make_lbp_forest(n_estimators=20, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> pipeline.predict_proba(sample.X_test).shape
    (1000, 10)
    """
    forest = forest_steps(kind, n_estimators, probability, random_state, n_jobs, max_features=MAX_FEATURES)
    lbp = LBPTransformer(circles, method, grid, image_shape=image_shape, n_jobs=n_jobs)
    return Pipeline([*reader_steps(size, color, aspect, n_jobs), ("lbp", lbp), *forest])
