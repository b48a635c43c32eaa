"""The torch module of a plan, for training."""

import torch
import torch.nn.functional as F
from torch import nn


class Network(nn.Module):
    """A stem, stages of two convolutions, global max pooling and a linear layer.

    Parameters
    ----------
    plan : NetworkPlan
        What to build.
    generator : torch.Generator
        Source of the first weights; the global generator is left alone.
    """

    def __init__(self, plan, generator):
        super().__init__()
        self.plan = plan
        n_channels = plan.image_shape[2]
        self.stem = ConvBatchNorm(n_channels, plan.stem_width, plan.stem_kernel, plan.stem_stride)
        self.stages = nn.ModuleList()
        width = plan.stem_width
        for stage in plan.stages:
            self.stages.append(
                nn.ModuleList([ConvBatchNorm(width, stage.width), ConvBatchNorm(stage.width, stage.width)])
            )
            width = stage.width
        self.head = nn.Linear(width, plan.n_classes, device="meta", dtype=torch.float32)
        self.to_empty(device="cpu")
        self._initialise(generator)

    def forward(self, x):
        """Return the logits, of shape (n, n_classes), of normalised images of shape (n, c, h, w)."""
        x = F.relu(self.stem(x, pool=self.plan.stem_pool))
        for stage, (first, second) in zip(self.plan.stages, self.stages, strict=True):
            x = F.relu(first(_max_pool(x, stage.pool)))
            x = F.relu(second(x))
        return self.head(x.amax(dim=(2, 3)))

    def filters(self):
        """Return the filter banks of the stages, which Muon trains."""
        return [layer.conv.weight for stage in self.stages for layer in stage]

    def other_weights(self):
        """Return the weights of the stem and of the linear layer."""
        return [self.stem.conv.weight, self.head.weight]

    def shifts(self):
        """Return the shifts of all batch normalisations and of the linear layer."""
        layers = [self.stem, *(layer for stage in self.stages for layer in stage)]
        return [*(layer.norm.bias for layer in layers), self.head.bias]

    def _initialise(self, generator):
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
                module.weight.requires_grad_(False)  # stays 1: max pooling may then follow the folded layer
            elif isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight, a=5**0.5, generator=generator)
        nn.init.zeros_(self.head.weight)  # the first guess is that all classes are equally likely
        nn.init.zeros_(self.head.bias)


class ConvBatchNorm(nn.Module):
    """A convolution without bias and a batch normalisation without scale."""

    def __init__(self, n_inputs, n_filters, kernel=(3, 3), stride=(1, 1)):
        super().__init__()
        padding = tuple(size // 2 for size in kernel)
        self.conv = nn.Conv2d(
            n_inputs, n_filters, kernel, stride, padding, bias=False, device="meta", dtype=torch.float32
        )
        self.norm = nn.BatchNorm2d(n_filters, device="meta", dtype=torch.float32)

    def forward(self, x, pool=(1, 1)):
        """Convolve, pool and normalise."""
        return self.norm(_max_pool(self.conv(x), pool))

    @torch.no_grad()
    def folded(self):
        """Return filters and biases, as arrays, of one convolution that does both."""
        scale = (self.norm.running_var.double() + self.norm.eps).rsqrt()
        filters = self.conv.weight.double() * scale[:, None, None, None]
        bias = self.norm.bias.double() - self.norm.running_mean.double() * scale
        return filters.float().contiguous().cpu().numpy(), bias.float().cpu().numpy()


def _max_pool(x, pool):
    return x if pool == (1, 1) else F.max_pool2d(x, pool)
