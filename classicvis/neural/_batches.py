"""Batches for training: every sample once an epoch, moved, mirrored and normalised."""

import numpy as np
import torch

from classicvis.neural._augmentation import augment


def make_batches(samples, recipe, normalisation, n_batches, rng):
    """Yield augmented images, targets and weights as tensors: every sample once, in random order."""
    for rows in np.array_split(rng.permutation(samples.n_samples), n_batches):
        images = augment(samples.images[rows], padding=recipe.padding, horizontal_flip=recipe.horizontal_flip, rng=rng)
        weights = samples.weights[rows].astype(np.float32)
        yield (
            to_tensor(normalisation.apply(images)),
            torch.from_numpy(samples.targets[rows]),
            torch.from_numpy(weights),
        )


def to_tensor(images):
    """Turn normalised images of shape (n, h, w, c) into a tensor of shape (n, c, h, w), channels last."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
