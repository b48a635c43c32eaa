"""Which optimizer trains which weights."""

import torch

from classicvis.neural.architectures._muon import Muon

MOMENTUM = 0.9  # of SGD


def muon_and_sgd(filters, weights, shifts, recipe):
    """Let Muon train some filter banks, and SGD with Nesterov momentum the rest.

    Parameters
    ----------
    filters, weights, shifts : list of Parameter
        What Muon trains, what decays, and what does not.
    recipe : Recipe
        Tells the learning rate and the weight decay.

    Returns
    -------
    optimizers : list of torch.optim.Optimizer
        Each trains a part of the weights.
    """
    return [Muon(filters, lr=recipe.learning_rate), sgd(weights, shifts, recipe)]


def sgd(weights, shifts, recipe):
    """Return SGD with Nesterov momentum; the arguments are those of `muon_and_sgd`."""
    return torch.optim.SGD(
        [{"params": weights, "weight_decay": recipe.weight_decay}, {"params": shifts, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
        momentum=MOMENTUM,
        nesterov=True,
    )


def adamw(weights, shifts, recipe):
    """Return AdamW; the arguments are those of `muon_and_sgd`."""
    return torch.optim.AdamW(
        [{"params": weights, "weight_decay": recipe.weight_decay}, {"params": shifts, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
    )
