"""One epoch of training."""

import torch
import torch.nn.functional as F


def train_epoch(network, optimizers, schedule, batches, label_smoothing):
    """Take a step for every batch; return the mean loss and the accuracy on the way."""
    network.train()
    device = network.head.weight.device
    loss_sum = torch.zeros((), dtype=torch.float64, device=device)
    n_right = torch.zeros((), dtype=torch.int64, device=device)
    n_samples = 0
    for batch in batches:
        images, targets, weights = (tensor.to(device) for tensor in batch)
        schedule.step()
        logits = network(images)
        losses = F.cross_entropy(logits, targets, reduction="none", label_smoothing=label_smoothing)
        loss = (losses * weights).mean()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        loss_sum += loss.detach().double() * len(targets)
        n_right += (logits.detach().argmax(dim=1) == targets).sum()
        n_samples += len(targets)
    return {"loss": loss_sum.item() / n_samples, "accuracy": n_right.item() / n_samples}
