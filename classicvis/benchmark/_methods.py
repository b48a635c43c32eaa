"""What is compared: the methods that come with the package, and the user's own."""

import os
from collections.abc import Mapping
from functools import partial
from importlib import import_module

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline

DEFAULT_SIZE = 64  # rows and columns that files, and images of varying sizes, are brought to


def _make_pipeline(function, size, random_state, **settings):
    # Imported here, as what the CNN needs is: a process that measures another method starts sooner and smaller.
    return getattr(import_module("classicvis.pipelines"), function)(size=size, random_state=random_state, **settings)


def _make_cnn(size, random_state):
    from classicvis.images import ImageReader
    from classicvis.neural import CNNClassifier

    network = CNNClassifier(random_state=random_state)
    return network if size is None else Pipeline([("reader", ImageReader(size)), ("cnn", network)])


BUILT_IN_METHODS = {
    "hog-svm": partial(_make_pipeline, "make_hog_svm"),
    "hog-rbf": partial(_make_pipeline, "make_hog_svm", kernel="rbf"),
    "hog-forest": partial(_make_pipeline, "make_hog_forest"),
    "vlad-svm": partial(_make_pipeline, "make_vlad_svm"),
    "fisher-svm": partial(_make_pipeline, "make_fisher_svm"),
    "bovw-svm": partial(_make_pipeline, "make_bovw_svm"),
    "patches-svm": partial(_make_pipeline, "make_patches_svm"),
    "best-classical": partial(_make_pipeline, "make_best_classical"),
    "lbp-forest": partial(_make_pipeline, "make_lbp_forest"),
    "cnn": _make_cnn,
}


def make_method(name, *, size=None, random_state=None):
    """Return one of the methods that `compare` knows by name.

    Parameters
    ----------
    name : str
        ``"hog-svm"``, ``"hog-rbf"`` and ``"hog-forest"`` (HOG with a linear SVM, an RBF SVM and a forest),
        ``"vlad-svm"``, ``"fisher-svm"`` and ``"bovw-svm"`` (dense SIFT, encoded), ``"patches-svm"`` (learned patches),
        ``"best-classical"`` (Fisher vectors beside learned patches), ``"lbp-forest"`` (local binary patterns), or
        ``"cnn"``.
    size : int or tuple of (rows, columns), default=None
        Size that images are brought to; the method then takes paths too. None takes arrays of one size.
    random_state : int, RandomState instance or None, default=None
        Seed of the method.

    Returns
    -------
    estimator : estimator
        A classifier, not fitted.

    Raises
    ------
    ValueError
        There is no such method.

    Examples
    --------
    >>> from classicvis.benchmark import make_method
    >>> [name for name, _ in make_method("cnn", size=64).steps]
    ['reader', 'cnn']
    """
    if name not in BUILT_IN_METHODS:
        raise ValueError(
            f"There is no method {name!r}: give an estimator, or one of {', '.join(map(repr, BUILT_IN_METHODS))}."
        )
    return BUILT_IN_METHODS[name](size, random_state)


def make_transfer_method(backbone, *, size=None, random_state=None, **preprocessing):
    """Return a linear support vector machine on the features of a trained network.

    Parameters
    ----------
    backbone : str or os.PathLike
        A name that :func:`~classicvis.fetch_backbone` knows, or an ONNX file.
    size : int or tuple of (rows, columns), default=None
        Size that files are brought to, where the network takes any; None takes arrays.
    random_state : int, RandomState instance or None, default=None
        Seed.
    **preprocessing
        How images are prepared for a file, as in :func:`~classicvis.make_transfer_svm`: `mean`, `std`,
        `channel_order`.

    Returns
    -------
    pipeline : Pipeline
        A classifier, not fitted.

    Raises
    ------
    ValueError
        The file is not an image network, or preprocessing is missing, or is given for a network known by name.
    OSError
        There is no such file, or the network cannot be downloaded.
    """
    from classicvis.datasets import BACKBONES, fetch_backbone
    from classicvis.neural import ONNXTransformer
    from classicvis.pipelines import make_transfer_svm

    given = {name: value for name, value in preprocessing.items() if value is not None}
    if backbone in BACKBONES:
        if given:
            raise ValueError(
                f"The backbone {backbone!r} comes with its own {', '.join(given)}: leave that out, or give a file."
            )
        settings = dict(fetch_backbone(backbone))
    elif not os.path.isfile(backbone):
        raise FileNotFoundError(
            f"There is no file {os.fspath(backbone)!r}: give an ONNX file, or one of {', '.join(map(repr, BACKBONES))}."
        )
    else:
        network = ONNXTransformer(backbone, **given).fit(np.zeros((1, 32, 32), np.uint8)).preprocessing_
        settings = {"model": backbone, **given, "channel_order": network["channel_order"]}
        settings["size"] = network["size"] or size
    if size is None:
        settings["size"] = None
    return make_transfer_svm(**settings, random_state=random_state)


def resolve_methods(methods, *, size, random_state):
    """Return the methods to compare, by name, none of them fitted.

    Parameters
    ----------
    methods : dict, list of (name, estimator), list of str, or str
        An estimator may be the name of a built-in method.
    size : int or tuple of (rows, columns) or None
        For built-in methods.
    random_state : int
        For built-in methods.

    Returns
    -------
    estimators : dict of str to estimator
        Clones.

    Raises
    ------
    TypeError
        A method is not a classifier, or its name is not a str.
    ValueError
        A name comes twice or is unknown, or no method is given.
    """
    pairs = _name_methods(methods)
    if not pairs:
        raise ValueError("methods is empty: give at least one name or estimator.")
    estimators = {}
    for name, estimator in pairs:
        if not isinstance(name, str):
            raise TypeError(f"The method {estimator!r} is called {name!r}: give a str as its name.")
        if name in estimators:
            raise ValueError(f"Two methods are called {name!r}: give each a name of its own.")
        if isinstance(estimator, str):
            estimators[name] = make_method(estimator, size=size, random_state=random_state)
            continue
        if isinstance(estimator, type) or not (hasattr(estimator, "get_params") and is_classifier(estimator)):
            raise TypeError(
                f"The method {name!r} is {estimator!r}, which is not a scikit-learn classifier: "
                "give an instance of one, or the name of a built-in method."
            )
        estimators[name] = clone(estimator)
    return estimators


def _name_methods(methods):
    if isinstance(methods, str):
        return [(methods, methods)]
    if isinstance(methods, Mapping):
        return list(methods.items())
    if isinstance(methods, list | tuple):
        return [_name_method(method) for method in methods]
    raise TypeError(
        f"methods is a {type(methods).__name__}: give a dict of name to estimator, a list of "
        "(name, estimator) pairs, or names of built-in methods."
    )


def _name_method(method):
    if isinstance(method, str):
        return method, method
    if isinstance(method, list | tuple) and len(method) == 2:
        return tuple(method)
    raise TypeError(
        f"A method is given as {method!r}: give a pair of a name and an estimator, or the name of a built-in method."
    )
