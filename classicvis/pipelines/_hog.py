"""HOG with a support vector machine or a forest behind it."""

from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.features import HOGTransformer
from classicvis.pipelines._steps import forest_steps, reader_steps, svm_steps

DEFAULT_C = {"linear": 0.02, "rbf": 3.0, "intersection": 0.01, "chi2": 0.01}
SCALE_NAMES = ("fine", "coarse")


def make_hog_svm(
    *,
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
    size : int or tuple of (int, int), default=None
        Rows and columns that images are brought to by an :class:`~classicvis.ImageReader` in front; the pipeline
        then takes paths, PIL images and images of varying size. None takes arrays of one size.
    color : {'rgb', 'gray'}, default='rgb'
        What the reader makes of images; only with `size`.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        How the reader brings images to `size`; only with `size`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    pixels_per_cell : float, tuple of (int, int), or tuple of floats, default=(1 / 8, 1 / 4)
        The cells of HOG, as :class:`~classicvis.HOGTransformer` takes them; several floats give as many scales side
        by side. The default fits any image size: on 28 × 28 pixels, cells of 4 and of 7 pixels.
    orientations : int, default=9
        Number of orientation bins.
    kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
        :class:`~classicvis.LinearSVMClassifier`, alone or after a map that stands for the intersection or the chi2
        kernel (:class:`~classicvis.svm.IntersectionMap`, :class:`~classicvis.svm.Chi2Map`); or
        :class:`~classicvis.svm.RBFSVMClassifier` on the 500 leading principal components, which is quicker than on all
        features and as accurate. The user guide's page on kernels compares them.
    C : float, default=None
        Inverse strength of the regularisation; None means 0.02 for the linear kernel, 3 for RBF, and 0.01 for
        intersection and chi2.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        Calibrate the decision in cross-validation, so that there is `predict_proba`: ``'sigmoid'``, which True stands
        for, fits two numbers for each class; ``'temperature'`` fits one for all, and changes no prediction (it needs
        scikit-learn 1.8).
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and the support vector machine.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``hog``, ``pca`` (RBF) or ``map`` (intersection, chi2), and ``svm``, not fitted.

    Raises
    ------
    ValueError
        There is no such `kernel`.

    See Also
    --------
    make_hog_forest : A forest in place of the support vector machine.
    classicvis.inspection.HOGWeightsDisplay : Draws what the machine looks for, if its kernel is linear.

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
    steps = _feature_steps(size, color, aspect, image_shape, pixels_per_cell, orientations, n_jobs)
    return Pipeline([*steps, *svm_steps(kernel, C, DEFAULT_C, probability, random_state, n_jobs)])


def make_hog_forest(
    *,
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
    size : int or tuple of (int, int), default=None
        As in :func:`make_hog_svm`.
    color : {'rgb', 'gray'}, default='rgb'
        As in :func:`make_hog_svm`.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        As in :func:`make_hog_svm`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    pixels_per_cell : float, tuple of (int, int), or tuple of floats, default=(1 / 8, 1 / 4)
        As in :func:`make_hog_svm`.
    orientations : int, default=9
        Number of orientation bins.
    kind : {'extra', 'random', 'boosting'}, default='extra'
        :class:`~sklearn.ensemble.ExtraTreesClassifier`; :class:`~sklearn.ensemble.RandomForestClassifier`, which is
        slower at the same accuracy; or :class:`~sklearn.ensemble.HistGradientBoostingClassifier` on the 50 leading
        principal components, a smaller model, which needs hundreds of images of each class: with tens the others are
        better.
    n_estimators : int, default=None
        Number of trees, or of rounds of boosting with a tree for each class; None means 300 trees or 100 rounds.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        How to calibrate `predict_proba`, as in :func:`make_hog_svm`; False leaves it as the forest has it.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading, features and trees; boosting takes all cores whatever it says.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``hog``, ``pca`` (boosting) and ``forest``, not fitted.

    Raises
    ------
    ValueError
        `kind` is not one of the three, or `probability` not one of the four.

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
    forest = forest_steps(kind, n_estimators, probability, random_state, n_jobs)
    steps = _feature_steps(size, color, aspect, image_shape, pixels_per_cell, orientations, n_jobs)
    return Pipeline([*steps, *forest])


def _feature_steps(size, color, aspect, image_shape, pixels_per_cell, orientations, n_jobs):
    """Return the steps that lead from images to features."""

    def make_hog(cell):
        return HOGTransformer(orientations, cell, (2, 2), image_shape=image_shape, n_jobs=n_jobs)

    is_several = isinstance(pixels_per_cell, tuple | list) and any(isinstance(cell, float) for cell in pixels_per_cell)
    if is_several:
        names = SCALE_NAMES if len(pixels_per_cell) == 2 else [f"scale{i}" for i in range(len(pixels_per_cell))]
        hog = FeatureUnion([(name, make_hog(cell)) for name, cell in zip(names, pixels_per_cell, strict=True)])
    else:
        hog = make_hog(pixels_per_cell)
    return [*reader_steps(size, color, aspect, n_jobs), ("hog", hog)]
