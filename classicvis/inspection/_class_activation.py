"""`class_activation_map`: how much each place of an image contributes to a logit of a network."""

import cv2
import numpy as np

from classicvis.inspection._classifier import encode_target, last_step, unwrap_search
from classicvis.inspection._samples import read_samples, require_batch
from classicvis.neural import CNNClassifier, ONNXClassifier, explain_in_batches

TOLERANCE = 1e-2  # relative to the largest logit, or 1: above rounding errors, below errors of 8-bit quantisation


def class_activation_map(classifier, X, target=None, *, upsample=False, return_bias=False):
    """Compute how much each place of an image contributes to the logit of a class.

    The network ends in pooling of its feature maps and a linear layer, so each logit is a sum over places::

        logit[class] = sum_places(map) + bias[class]

    The maps need neither gradients nor torch. With average pooling they are the class activation maps of Zhou et al.
    [1]_. With max pooling, a feature map contributes only where it has its maximum.

    Parameters
    ----------
    classifier : CNNClassifier, ONNXClassifier or Pipeline
        Fitted. An ONNXClassifier must have the network of a CNNClassifier. A Pipeline must end in one of the two. A
        search is replaced by its best estimator.
    X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
        Images of the shape seen in `fit`, or what the Pipeline takes.
    target : label or array-like of shape (n,), default=None
        The class, one for all images or one for each. None uses the predicted class of each image.
    upsample : bool, default=False
        Resize the maps to the size of the images by linear interpolation. Values are not rescaled, so the maps no
        longer sum to the logit.
    return_bias : bool, default=False
        Also return the biases.

    Returns
    -------
    maps : ndarray of shape (n, map rows, map columns), or (n, h, w) with `upsample`, float64
        Contributions to the logit: positive for the class, negative against it.
    biases : ndarray of shape (n,), float64
        Bias of the class of each image; only returned if `return_bias` is True.
        ``maps.sum(axis=(1, 2)) + biases`` are the logits, up to rounding.

    Raises
    ------
    TypeError
        `classifier` has another type.
    ValueError
        The network has no output of feature maps; its last layer is quantised, so the maps do not sum to its logits;
        `target` is not a class; or X is not as described.

    See Also
    --------
    occlusion_map : Explains every classifier.
    ClassActivationDisplay : Draws the maps over the images.

    Notes
    -----
    If a feature map has its maximum in several places, these share its contribution evenly.

    A network that averages the logits of several views has a map for each view. The maps are averaged with the same
    weights, after mirrored views are mirrored back. Views shifted by a pixel are not shifted back.

    Each of two classes has a logit: `decision_function` is the second minus the first.

    References
    ----------
    .. [1] B. Zhou, A. Khosla, A. Lapedriza, A. Oliva and A. Torralba, "Learning Deep Features for Discriminative
       Localization", CVPR 2016, :doi:`10.1109/CVPR.2016.319`.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from classicvis import CNNClassifier
    >>> from classicvis.inspection import class_activation_map
    >>> X, y = load_digits(return_X_y=True)  # rows of 64 values: images of 8 × 8 pixels
    >>> network = CNNClassifier(widths=(8, 8), max_iter=2, n_threads=1, random_state=0).fit(X[:500], y[:500])
    >>> maps, biases = class_activation_map(network, X[:3], target=7, return_bias=True)
    >>> maps.shape
    (3, 8, 8)
    >>> bool(abs(maps.sum(axis=(1, 2)) + biases - network.decision_function(X[:3])[:, 7]).max() < 1e-5)
    True
    """
    network, X = split_network(classifier, X)
    codes = None if target is None else encode_target(network.classes_, target, len(X))
    maps, biases, n_done = [], [], 0
    for explanation in explain_in_batches(network, X):
        n_images = len(explanation.logits)
        chosen = explanation.logits.argmax(axis=1) if codes is None else codes[n_done : n_done + n_images]
        maps.append(contributions(explanation, chosen))
        biases.append(explanation.class_biases[chosen].astype(np.float64))
        _require_sums(maps[-1].sum(axis=(1, 2)) + biases[-1], explanation.logits[np.arange(n_images), chosen])
        n_done += n_images
    maps = np.concatenate(maps)
    if upsample:
        maps = _stretch(maps, read_samples(network, X).images.shape[1:3])
    return (maps, np.concatenate(biases)) if return_bias else maps


def split_network(classifier, X):
    """Return the network at the end of a classifier, and X as the steps before it transform it."""
    network, classifier = last_step(classifier), unwrap_search(classifier)
    if not isinstance(network, CNNClassifier | ONNXClassifier):
        raise TypeError(
            f"classifier is a {type(network).__name__}, but must be a CNNClassifier, an ONNXClassifier or a "
            "Pipeline that ends in one: use occlusion_map, which explains every classifier."
        )
    require_batch(classifier, X)
    if network is not classifier and len(classifier) > 1:
        X = classifier[:-1].transform(X)
    return network, X


def contributions(explanation, codes):
    """Return the contributions of places to the logit of class ``codes[i]`` of each image, averaged over views.

    The shape is (n, map rows, map columns).
    """
    weights = explanation.class_weights[codes].astype(np.float64)
    by_view = np.split(explanation.feature_maps, len(explanation.views))
    maps = 0
    for (share, is_mirrored), features in zip(explanation.views, by_view, strict=True):
        view = _contributions_of_view(features.astype(np.float64), weights, explanation.pooling)
        maps += share * (view[:, :, ::-1] if is_mirrored else view)
    return maps


def _contributions_of_view(features, weights, pooling):
    """Return the contributions in one view; `features` has the shape (n, n_filters, map rows, map columns)."""
    if pooling == "mean":
        return np.einsum("nk,nkrc->nrc", weights, features) / (features.shape[2] * features.shape[3])
    maxima = features.max(axis=(2, 3), keepdims=True)
    is_maximum = features == maxima
    shares = maxima * is_maximum / is_maximum.sum(axis=(2, 3), keepdims=True)
    return np.einsum("nk,nkrc->nrc", weights, shares)


def _require_sums(sums, logits):
    """Raise a ValueError if contributions and biases do not sum to the logits."""
    difference = float(np.abs(sums - logits).max())
    if difference > TOLERANCE * max(1.0, float(np.abs(logits).max())):
        raise ValueError(
            f"The network's feature maps give logits that differ from its own by {difference:.2g}, as after "
            "quantisation of its last layer: explain the network before quantisation, or use occlusion_map, which "
            "explains every classifier."
        )


def _stretch(maps, size):
    return np.stack([cv2.resize(one, size[::-1], interpolation=cv2.INTER_LINEAR) for one in maps])
