"""Where HOG stands in a fitted classifier, and what becomes of its features."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import FeatureUnion, Pipeline

from classicvis.features import BatchTransformer, HOGTransformer
from classicvis.inspection._classifier import response_values, unwrap_search


class HOGPart(NamedTuple):
    """The features of one HOGTransformer."""

    name: str  # of the step
    transformer: HOGTransformer
    n_features: int


class HOGFeatures(NamedTuple):
    """All features of HOG side by side, and the function that leads from them to what the next step takes."""

    parts: list[HOGPart]
    rest: list  # functions of arrays of shape (n, features), one after the other

    def apply_rest(self, features):
        """Return what the next step takes."""
        for function in self.rest:
            features = function(features)
        return features


def split_hog(pipeline):
    """Take a fitted classifier apart.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted; with HOG somewhere, and `decision_function` at its end. A search stands for its best pipeline, a
        CalibratedClassifierCV with ``ensemble=False`` for the classifier inside.

    Returns
    -------
    hog : HOGFeatures
        Where HOG stands.
    decide : callable
        ``decide(features)`` returns the decisions for features of HOG, of shape (n, n_classes).
    classes : ndarray of shape (n_classes,)
        The classes.

    Raises
    ------
    ValueError
        There is no HOG, something else beside it, or no decision.
    """
    pipeline = unwrap_search(pipeline)
    if not isinstance(pipeline, Pipeline):
        raise ValueError(
            f"A {type(pipeline).__name__} was given, but weights of HOG are those of a fitted Pipeline of "
            "HOGTransformer and a linear classifier, such as make_hog_svm() makes."
        )
    classifier = _inner_classifier(pipeline[-1])
    if not hasattr(classifier, "decision_function"):
        raise ValueError(
            f"{type(classifier).__name__} has no decision_function, but weights of HOG are those of a linear "
            "classifier: take one, or occlusion_map, which explains every classifier."
        )
    hog = _split_steps(pipeline.steps[:-1])
    if hog is None:
        raise ValueError(
            "The pipeline has no HOGTransformer, alone or with others in a FeatureUnion: give one that has, or take "
            "occlusion_map, which explains every classifier."
        )

    def decide(features):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X does not have valid feature names")  # after set_output
            return response_values(classifier, hog.apply_rest(features), "decision_function")

    return hog, decide, classifier.classes_


def _inner_classifier(classifier):
    """Return the one classifier inside of a calibrated one; anything else as it is."""
    if isinstance(classifier, CalibratedClassifierCV) and len(classifier.calibrated_classifiers_) == 1:
        return classifier.calibrated_classifiers_[0].estimator
    return classifier


def _split_step(name, step):
    """Return the features of HOG of one step, or None if it has none."""
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
    """Find HOG among steps; those before it make images, those after it are the rest."""
    for i, (own_name, step) in enumerate(steps):
        hog = _split_step(name or own_name, step)
        if hog is not None:
            later = [after.transform for _, after in steps[i + 1 :] if after not in (None, "passthrough")]
            return HOGFeatures(hog.parts, [*hog.rest, *later])
    return None


def _split_union(union):
    members = [(name, _split_step(name, step)) for name, step in union.transformer_list if step != "drop"]
    if all(hog is None for _, hog in members):
        return None
    for name, hog in members:
        if hog is None:
            raise ValueError(
                f"The FeatureUnion has {name!r} beside HOG, but weights of HOG are those of HOGTransformers alone: "
                "take occlusion_map, which explains every classifier."
            )
    ends = np.cumsum([sum(part.n_features for part in hog.parts) for _, hog in members])[:-1]
    factors = [(union.transformer_weights or {}).get(name, 1) for name, _ in members]

    def join(features):
        parts = np.split(features, ends, axis=1)
        joined = [
            factor * np.asarray(hog.apply_rest(part))
            for factor, (_, hog), part in zip(factors, members, parts, strict=True)
        ]
        return np.concatenate(joined, axis=1)

    return HOGFeatures([part for _, hog in members for part in hog.parts], [join])
