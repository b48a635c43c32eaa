"""Parameters that several factories have, each described once, and the decorator that writes them into docstrings."""

import inspect

PARAMETERS = {
    "reader": """\
reader : ImageReader, default=None
    First step of the pipeline, which then takes paths, PIL images and images of varying size. None, without `size`,
    takes arrays.""",
    "size": """\
size : int or tuple of (int, int), default=None
    Rows and columns of images. Short for ``reader=ImageReader(size, color=color, aspect=aspect, n_jobs=n_jobs)``.""",
    "color": """\
color : {'rgb', 'gray'}, default='rgb'
    Color of the images that are read; only with `size`.""",
    "gray": """\
color : {'gray', 'rgb'}, default='gray'
    Color of the images that are read; only with `size`. The features are those of grey images in both cases.""",
    "aspect": """\
aspect : {'stretch', 'pad', 'crop'}, default='stretch'
    How images are brought to `size`, as in :class:`~classicvis.ImageReader`; only with `size`.""",
    "image_shape": """\
image_shape : tuple of int, default=None
    Shape of an image, for images that come as flat rows.""",
    "pixels_per_cell": """\
pixels_per_cell : float, tuple of (int, int), or tuple of floats, default=(1 / 8, 1 / 4)
    Cells of HOG, as in :class:`~classicvis.HOGTransformer`; several floats are several scales, side by side. The
    default fits any image size: on 28 × 28 pixels, cells have 4 and 7 pixels.""",
    "orientations": """\
orientations : int, default=9
    Number of orientation bins.""",
    "step": """\
step : int, default=2
    Pixels from one SIFT descriptor to the next; 4 is four times as fast and suits larger images as well.""",
    "bin_size": """\
bin_size : int or sequence of int, default=(3, 4, 6)
    Pixels of a descriptor's cells, four of which make its side. The default suits images of 28 to some hundred
    pixels.""",
    "pyramid": """\
pyramid : sequence of (int, int), default=((1, 1), (2, 2))
    Rows and columns of cells that the image is divided into, for each level of the spatial pyramid.""",
    "mirror": """\
mirror : bool, default=False
    Give an image and its mirror image the same features, in twice the time. Improves the accuracy on photographs, where
    left and right mean the same; leave it off for letters, digits and road signs.""",
    "kernel": """\
kernel : {'linear', 'rbf', 'intersection', 'chi2'}, default='linear'
    ``'linear'`` is :class:`~classicvis.LinearSVMClassifier`. ``'intersection'`` and ``'chi2'`` are the same after an
    approximate feature map (:class:`~classicvis.svm.IntersectionMap`, :class:`~classicvis.svm.Chi2Map`). ``'rbf'`` is
    :class:`~classicvis.svm.RBFSVMClassifier` on the 500 leading principal components, which is faster than on all
    features and as accurate. The user guide's page on kernels compares them.""",
    "kind": """\
kind : {'extra', 'random', 'boosting'}, default='extra'
    :class:`~sklearn.ensemble.ExtraTreesClassifier`; :class:`~sklearn.ensemble.RandomForestClassifier`, which is slower
    at the same accuracy; or :class:`~sklearn.ensemble.HistGradientBoostingClassifier` on the 50 leading principal
    components, which is a smaller model and needs hundreds of images of each class. Boosting uses all cores, whatever
    `n_jobs` is.""",
    "n_estimators": """\
n_estimators : int, default=None
    Number of trees, or of rounds of boosting with one tree for each class. None means 300 trees or 100 rounds.""",
    "probability": """\
probability : {False, True, 'sigmoid', 'temperature'}, default=False
    Calibrate the classifier by cross-validation: ``'sigmoid'``, the same as True, fits two numbers for each class;
    ``'temperature'`` fits one number for all classes, changes no prediction, and needs scikit-learn 1.8. With False, a
    support vector machine has no `predict_proba`, and a forest has its own.""",
    "random_state": """\
random_state : int, RandomState instance or None, default=None
    Seed.""",
    "n_jobs": """\
n_jobs : int, default=None
    Threads for reading, features and the classifier.""",
}


def describe_parameters(**more):
    """Return a decorator that replaces ``%(name)s`` in a docstring by the description of that parameter.

    The signature stays as written. `more` has descriptions beside those in `PARAMETERS`.
    """

    def decorate(factory):
        if factory.__doc__ is not None:  # python -OO
            factory.__doc__ = inspect.cleandoc(factory.__doc__) % (PARAMETERS | more) + "\n"
        return factory

    return decorate


def describe_C(defaults):
    """Return the description of `C` whose default depends on the kernel."""
    by_kernel = ", ".join(f"{C:g} ({kernel})" for kernel, C in defaults.items())
    return f"C : float, default=None\n    Inverse strength of the regularisation. None means {by_kernel}."
