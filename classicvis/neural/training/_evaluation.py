"""What a network says while torch still runs it: logits, and how well they fit."""

import math

import numpy as np
import torch

from classicvis.neural.running._session import count_at_once
from classicvis.neural.training._batches import to_tensor


@torch.no_grad()
def predict_logits(network, normalisation, images):
    """Return the logits of images of shape (n, h, w, c), as an array of shape (n, n_classes)."""
    network.eval()
    device = next(network.parameters()).device
    logits = []
    step = count_at_once(math.prod(images.shape[1:]))
    for start in range(0, len(images), step):
        batch = normalisation.apply(images[start : start + step])
        logits.append(network(to_tensor(batch).to(device)).cpu().numpy())
    return np.concatenate(logits)


def evaluate(network, normalisation, samples):
    """Return the weighted loss and accuracy of a network on samples."""
    logits = predict_logits(network, normalisation, samples.images).astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(logits).sum(axis=1))
    losses = log_sums - logits[np.arange(samples.n_samples), samples.targets]
    is_right = logits.argmax(axis=1) == samples.targets
    return {
        "validation_loss": np.average(losses, weights=samples.weights),
        "validation_accuracy": np.average(is_right, weights=samples.weights),
    }
