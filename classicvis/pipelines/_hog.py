"""HOG with a support vector machine or a forest."""

from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.features import HOGTransformer
from classicvis.pipelines._parameters import describe_C, describe_parameters
from classicvis.pipelines._steps import forest_steps, reader_steps, svm_steps

DEFAULT_C = {"linear": 0.02, "rbf": 3.0, "intersection": 0.01, "chi2": 0.01}  # by accuracy on held-out images
SCALE_NAMES = ("fine", "coarse")


@describe_parameters(C=describe_C(DEFAULT_C))
def make_hog_svm(
    *,
    reader=None,
    size=None,
    color="rgb",
    aspect="stretch",
    image_shape=None,
    pixels_per_cell=(1 / 8, 1 / 4),
    orientations=9,
    kernel="linear",
    C=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of HOG features and a support vector machine.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(color)s
    %(aspect)s
    %(image_shape)s
    %(pixels_per_cell)s
    %(orientations)s
    %(kernel)s
    %(C)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``hog``, ``pca`` (RBF) or ``map`` (intersection, chi2), and ``svm``,
        not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`, or `reader` and `size` are both given.

    See Also
    --------
    make_hog_forest : A forest in place of the support vector machine.
    classicvis.inspection.HOGWeightsDisplay : Draws the weights of a linear support vector machine.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_svm
    >>> sample = load_fashion_sample()
    >>> pipeline = make_hog_svm(random_state=0).fit(sample.X_train[:1000], sample.y_train[:1000])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.75)
    True
    >>> grid = {"svm__C": [0.01, 0.1], "hog__fine__orientations": [6, 9]}  # for GridSearchCV
    >>> set(grid) <= set(pipeline.get_params())
    True
    """
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    hog = _make_hog(pixels_per_cell, orientations, image_shape, n_jobs)
    return Pipeline([*reading, ("hog", hog), *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])


@describe_parameters()
def make_hog_forest(
    *,
    reader=None,
    size=None,
    color="rgb",
    aspect="stretch",
    image_shape=None,
    pixels_per_cell=(1 / 8, 1 / 4),
    orientations=9,
    kind="extra",
    n_estimators=None,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of HOG features and a forest.

    Parameters
    ----------
    %(reader)s
    %(size)s
    %(color)s
    %(aspect)s
    %(image_shape)s
    %(pixels_per_cell)s
    %(orientations)s
    %(kind)s
    %(n_estimators)s
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``hog``, ``pca`` (boosting) and ``forest``, not fitted.

    Raises
    ------
    ValueError
        There is no such `kind` or `probability`, or `reader` and `size` are both given.

    See Also
    --------
    make_hog_svm : A support vector machine in place of the forest.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_forest
    >>> sample = load_fashion_sample()
    >>> pipeline = make_hog_forest(n_estimators=20, random_state=0)
    >>> pipeline = pipeline.fit(sample.X_train[:500], sample.y_train[:500])
    >>> pipeline.predict_proba(sample.X_test).shape
    (1000, 10)
    """
    reading = reader_steps(reader, size, color, aspect, n_jobs)
    hog = _make_hog(pixels_per_cell, orientations, image_shape, n_jobs)
    return Pipeline([*reading, ("hog", hog), *forest_steps(kind, n_estimators, probability, random_state, n_jobs)])


def _make_hog(pixels_per_cell, orientations, image_shape, n_jobs):
    """Return HOG of one scale, or a union of several."""

    def of_scale(cell):
        return HOGTransformer(orientations, cell, (2, 2), image_shape=image_shape, n_jobs=n_jobs)

    is_several = isinstance(pixels_per_cell, tuple | list) and any(isinstance(cell, float) for cell in pixels_per_cell)
    if not is_several:
        return of_scale(pixels_per_cell)
    names = SCALE_NAMES if len(pixels_per_cell) == 2 else [f"scale{i}" for i in range(len(pixels_per_cell))]
    return FeatureUnion([(name, of_scale(cell)) for name, cell in zip(names, pixels_per_cell, strict=True)])
