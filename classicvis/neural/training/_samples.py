"""What a network learns from: images, their classes as numbers, and their weights."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split


class Samples(NamedTuple):
    """Images with targets (indices of classes) and weights."""

    images: np.ndarray  # (n, h, w, c), any dtype; or ImageFiles, which stay on disk
    targets: np.ndarray  # (n,), int64
    weights: np.ndarray  # (n,), float64

    @property
    def n_samples(self):
        """Number of images."""
        return len(self.targets)

    def take(self, rows):
        """Return some of the samples."""
        return Samples(self.images.take(rows, axis=0), self.targets[rows], self.weights[rows])

    def with_mean_weight_one(self):
        """Return the same samples with weights scaled to a mean of 1."""
        return self._replace(weights=self.weights / self.weights.mean())


def split_samples(samples, validation_fraction, seed):
    """Set a part of every class aside.

    Parameters
    ----------
    samples : Samples
        All of them.
    validation_fraction : float
        Share that is set aside.
    seed : int
        Seed of the split.

    Returns
    -------
    training, validation : Samples
        Without a sample in common.

    Raises
    ------
    ValueError
        There are too few samples for every class to be in both.
    """
    counts = np.bincount(samples.targets)
    n_classes = np.count_nonzero(counts)
    n_validation = round(validation_fraction * samples.n_samples)
    if counts[counts > 0].min() < 2 or not n_classes <= n_validation <= samples.n_samples - n_classes:
        raise ValueError(
            f"early_stopping would set {n_validation} of {samples.n_samples} samples in {n_classes} classes "
            "aside, but every class must be in both parts: give more images of each class, change "
            "validation_fraction, or set early_stopping=False."
        )
    training, validation = train_test_split(
        np.arange(samples.n_samples), test_size=n_validation, stratify=samples.targets, random_state=seed
    )
    return samples.take(np.sort(training)), samples.take(np.sort(validation))
