"""The architecture "small": a stem and stages of two convolutions, of a size that a CPU trains in a minute."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from classicvis.neural.architectures._layers import ConvNorm, PooledLinear, count_halvings, halve, max_pool
from classicvis.neural.architectures._training_defaults import TrainingDefaults
from classicvis.neural.architectures._views import Views

FIRST_MAP = 14  # the stem shrinks an axis until about this many positions are left, so that cost stays bounded
SMALL_IMAGE_WIDTHS = (32, 32, 64)
LARGE_IMAGE_WIDTHS = (32, 32, 64, 128)  # for images that the stem shrinks by 4 or more
TRAINING = TrainingDefaults(learning_rate=0.1, weight_decay=5e-4, label_smoothing=0.1)


class Stage(NamedTuple):
    """Max pooling by `pool` (rows, columns), then two 3 × 3 convolutions with `width` filters each."""

    width: int
    pool: tuple[int, int]


class SmallPlan(NamedTuple):
    """A stem, some stages, global max pooling and a linear layer.

    Every convolution keeps its map's size but for the stem's stride, and is followed by batch normalisation
    (a shift, no scale: the next layer has one) and ReLU. The stem pools before its ReLU.
    """

    image_shape: tuple[int, int, int]  # rows, columns, channels
    n_classes: int
    stem_width: int
    stem_stride: tuple[int, int]
    stem_pool: tuple[int, int]
    stages: tuple[Stage, ...]
    views: Views = Views()
    draws_globally: bool = False

    @property
    def stem_kernel(self):
        """Rows and columns of the stem's filters: they overlap by their stride."""
        return tuple(2 * stride + 1 for stride in self.stem_stride)

    @property
    def widths(self):
        """Filters of the stem and of each stage."""
        return self.stem_width, *(stage.width for stage in self.stages)

    def build(self, seed):
        """Return an untrained network."""
        return SmallNetwork(self, torch.Generator().manual_seed(seed))


def plan_small(image_shape, n_classes, widths=None, views=Views()):  # noqa: B008, a tuple
    """Lay out a network for images of one shape.

    Parameters
    ----------
    image_shape : tuple of (rows, columns, channels)
        Shape of an image; any size from 1 × 1 up.
    n_classes : int
        Number of outputs.
    widths : tuple of int, default=None
        Filters of the stem and of each stage, at least two. None: 32, 32, 64, and for images above about 40
        pixels, which the stem shrinks by 4 or more, a stage of 128.
    views : Views, default=Views()
        What a prediction looks at.

    Returns
    -------
    plan : SmallPlan
        The network. The stem brings an axis to 10 to 20 positions, each stage after the first halves what is
        left, and both treat each axis on its own: long and narrow images, and rows of one pixel, are as
        welcome as squares.

    Examples
    --------
    >>> from classicvis.neural.architectures._small import plan_small
    >>> plan_small((28, 28, 1), n_classes=10).widths
    (32, 32, 64)
    """
    halvings = count_halvings(image_shape, FIRST_MAP)
    if widths is None:
        widths = LARGE_IMAGE_WIDTHS if max(halvings) > 1 else SMALL_IMAGE_WIDTHS
    lengths = [size >> n for size, n in zip(image_shape[:2], halvings, strict=True)]
    stages = [Stage(widths[1], (1, 1))]
    for width in widths[2:]:
        pool, lengths = halve(lengths)
        stages.append(Stage(width, pool))
    return SmallPlan(
        image_shape=tuple(image_shape),
        n_classes=n_classes,
        stem_width=widths[0],
        stem_stride=tuple(2 ** max(n - 1, 0) for n in halvings),
        stem_pool=tuple(2 if n > 0 else 1 for n in halvings),
        stages=tuple(stages),
        views=views,
    )


class SmallNetwork(PooledLinear):
    """The torch module of a `SmallPlan`.

    Parameters
    ----------
    plan : SmallPlan
        What to build.
    generator : torch.Generator
        Source of the first weights.
    """

    def __init__(self, plan, generator):
        super().__init__(plan, plan.widths[-1])
        self.stem = ConvNorm(plan.image_shape[2], plan.stem_width, plan.stem_kernel, plan.stem_stride)
        self.stages = nn.ModuleList()
        width = plan.stem_width
        for stage in plan.stages:
            self.stages.append(nn.ModuleList([ConvNorm(width, stage.width), ConvNorm(stage.width, stage.width)]))
            width = stage.width
        self.initialise(generator)

    def maps(self, x):
        """Return the last maps, of shape (n, n_filters, map rows, map columns)."""
        x = F.relu(self.stem(x, pool=self.plan.stem_pool))
        for stage, layers in zip(self.plan.stages, self.stages, strict=True):
            x = max_pool(x, stage.pool)
            for layer in layers:
                x = F.relu(layer(x))
        return x

    def write_maps(self, graph, x):
        """Write the same; the scale of the stem's normalisation is positive, so that it may go before the pooling."""
        x = graph.convolve(x, "stem", self.stem, self.plan.stem_stride)
        x = graph.add("Relu", graph.max_pool(x, self.plan.stem_pool))
        for i, (stage, layers) in enumerate(zip(self.plan.stages, self.stages, strict=True)):
            x = graph.max_pool(x, stage.pool)
            for j, layer in enumerate(layers):
                x = graph.add("Relu", graph.convolve(x, f"stage{i}.{j}", layer))
        return x
