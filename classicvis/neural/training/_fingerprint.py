"""What a fit learns from and with which parameters, in a few words that can be compared."""

import re
from hashlib import blake2b

import numpy as np

CHUNK_IMAGES = 256
OF_NO_EFFECT = re.compile("(.*__)?(verbose|n_jobs|checkpoint)")  # parameters


def describe_parameters(estimator):
    """Describe the parameters that a result depends on.

    Parameters
    ----------
    estimator : BaseEstimator
        Parameters that are estimators themselves are described by theirs.

    Returns
    -------
    about : dict of str to str
        Without addresses in memory, so that it is the same in another process.
    """
    return {
        name: re.sub(" at 0x[0-9a-fA-F]+", "", repr(value))
        for name, value in sorted(estimator.get_params().items())
        if not OF_NO_EFFECT.fullmatch(name) and not hasattr(value, "get_params")
    }


def describe_data(samples, labels, weights):
    """Describe what is learnt from by hash values.

    Parameters
    ----------
    samples : Samples
        Images are read in pieces.
    labels : ndarray of shape (n_classes,)
        Class labels.
    weights : dict of str to ndarray
        What the network begins with; empty where that follows from the parameters.

    Returns
    -------
    about : dict of str to str
        By what it is of: images, labels, weights of the images, and weights of the network.
    """
    images = samples.images
    chunks = (images[start : start + CHUNK_IMAGES] for start in range(0, samples.n_samples, CHUNK_IMAGES))
    return {
        "images": _digest([images.shape, images.dtype], chunks),
        "labels": _digest([labels.tolist()], [samples.targets]),
        "weights of images": _digest([], [samples.weights]),
        "first weights of the network": _digest(list(weights), weights.values()),
    }


def _digest(words, arrays):
    digest = blake2b(repr(words).encode(), digest_size=16)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
