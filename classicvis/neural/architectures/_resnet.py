"""The architecture "resnet20": residual blocks, as He et al. made them for CIFAR-10."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from classicvis.neural.architectures._layers import SMALLEST_POOLED, ConvNorm, PooledLinear, count_halvings
from classicvis.neural.architectures._optimizers import sgd
from classicvis.neural.architectures._training_defaults import TrainingDefaults
from classicvis.neural.architectures._views import Views

FIRST_MAP = 32  # the stem strides until about this many positions of an axis are left
WIDTHS = (16, 32, 64)
BLOCKS_PER_STAGE = 3
TRAINING = TrainingDefaults(learning_rate=0.1, weight_decay=5e-4, label_smoothing=0.1)


class ResNetPlan(NamedTuple):
    """A stem, stages of residual blocks, global mean pooling and a linear layer."""

    image_shape: tuple[int, int, int]  # rows, columns, channels
    n_classes: int
    stem_stride: tuple[int, int]
    widths: tuple[int, ...]  # filters of each stage; the stem has those of the first
    strides: tuple[tuple[int, int], ...]  # of the first block of each stage
    views: Views = Views()
    draws_globally: bool = False

    @property
    def stem_kernel(self):
        """Rows and columns of the stem's filters: they overlap by their stride."""
        return tuple(2 * stride + 1 for stride in self.stem_stride)

    def build(self, seed):
        """Return an untrained network."""
        return ResNetNetwork(self, torch.Generator().manual_seed(seed))


def plan_resnet20(image_shape, n_classes, widths=None, views=Views()):  # noqa: B008, a tuple
    """Lay out a network for images of one shape.

    Parameters
    ----------
    image_shape : tuple of (rows, columns, channels)
        Shape of an image; any size from 1 × 1 up.
    n_classes : int
        Number of outputs.
    widths : tuple of int, default=None
        Filters of each stage of three blocks. None: 16, 32, 64.
    views : Views, default=Views()
        What a prediction looks at.

    Returns
    -------
    plan : ResNetPlan
        The network. The stem strides over images above 45 pixels; each stage but the first halves what is left.

    References
    ----------
    .. [1] Kaiming He et al.: Deep residual learning for image recognition. CVPR (2016), section 4.2

    Examples
    --------
    >>> from classicvis.neural.architectures._resnet import plan_resnet20
    >>> plan_resnet20((32, 32, 3), n_classes=10).strides
    ((1, 1), (2, 2), (2, 2))
    """
    widths = WIDTHS if widths is None else tuple(widths)
    stem_stride = tuple(2**n for n in count_halvings(image_shape, FIRST_MAP))
    lengths = [-(-size // stride) for size, stride in zip(image_shape[:2], stem_stride, strict=True)]
    strides = [(1, 1)]
    for _ in widths[1:]:
        stride = tuple(2 if length >= SMALLEST_POOLED else 1 for length in lengths)
        lengths = [-(-length // step) for length, step in zip(lengths, stride, strict=True)]
        strides.append(stride)
    return ResNetPlan(tuple(image_shape), n_classes, stem_stride, widths, tuple(strides), views)


class ResNetNetwork(PooledLinear):
    """The torch module of a `ResNetPlan`.

    Parameters
    ----------
    plan : ResNetPlan
        What to build.
    generator : torch.Generator
        Source of the first weights.
    """

    pooling = "mean"

    def __init__(self, plan, generator):
        super().__init__(plan, plan.widths[-1])
        width = plan.widths[0]
        self.stem = ConvNorm(plan.image_shape[2], width, plan.stem_kernel, plan.stem_stride, has_scale=True)
        self.blocks = nn.ModuleList()
        for n_filters, stride in zip(plan.widths, plan.strides, strict=True):
            for i in range(BLOCKS_PER_STAGE):
                self.blocks.append(Block(width, n_filters, stride if i == 0 else (1, 1)))
                width = n_filters
        self.initialise(generator)

    def maps(self, x):
        """Return the last maps, of shape (n, n_filters, map rows, map columns)."""
        x = F.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        return x

    def write_maps(self, graph, x):
        """Write the same."""
        x = graph.add("Relu", graph.convolve(x, "stem", self.stem, self.plan.stem_stride))
        for i, block in enumerate(self.blocks):
            x = block.write(graph, x, f"block{i}")
        return x

    def make_optimizers(self, recipe):
        """Let SGD train everything."""
        filters = [layer.conv.weight for layer in self.conv_norms()]
        return [sgd([*filters, self.head.weight], self.shifts(), recipe)]


class Block(nn.Module):
    """Two convolutions that add to their input, or to a 1 × 1 convolution of it where the shape changes."""

    def __init__(self, n_inputs, n_filters, stride):
        super().__init__()
        self.stride = stride
        self.first = ConvNorm(n_inputs, n_filters, stride=stride, has_scale=True)
        self.second = ConvNorm(n_filters, n_filters, has_scale=True)
        is_same = n_inputs == n_filters and stride == (1, 1)
        self.shortcut = None if is_same else ConvNorm(n_inputs, n_filters, (1, 1), stride, has_scale=True)

    def forward(self, x):
        """Return maps of the new shape."""
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return F.relu(self.second(F.relu(self.first(x))) + shortcut)

    def write(self, graph, x, name):
        """Write the same."""
        shortcut = x
        if self.shortcut is not None:
            shortcut = graph.convolve(x, f"{name}.shortcut", self.shortcut, self.stride)
        x = graph.add("Relu", graph.convolve(x, f"{name}.first", self.first, self.stride))
        x = graph.convolve(x, f"{name}.second", self.second)
        return graph.add("Relu", graph.add("Add", x, shortcut))
