"""scikit-learn's own checks, none skipped, over every public estimator: they are discovered, so none is forgotten.

The checks of the CNN on images of three and four dimensions stand in tests/neural, those of the reader's range of
values in tests/images.
"""

import inspect
import os
import pkgutil
import subprocess
import sys
from contextlib import nullcontext
from importlib import import_module
from textwrap import dedent
from unittest import SkipTest

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import estimator_checks

import classicvis
from classicvis import (
    VLAD,
    BagOfVisualWords,
    BatchTransformer,
    CNNClassifier,
    ColorHistogramTransformer,
    FisherVector,
    HOGTransformer,
    ImageReader,
    KMeansPatchTransformer,
)

# What an estimator needs to be quick, or to be fed the numbers of the checks, most of which are no pixel values.
SETTINGS = {
    BagOfVisualWords: {"n_words": 3},
    VLAD: {"n_words": 2},
    FisherVector: {"n_components": 2},
    BatchTransformer: {"transformer": HOGTransformer(), "batch_size": 7, "verbose": False},
    CNNClassifier: {"widths": (8, 8), "max_iter": 15, "batch_size": 64, "n_threads": 1},
    ColorHistogramTransformer: {"value_range": (-1000, 1000)},
    ImageReader: {"value_range": (-1000, 1000)},
    KMeansPatchTransformer: {"n_components": 1, "max_iter": 2},  # some checks give a single patch
}
EXPECTED_FAILURES = {
    CNNClassifier: {
        "check_sample_weight_equivalence_on_dense_data": "a repeated sample is in several minibatches, a weighted one "
        "in a single batch, and batch normalisation counts it once"
    },
}
CHECKS_LEFT_OUT = (  # of check_estimator
    estimator_checks.check_dataframe_column_names_consistency,
    estimator_checks.check_param_validation,
)
CHECKS_OF_FEATURES_LEFT_OUT = (
    estimator_checks.check_transformer_get_feature_names_out,
    estimator_checks.check_transformer_get_feature_names_out_pandas,
    estimator_checks.check_set_output_transform,
    estimator_checks.check_set_output_transform_pandas,
    estimator_checks.check_global_output_transform_pandas,
    estimator_checks.check_set_output_transform_polars,
    estimator_checks.check_global_set_output_transform_polars,
)


def discover_estimators():
    """Return every public estimator of the package."""
    found = []
    for module in pkgutil.walk_packages(classicvis.__path__, "classicvis."):
        if not any(part.startswith("_") for part in module.name.split(".")[1:]):
            public = import_module(module.name)
            found += [getattr(public, name) for name in getattr(public, "__all__", ())]
    estimators = {item for item in found if inspect.isclass(item) and issubclass(item, BaseEstimator)}
    return sorted(estimators, key=lambda estimator: estimator.__name__)


ESTIMATORS = discover_estimators()


class HOGOnGrey(HOGTransformer):
    """Takes the rows of scikit-learn's checks, and gives them on as images of one row, (n, 1, f)."""

    tail = ()

    def fit(self, X, y=None):
        return super().fit(self._as_images(X), y)

    def fit_transform(self, X, y=None):
        return super().fit_transform(self._as_images(X), y)

    def transform(self, X):
        return super().transform(self._as_images(X))

    def _as_images(self, X):
        if issparse(X):
            return X
        rows = np.asarray(X)
        is_table = rows.ndim == 2 and rows.size > 0 and rows.dtype.kind in "biuf"
        return rows.reshape(len(rows), 1, -1, *self.tail) if is_table else X


class HOGOnOneChannel(HOGOnGrey):
    """The same with images of one row and one channel, (n, 1, f, 1)."""

    tail = (1,)


IMAGES_HAVE_SHAPES = {
    "check_n_features_in_after_fitting": "the check wants a message on the number of features; for images it is on "
    "their shapes"
}


def run_checks(estimator, expected_failures):
    """Run all checks but the one that needs an environment of its own; return the names of those that ran."""
    ran = set()
    for instance, check in estimator_checks.estimator_checks_generator(estimator):
        name = getattr(check, "func", check).__name__
        if name == "check_array_api_input":
            continue
        with pytest.raises(AssertionError) if name in expected_failures else nullcontext():
            try:
                check(instance)
            except SkipTest as skip:
                raise AssertionError(f"{name} was skipped: {skip}") from skip
        ran.add(name)
    assert ran >= set(expected_failures)
    return ran


def test_estimators_are_discovered():
    assert {HOGTransformer, FisherVector, ImageReader, CNNClassifier} <= set(ESTIMATORS)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimator_passes_the_checks_of_scikit_learn(estimator):
    ran = run_checks(estimator(**SETTINGS.get(estimator, {})), EXPECTED_FAILURES.get(estimator, {}))
    assert len(ran) > 35


@pytest.mark.parametrize("estimator", [HOGOnGrey, HOGOnOneChannel])
def test_hog_passes_the_checks_on_images(estimator):
    assert len(run_checks(estimator(), IMAGES_HAVE_SHAPES)) > 35


@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
@pytest.mark.parametrize("estimator", [HOGTransformer, HOGOnGrey, HOGOnOneChannel])
def test_variants_of_hog_pass_the_checks(estimator, variant):
    expected_failures = {} if estimator is HOGTransformer else IMAGES_HAVE_SHAPES
    assert len(run_checks(estimator(variant=variant), expected_failures)) > 35


@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")  # as below
@pytest.mark.parametrize("check", CHECKS_LEFT_OUT + CHECKS_OF_FEATURES_LEFT_OUT)
@pytest.mark.parametrize("variant", ["dalal-triggs", "uoctti"])
def test_variants_of_hog_pass_the_checks_left_out(variant, check):
    check("HOGTransformer", HOGTransformer(variant=variant))


@pytest.mark.parametrize("check", CHECKS_LEFT_OUT)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimator_passes_the_checks_left_out(estimator, check):
    check(estimator.__name__, estimator(**SETTINGS.get(estimator, {})))


# These checks fit on named columns and transform without names, or the other way round, on purpose.
@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.parametrize("check", CHECKS_OF_FEATURES_LEFT_OUT)
@pytest.mark.parametrize(
    "estimator", [item for item in ESTIMATORS if issubclass(item, TransformerMixin) and item is not ImageReader]
)
def test_transformer_passes_the_checks_left_out(estimator, check):
    check(estimator.__name__, estimator(**SETTINGS.get(estimator, {})))


def test_estimators_pass_the_array_api_check():
    code = """
        import importlib, sys
        from sklearn.utils.estimator_checks import estimator_checks_generator
        for item in sys.argv[1:]:
            module, name = item.rsplit(".", 1)
            estimator = getattr(importlib.import_module(module), name)()
            for instance, check in estimator_checks_generator(estimator):
                if getattr(check, "func", check).__name__ == "check_array_api_input":
                    check(instance)
                    print("passed", name)
    """
    names = [f"{item.__module__}.{item.__name__}" for item in ESTIMATORS if item not in SETTINGS]
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}  # read when scipy is imported; the check skips without
    command = [sys.executable, "-c", dedent(code), *names]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [word for name in names for word in ("passed", name.rsplit(".")[-1])], done.stderr
