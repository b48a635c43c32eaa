"""The feature maps and class weights behind the logits of a network, read from the ONNX model that predicts."""

import json
from typing import NamedTuple

import numpy as np

from classicvis.neural.graphs._outputs import EXPLAINING
from classicvis.neural.running._session import require_finite

POOLING, VIEWS = "classicvis.pooling", "classicvis.views"  # in the metadata
POOLINGS = ("max", "mean")


class Explanation(NamedTuple):
    """What the logits of some images are made of."""

    logits: np.ndarray  # (n, n_classes), float32
    feature_maps: np.ndarray  # (n_views * n, n_filters, map rows, map columns), float32; view by view
    class_weights: np.ndarray  # (n_classes, n_filters), float32
    class_biases: np.ndarray  # (n_classes,), float32
    views: list  # (weight, whether the columns are mirrored) of each view: the logits are the weighted mean
    pooling: str  # "max" or "mean": of each feature map, which the weights then multiply


def explain_in_batches(classifier, X):
    """Run the network over images and yield what their logits are made of.

    Parameters
    ----------
    classifier : CNNClassifier or ONNXClassifier
        Fitted; torch is not needed.
    X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
        Images of the shape seen in `fit`.

    Yields
    ------
    explanation : Explanation
        Of the next images.

    Raises
    ------
    ValueError
        The model does not put its feature maps out, or overflows.
    """
    session, feeds, order = classifier.open_network(X)
    metadata = session.get_modelmeta().custom_metadata_map
    pooling = metadata.get(POOLING)
    if pooling not in POOLINGS or not set(EXPLAINING) <= {output.name for output in session.get_outputs()}:
        raise ValueError(
            f"The network of this {type(classifier).__name__} does not put its feature maps out, since it was written "
            "by an earlier version of classicvis, or, as a module of your own, looks at several views or does not "
            "end in pooling and a linear layer: take occlusion_map, which explains every classifier."
        )
    views, n_explained = json.loads(metadata[VIEWS]), 0
    for feed, n_images in feeds:
        logits, feature_maps, weights, biases = session.run(EXPLAINING, feed)
        of_views = feature_maps.reshape(len(views), -1, *feature_maps.shape[1:])[:, :n_images]
        explanation = Explanation(
            logits=logits[:n_images, order],
            feature_maps=of_views.reshape(-1, *feature_maps.shape[1:]),
            class_weights=weights[order, :, 0, 0],
            class_biases=biases[order],
            views=views,
            pooling=pooling,
        )
        require_finite(explanation.logits, n_explained)
        n_explained += n_images
        yield explanation
