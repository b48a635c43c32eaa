"""Batches for training: every sample once an epoch, moved, mirrored and normalised on the device."""

import numpy as np
import torch

from classicvis.neural.training._augmentation import cover_squares, cut_windows

SHARE_OF_MEMORY = 0.5  # of a GPU's free memory, which images may fill


class Batches:
    """Makes the batches of each epoch.

    On a GPU, images are brought there once, in their dtype, if they fit; elsewhere a batch is read when it is
    its turn.

    Parameters
    ----------
    samples : Samples
        What to learn. Its images are an array, or anything that gives an array for an array of rows.
    recipe : Recipe
        Tells the augmentation.
    normalisation : Normalisation
        Mean and standard deviation of the images.
    n_batches : int
        Batches an epoch.
    device : {"cpu", "cuda"}
        Where batches go.
    """

    def __init__(self, samples, recipe, normalisation, n_batches, device):
        self.samples = samples
        self.recipe = recipe
        self.n_batches = n_batches
        self.device = torch.device(device)
        self.mean, self.std = (self._to_device(values) for values in normalisation)
        self.targets = self._to_device(samples.targets)
        self.weights = self._to_device(samples.weights.astype(np.float32))
        self.resident = load_images(samples.images, self.device) if has_room(samples.images, self.device) else None
        # Each image starts on a side of its own; from then on all of them change sides every epoch.
        self.starts_mirrored = np.random.default_rng(0).random(samples.n_samples) < 0.5

    def of_epoch(self, epoch, rng):
        """Yield normalised images of shape (n, c, h, w), targets and weights: every sample once, in random order.

        Parameters
        ----------
        epoch : int
            Number of the epoch; tells which images are mirrored.
        rng : numpy.random.Generator
            Source of the order and of the moves.

        Yields
        ------
        images, targets, weights : Tensor
            A batch.
        """
        order = rng.permutation(self.samples.n_samples)
        shifts = np.stack([rng.integers(-pixels, pixels + 1, size=len(order)) for pixels in self.recipe.padding], 1)
        parts = {"at": order, "shifts": shifts}
        if self.recipe.horizontal_flip:
            parts["is_mirrored"] = (self.starts_mirrored ^ bool(epoch % 2))[order]
        if any(self.recipe.cutout):
            size = self.samples.images.shape[1:3]
            parts["centres"] = np.stack([rng.integers(0, length, size=len(order)) for length in size], 1)
        # Brought to the device at once: many small copies would be waited for.
        parts = {name: self._to_device(values).tensor_split(self.n_batches) for name, values in parts.items()}
        for i, rows in enumerate(np.array_split(order, self.n_batches)):
            chosen = {name: batches[i] for name, batches in parts.items()}
            at = chosen["at"]
            images = self._augmented(rows, **chosen)
            yield images.permute(0, 3, 1, 2), self.targets[at], self.weights[at]

    def _augmented(self, rows, at, shifts, is_mirrored=None, centres=None):
        images = self.resident
        if images is None:
            images = self._to_device(np.ascontiguousarray(self.samples.images[rows]))
            at = torch.arange(len(rows), device=self.device)
        images = cut_windows(images, at, shifts, is_mirrored)
        images = ((images.to(self.mean.dtype) - self.mean) / self.std).to(torch.float32)
        return images if centres is None else cover_squares(images, centres, self.recipe.cutout)

    def _to_device(self, values):
        return torch.from_numpy(values).to(self.device)


def has_room(images, device):
    """Say whether images are an array that a GPU has room for."""
    if device.type != "cuda" or not isinstance(images, np.ndarray):
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return images.nbytes <= SHARE_OF_MEMORY * free


def load_images(images, device):
    """Return images as one tensor on a device, of the same dtype."""
    # torch does not take arrays that cannot be written to, such as memory maps.
    images = np.require(images, requirements=("C", "W"))
    return torch.from_numpy(images).to(device)


def to_tensor(images):
    """Turn normalised images of shape (n, h, w, c) into a tensor of shape (n, c, h, w), channels last."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
