"""One epoch of training, in steps that fit into memory."""

import warnings

import torch
import torch.nn.functional as F


class Stepper:
    """Takes steps of the optimizers; a batch that does not fit on the GPU is split from then on.

    Parameters
    ----------
    network : Module
        What to train.
    optimizers : list of torch.optim.Optimizer
        What trains it.
    recipe : Recipe
        Tells the label smoothing, the precision and whether to compile.
    """

    def __init__(self, network, optimizers, recipe):
        self.network = network
        self.run = torch.compile(network) if recipe.compile else network
        self.optimizers = optimizers
        self.label_smoothing = recipe.label_smoothing
        self.dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}[recipe.precision]
        self.n_parts = 1

    def step(self, images, targets, weights):
        """Take a step; return the sum of the losses and the number of right answers, on the device."""
        while True:
            try:
                figures = self._accumulate_gradients(images, targets, weights)
                break
            except torch.OutOfMemoryError:
                if self.n_parts >= len(targets) // 2:  # batch normalisation needs two images
                    raise
            self._split_further(len(targets))
        for optimizer in self.optimizers:
            optimizer.step()
        self._clear_gradients()
        return figures

    def _accumulate_gradients(self, *batch):
        n_images, loss_sum, n_right = len(batch[0]), 0.0, 0
        for images, targets, weights in zip(*(tensor.tensor_split(self.n_parts) for tensor in batch), strict=True):
            logits = self._logits(images)
            losses = F.cross_entropy(logits, targets, reduction="none", label_smoothing=self.label_smoothing)
            loss = (losses * weights).sum()
            (loss / n_images).backward()
            loss_sum = loss_sum + loss.detach().double()
            n_right = n_right + (logits.detach().argmax(dim=1) == targets).sum()
        return loss_sum, n_right

    def _logits(self, images):
        if self.dtype == torch.float32:
            return self.run(images)
        # Without its cache, which would keep the first step's weights while an outer autocast lasts.
        with torch.autocast(images.device.type, dtype=self.dtype, cache_enabled=False):
            return self.run(images).float()

    def _split_further(self, n_images):
        self._clear_gradients()
        torch.cuda.empty_cache()
        self.n_parts *= 2
        warnings.warn(
            f"A batch of {n_images} images does not fit on the GPU and is split into {self.n_parts} parts, whose "
            "gradients are added up; each part is normalised on its own: set batch_size to a smaller number.",
            RuntimeWarning,
            stacklevel=2,
        )

    def _clear_gradients(self):
        self.network.zero_grad()


def train_epoch(stepper, schedule, batches):
    """Take a step for every batch.

    Parameters
    ----------
    stepper : Stepper
        Takes them.
    schedule : OneCycle
        Sets the learning rates.
    batches : iterable of (images, targets, weights)
        As of `Batches`.

    Returns
    -------
    figures : dict of str to float
        The mean ``loss`` and the ``accuracy`` on the way.
    """
    stepper.network.train()
    loss_sum, n_right, n_samples = 0.0, 0, 0
    for images, targets, weights in batches:
        schedule.step()
        loss, right = stepper.step(images, targets, weights)
        loss_sum, n_right, n_samples = loss_sum + loss, n_right + right, n_samples + len(targets)
    return {"loss": float(loss_sum) / n_samples, "accuracy": float(n_right) / n_samples}
