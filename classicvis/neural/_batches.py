"""Batches for training: every sample once an epoch, moved, mirrored and normalised on the device."""

import numpy as np
import torch

from classicvis.neural._augmentation import cover_squares, cut_windows

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
        self.mean, self.std = (torch.from_numpy(values).to(self.device) for values in normalisation)
        self.targets = torch.from_numpy(samples.targets).to(self.device)
        self.weights = torch.from_numpy(samples.weights.astype(np.float32)).to(self.device)
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
        size = self.samples.images.shape[1:3]
        shifts = np.stack([rng.integers(-pixels, pixels + 1, size=len(order)) for pixels in self.recipe.padding], 1)
        corners = np.stack([rng.integers(0, n, size=len(order)) for n in size], 1) if any(self.recipe.cutout) else None
        mirrored = self.starts_mirrored ^ bool(epoch % 2) if self.recipe.horizontal_flip else None
        for rows in np.array_split(order, self.n_batches):
            at = torch.from_numpy(rows).to(self.device)
            images = cut_windows(
                *self._images_of(rows, at),
                torch.from_numpy(shifts[rows]).to(self.device),
                None if mirrored is None else torch.from_numpy(mirrored[rows]).to(self.device),
            )
            images = ((images.to(self.mean.dtype) - self.mean) / self.std).to(torch.float32)
            if corners is not None:
                images = cover_squares(images, torch.from_numpy(corners[rows]).to(self.device), self.recipe.cutout)
            yield images.permute(0, 3, 1, 2), self.targets[at], self.weights[at]

    def _images_of(self, rows, at):
        """Return images in their dtype, and where among them the rows are."""
        if self.resident is not None:
            return self.resident, at
        images = torch.from_numpy(np.ascontiguousarray(self.samples.images[rows]))
        return images.to(self.device), torch.arange(len(rows), device=self.device)


def has_room(images, device):
    """Say whether images are an array that a GPU has room for."""
    if device.type != "cuda" or not isinstance(images, np.ndarray):
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return images.nbytes <= SHARE_OF_MEMORY * free


def load_images(images, device):
    """Return images as one tensor on a device, of the same dtype."""
    # A copy: torch does not take arrays that cannot be written to, such as memory maps.
    return torch.from_numpy(np.array(images)).to(device)


def to_tensor(images):
    """Turn normalised images of shape (n, h, w, c) into a tensor of shape (n, c, h, w), channels last."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2)
