"""A user's own torch module in place of an architecture of ours."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from classicvis.neural.architectures._optimizers import adamw
from classicvis.neural.architectures._training_defaults import TrainingDefaults
from classicvis.neural.architectures._views import Views, average_views

TRAINING = TrainingDefaults(learning_rate=5e-3, weight_decay=0.01, label_smoothing=0.1)
FINE_TUNING = TRAINING._replace(learning_rate=1e-3)


class ModulePlan(NamedTuple):
    """What makes the module, and which parts of it are not trained."""

    image_shape: tuple[int, int, int]  # rows, columns, channels
    n_classes: int
    factory: Callable
    parameters: dict
    frozen: tuple[str, ...]
    views: Views = Views()
    draws_globally: bool = True

    @property
    def widths(self):
        """None: the module knows."""

    def build(self, seed):
        """Return the module as a network; what it draws comes from torch's global generators."""
        return ModuleNetwork(self)


class ModuleNetwork(nn.Module):
    """A user's module, as a network that is trained and exported like ours.

    Parameters
    ----------
    plan : ModulePlan
        What to build.

    Raises
    ------
    TypeError
        The factory returns no torch module.
    ValueError
        The module returns something else than logits, a frozen name matches no part of it, or nothing is left
        to train.
    """

    def __init__(self, plan):
        super().__init__()
        self.plan = plan
        self.module = plan.factory(plan.image_shape, plan.n_classes, **plan.parameters)
        if not isinstance(self.module, nn.Module):
            raise TypeError(
                f"architecture returned {type(self.module).__name__}, but must return a torch.nn.Module: make it "
                "build the network from (image_shape, n_classes)."
            )
        self._freeze()
        self._require_logits()

    def forward(self, x):
        """Return the logits, of shape (n, n_classes), of normalised images of shape (n, c, h, w)."""
        if not self.training:
            return average_views(self.module, x, self.plan.views)
        logits = self.module(x)
        if not isinstance(logits, torch.Tensor):
            raise TypeError(
                f"In training, the module returns {type(logits).__name__}, but must return logits alone: switch off "
                "what else it returns, such as auxiliary classifiers."
            )
        return logits

    def train(self, mode=True):
        """Switch to training, but for the frozen parts, whose statistics stay as they are."""
        super().train(mode)
        for name, part in self.module.named_modules():
            parameters = list(part.parameters())
            is_untrained = parameters and not any(parameter.requires_grad for parameter in parameters)
            if is_untrained or self._is_frozen(name):
                part.eval()
        return self

    def make_optimizers(self, recipe):
        """Let AdamW train what is not frozen; vectors, which are shifts and scales, do not decay."""
        trained = [parameter for parameter in self.module.parameters() if parameter.requires_grad]
        return [
            adamw(
                [parameter for parameter in trained if parameter.ndim > 1],
                [parameter for parameter in trained if parameter.ndim <= 1],
                recipe,
            )
        ]

    def _is_frozen(self, name):
        return any(name == prefix or name.startswith(f"{prefix}.") for prefix in self.plan.frozen)

    def _freeze(self):
        names = [name for name, _ in [*self.module.named_parameters(), *self.module.named_modules()]]
        for prefix in self.plan.frozen:
            if not any(name == prefix or name.startswith(f"{prefix}.") for name in names):
                parts = ", ".join(repr(name) for name, _ in self.module.named_children()) or "none"
                raise ValueError(
                    f"freeze names {prefix!r}, which is no part of the module: give names of parameters or of "
                    f"modules; those at the top are {parts}."
                )
        for name, parameter in self.module.named_parameters():
            if self._is_frozen(name):
                parameter.requires_grad_(False)
        if not any(parameter.requires_grad for parameter in self.module.parameters()):
            raise ValueError(
                f"freeze={list(self.plan.frozen)} leaves the module nothing to train: leave out the part that "
                "shall learn, such as the last layer."
            )

    @torch.no_grad()
    def _require_logits(self):
        rows, columns, channels = self.plan.image_shape
        try:
            result = self.eval()(torch.zeros(2, channels, rows, columns))
        except Exception as error:  # modules raise what they like; it is told, and raised on
            raise ValueError(
                f"The module fails on images of shape ({channels}, {rows}, {columns}) with {type(error).__name__}, "
                f"{str(error).strip()!r}: make it take them, or bring them to the shape that it wants."
            ) from error
        shape = tuple(result.shape) if isinstance(result, torch.Tensor) else type(result).__name__
        if shape != (2, self.plan.n_classes):
            raise ValueError(
                f"The module returns {shape} for 2 images of shape {(channels, rows, columns)}, but must return "
                f"logits of shape (2, {self.plan.n_classes}): end it in a layer with n_classes outputs."
            )
