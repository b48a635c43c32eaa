"""Which class an explanation is for."""

import numpy as np


def encode_target(classes, target, n_samples):
    """Return the number of the class that is asked for, for each sample.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        All labels.
    target : label or array-like of shape (n_samples,)
        One of the labels, for all samples or for each.
    n_samples : int
        Number of samples.

    Returns
    -------
    codes : ndarray of shape (n_samples,), int
        Places in `classes`.

    Raises
    ------
    ValueError
        There is no such class, or another number of labels than of samples.
    """
    targets = np.asarray(target)
    if targets.ndim == 0:
        targets = np.broadcast_to(targets, n_samples)
    if targets.shape != (n_samples,):
        raise ValueError(
            f"target has the shape {targets.shape}, but must be one label, or a label for each of the {n_samples} "
            "samples of X."
        )
    is_target = targets[:, np.newaxis] == classes
    known = is_target.any(axis=1)
    if not known.all():
        raise ValueError(
            f"target is {targets[np.argmin(known)].item()!r}, but must be one of the classes: "
            f"{', '.join(map(repr, classes.tolist()))}."
        )
    return is_target.argmax(axis=1)
