"""Local binary patterns with a forest."""

from sklearn.pipeline import Pipeline

from classicvis.features import LBPTransformer
from classicvis.pipelines._parameters import describe_parameters
from classicvis.pipelines._steps import forest_steps, reader_steps

MAX_FEATURES = 0.1  # share of the bins that a split may use: most are nearly empty, and √n would miss the others


@describe_parameters()
def make_lbp_forest(
    *,
    reader=None,
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
    %(reader)s
    %(size)s
    %(gray)s
    %(aspect)s
    %(image_shape)s
    circles : sequence of tuple (int, float), default=((8, 1), (8, 2))
        Number of points and radius in pixels of each circle.
    method : {'nri_uniform', 'uniform', 'ror', 'default'}, default='nri_uniform'
        Which patterns share a bin. ``'uniform'`` and ``'ror'`` do not change when the image is rotated.
    grid : tuple of (int, int), default=(4, 4)
        Rows and columns of cells.
    %(kind)s
    %(n_estimators)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``lbp``, ``pca`` (boosting) and ``forest``, not fitted.

    Raises
    ------
    ValueError
        There is no such `kind` or `probability`, or `reader` and `size` are both given.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_lbp_forest
    >>> sample = load_fashion_sample()
    >>> pipeline = make_lbp_forest(n_estimators=20, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> pipeline.predict_proba(sample.X_test).shape
    (1000, 10)
    """
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    lbp = LBPTransformer(circles, method, grid, image_shape=image_shape, n_jobs=n_jobs)
    forest = forest_steps(kind, n_estimators, probability, random_state, n_jobs, max_features=MAX_FEATURES)
    return Pipeline([*reading, ("lbp", lbp), *forest])
