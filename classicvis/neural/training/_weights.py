"""What each image counts in training."""

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.class_weight import compute_sample_weight


def combine_weights(sample_weight, class_weight, y):
    """Multiply the weights of samples and of classes.

    Parameters
    ----------
    sample_weight : array-like of shape (n,) or None
        Not negative. None: 1 each.
    class_weight : dict, "balanced" or None
        As in scikit-learn.
    y : ndarray of shape (n,)
        The labels.

    Returns
    -------
    weights : ndarray of shape (n,), dtype float64
        One weight an image.

    Raises
    ------
    ValueError
        Weights are of another number than the labels, negative, not finite or all zero.
    """
    if sample_weight is None:
        weights = np.ones(len(y))
    else:
        weights = check_array(
            sample_weight, ensure_2d=False, allow_nd=True, dtype=np.float64, input_name="sample_weight"
        )
        if weights.ndim != 1:
            raise ValueError(f"sample_weight has {weights.ndim} dimensions: Sample weights must be 1D array.")
        check_consistent_length(weights, y)
        if (weights < 0).any():
            raise ValueError(
                f"sample_weight of sample {int(np.argmax(weights < 0))} is negative: give weights from 0 up."
            )
    if class_weight is not None:
        weights = weights * compute_sample_weight(class_weight, y)
    if not (weights > 0).any():
        raise ValueError("The weights of all samples are zero: give at least two classes a weight above 0.")
    return weights
