"""A fitted pipeline, split at HOG: the decision function of HOG's features, and its weights where it is linear."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.utils import gen_batches

from classicvis.features import BatchTransformer, HOGTransformer
from classicvis.inspection._classifier import response_values, unwrap_search

VALUES_AT_A_TIME = 2**22  # float64 features in one call of the function: 32 MiB
N_CHECKED = 16  # random points at which the function must be linear, too
LARGEST_CHECKED = 0.4  # features of HOG are rarely larger
TOLERANCE = 1e-6  # relative to the largest sum of absolute terms: above the rounding of float32 steps


class HOGPart(NamedTuple):
    """The features of one HOGTransformer."""

    name: str  # of the step
    transformer: HOGTransformer
    n_features: int


class HOGFeatures(NamedTuple):
    """The features of all HOGTransformers side by side, and the steps after them."""

    parts: list[HOGPart]
    later: list  # functions of arrays of shape (n, features), in order

    def transform(self, features):
        """Return what the steps after HOG make of its features."""
        for function in self.later:
            features = function(features)
        return features


class LinearFunction(NamedTuple):
    """``f(x) = x @ weights + intercepts``."""

    weights: np.ndarray  # (n_features, n_outputs)
    intercepts: np.ndarray  # (n_outputs,)


def split_at_hog(pipeline):
    """Split a fitted pipeline after its HOGTransformers.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, with HOG and, at its end, a classifier with `decision_function`. A search is replaced by its best
        pipeline, a CalibratedClassifierCV with ``ensemble=False`` by the classifier in it.

    Returns
    -------
    parts : list of HOGPart
        The HOGTransformers, in the order of their features.
    decision_function : callable
        Takes features of HOG, of shape (n, n_features), and returns values of shape (n, n_classes).
    classes : ndarray of shape (n_classes,)
        The classes.
    """
    pipeline = unwrap_search(pipeline)
    if not isinstance(pipeline, Pipeline):
        raise ValueError(
            f"A {type(pipeline).__name__} was given, but weights of HOG need a fitted Pipeline of HOGTransformer and a "
            "linear classifier: give one, such as make_hog_svm() returns."
        )
    classifier = _inner_classifier(pipeline[-1])
    if not hasattr(classifier, "decision_function"):
        raise ValueError(
            f"{type(classifier).__name__} has no decision_function, but weights of HOG need a linear classifier: use "
            "one, or use occlusion_map, which explains every classifier."
        )
    hog = _split_steps(pipeline.steps[:-1])
    if hog is None:
        raise ValueError(
            "The pipeline has no HOGTransformer, but weights of HOG need one, alone or with others in a FeatureUnion: "
            "give such a pipeline, or use occlusion_map, which explains every classifier."
        )

    def decision_function(features):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")  # after set_output
            return response_values(classifier, hog.transform(features), "decision_function")

    return hog.parts, decision_function, classifier.classes_


def find_linear_function(function, n_features):
    """Return the weights and intercepts of a function of HOG features, or None if it is not linear.

    With unit vectors ``e[i]``::

        intercepts = f(0)
        weights[i] = f(e[i]) - f(0)

    and ``f(x) = x @ weights + intercepts`` must hold at random points x. So any scaler, selection, projection and
    linear classifier is covered, without a list of their types.

    Parameters
    ----------
    function : callable
        Takes float64 of shape (n, n_features), not negative, which it may overwrite, and returns shape (n, n_outputs).
    n_features : int
        Number of features.

    Returns
    -------
    linear : LinearFunction or None
        None where the function is not linear.
    """
    intercepts = function(np.zeros((1, n_features)))[0]
    weights = np.empty((n_features, len(intercepts)))
    for some in gen_batches(n_features, max(1, VALUES_AT_A_TIME // n_features)):
        units = np.zeros((some.stop - some.start, n_features))
        np.fill_diagonal(units[:, some], 1)
        weights[some] = function(units) - intercepts
    points = np.random.default_rng(0).uniform(0, LARGEST_CHECKED, size=(N_CHECKED, n_features))
    difference = np.abs(function(points.copy()) - (points @ weights + intercepts)).max()
    largest = (points @ np.abs(weights) + np.abs(intercepts)).max()
    return LinearFunction(weights, intercepts) if difference <= TOLERANCE * largest else None


def _inner_classifier(classifier):
    """Return the classifier in a CalibratedClassifierCV that has one; any other classifier as it is."""
    if isinstance(classifier, CalibratedClassifierCV) and len(classifier.calibrated_classifiers_) == 1:
        return classifier.calibrated_classifiers_[0].estimator
    return classifier


def _split_step(name, step):
    """Return the features of HOG of one step, or None for a step without HOG."""
    if isinstance(step, BatchTransformer):
        return _split_step(name, step.transformer_)
    if isinstance(step, HOGTransformer):
        return HOGFeatures([HOGPart(name, step, len(step.get_feature_names_out()))], [])
    if isinstance(step, Pipeline):
        return _split_steps(step.steps, name)
    if isinstance(step, FeatureUnion):
        return _split_union(step)
    return None


def _split_steps(steps, name=None):
    """Return the features of the first step with HOG, followed by all later steps; None without such a step."""
    for i, (own_name, step) in enumerate(steps):
        hog = _split_step(name or own_name, step)
        if hog is not None:
            later = [after.transform for _, after in steps[i + 1 :] if after not in (None, "passthrough")]
            return HOGFeatures(hog.parts, [*hog.later, *later])
    return None


def _split_union(union):
    members = [(name, _split_step(name, step)) for name, step in union.transformer_list if step != "drop"]
    if all(hog is None for _, hog in members):
        return None
    for name, hog in members:
        if hog is None:
            raise ValueError(
                f"The FeatureUnion has {name!r} beside HOG, but weights of HOG need HOGTransformers alone: use "
                "occlusion_map, which explains every classifier."
            )
    ends = np.cumsum([sum(part.n_features for part in hog.parts) for _, hog in members])[:-1]
    factors = [(union.transformer_weights or {}).get(name, 1) for name, _ in members]

    def join(features):
        parts = np.split(features, ends, axis=1)
        joined = [
            factor * np.asarray(hog.transform(part))
            for factor, (_, hog), part in zip(factors, members, parts, strict=True)
        ]
        return np.concatenate(joined, axis=1)

    return HOGFeatures([part for _, hog in members for part in hog.parts], [join])
