"""What our architectures share: convolutions with batch normalisation, and a linear layer on pooled maps."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from classicvis.neural.architectures._optimizers import muon_and_sgd
from classicvis.neural.architectures._views import average_views

SMALLEST_POOLED = 6  # a shorter axis is not halved


class ConvNorm(nn.Module):
    """A convolution without bias, max pooling, and a batch normalisation, with a scale only if told to.

    Weights are made without values: a network fills them in `initialise`.
    """

    def __init__(self, n_inputs, n_filters, kernel=(3, 3), stride=(1, 1), has_scale=False):
        super().__init__()
        padding = tuple(size // 2 for size in kernel)
        self.conv = nn.Conv2d(
            n_inputs, n_filters, kernel, stride, padding, bias=False, device="meta", dtype=torch.float32
        )
        self.norm = nn.BatchNorm2d(n_filters, device="meta", dtype=torch.float32)
        self.has_scale = has_scale

    def forward(self, x, pool=(1, 1)):
        """Convolve, pool and normalise."""
        return self.norm(max_pool(self.conv(x), pool))

    @torch.no_grad()
    def initialise(self, generator):
        """Draw the filters; without a scale, the pooling may follow the folded layer."""
        self.norm.reset_parameters()
        self.norm.weight.requires_grad_(self.has_scale)
        nn.init.kaiming_uniform_(self.conv.weight, a=5**0.5, generator=generator)

    @torch.no_grad()
    def folded(self):
        """Return filters and biases, as arrays, of one convolution that does both."""
        scale = self.norm.weight.double() * (self.norm.running_var.double() + self.norm.eps).rsqrt()
        filters = self.conv.weight.double() * scale[:, None, None, None]
        bias = self.norm.bias.double() - self.norm.running_mean.double() * scale
        return filters.float().contiguous().cpu().numpy(), bias.float().cpu().numpy()


class PooledLinear(nn.Module):
    """Maps, pooled over rows and columns, and a linear layer: the frame of every architecture of ours.

    An architecture adds `maps`, which computes the maps, and `write_maps`, which writes the same to a graph.

    Parameters
    ----------
    plan : SmallPlan, AirbenchPlan or ResNetPlan
        What to build.
    n_filters : int
        Number of the last maps.
    """

    pooling = "max"  # or "mean"
    head_scale = 1.0  # what logits are multiplied by

    def __init__(self, plan, n_filters):
        super().__init__()
        self.plan = plan
        self.head = nn.Linear(n_filters, plan.n_classes, device="meta", dtype=torch.float32)

    def initialise(self, generator):
        """Give all weights their first values, on the CPU; the global generator is left alone."""
        self.to_empty(device="cpu")
        for layer in self.conv_norms():
            layer.initialise(generator)
        nn.init.zeros_(self.head.weight)  # the first guess is that all classes are equally likely
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        """Return the logits, of shape (n, n_classes), of normalised images of shape (n, c, h, w)."""
        return self.one_view(x) if self.training else average_views(self.one_view, x, self.plan.views)

    def one_view(self, x):
        """Return the logits of images as they are."""
        maps = self.maps(x)
        pooled = maps.amax(dim=(2, 3)) if self.pooling == "max" else maps.mean(dim=(2, 3))
        return self.head(pooled) * self.head_scale

    def head_arrays(self):
        """Return the weights, of shape (n_classes, n_filters), and the biases of the linear layer."""
        weight, bias = (tensor.detach() * self.head_scale for tensor in (self.head.weight, self.head.bias))
        return weight.numpy(), bias.numpy()

    def write(self, graph, x):
        """Write maps, pooling and the linear layer to a graph; return the name of the logits of one view."""
        return graph.classify(self.write_maps(graph, x), *self.head_arrays(), self.pooling)

    def conv_norms(self):
        """Return all convolutions with batch normalisation."""
        return [module for module in self.modules() if isinstance(module, ConvNorm)]

    def shifts(self):
        """Return the shifts and scales of all batch normalisations, and the biases of the linear layer."""
        norms = [layer.norm for layer in self.conv_norms()]
        scales = [norm.weight for norm in norms if norm.weight.requires_grad]
        return [*(norm.bias for norm in norms), *scales, self.head.bias]

    def make_optimizers(self, recipe):
        """Let Muon train all filters but the first, and SGD the rest."""
        first, *others = [layer.conv.weight for layer in self.conv_norms()]
        return muon_and_sgd(others, [first, self.head.weight], self.shifts(), recipe)


def max_pool(x, pool):
    """Pool by `pool` (rows, columns), unless there is nothing to pool."""
    return x if pool == (1, 1) else F.max_pool2d(x, pool)


def halve(lengths):
    """Return by how much to pool each axis, and what is left of it: half, where it is long enough."""
    pool = tuple(2 if length >= SMALLEST_POOLED else 1 for length in lengths)
    return pool, tuple(length // factor for length, factor in zip(lengths, pool, strict=True))


def count_halvings(image_shape, target):
    """Return how often each axis is halved to bring it to about `target` positions."""
    return tuple(max(0, round(math.log2(size / target))) for size in image_shape[:2])
