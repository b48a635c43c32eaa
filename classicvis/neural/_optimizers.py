"""Which optimizer trains which weights."""

import torch

from classicvis.neural._muon import Muon

MOMENTUM = 0.9  # of what Muon does not train


def make_optimizers(network, recipe):
    decay = recipe.weight_decay
    return [
        Muon(network.filters(), lr=recipe.learning_rate),
        torch.optim.SGD(
            [
                {"params": network.other_weights(), "weight_decay": decay},
                {"params": network.shifts(), "weight_decay": 0.0},
            ],
            lr=recipe.learning_rate,
            momentum=MOMENTUM,
            nesterov=True,
        ),
    ]
