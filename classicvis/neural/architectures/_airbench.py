"""The architecture "airbench": whitened patches, then groups of convolutions; the record on CIFAR-10, for any image."""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from classicvis.neural.architectures._layers import ConvNorm, PooledLinear, count_halvings, halve
from classicvis.neural.architectures._muon import Muon
from classicvis.neural.architectures._training_defaults import TrainingDefaults
from classicvis.neural.architectures._views import Views

FIRST_MAP = 32  # patches are taken at strides that leave about this many positions of an axis
WIDTHS = (64, 256, 256)
COMPONENTS_PER_CHANNEL = 4  # of the whitened patches, times the stride; all there are for images up to 45 pixels
FLATTENING = 5e-4  # added to the variances, so that noise is not blown up
N_PATCHES = 2**20  # at most, that whitening looks at
HEAD_SCALE = 1 / 256
# Learning rates for a batch of 2,000 images, of the reference: Muon's grows with the root of the batch, the
# others, there given for the sum of the losses, in proportion to it.
REFERENCE_BATCH = 2000
HEAD_RATE, SHIFT_RATE, MUON_RATE = 0.67, 0.053, 0.24
MOMENTUM = 0.85
TRAINING = TrainingDefaults(
    learning_rate=MUON_RATE,
    weight_decay=2e-6,
    label_smoothing=0.2,
    largest_batch=REFERENCE_BATCH,
    fewest_batches=25,
    fewest_steps=200,
    reference_epochs=23,
    pixels_per_shift=16,
)


class Group(NamedTuple):
    """Convolutions with `width` filters, 3 × 3 each; the first is pooled by `pool` (rows, columns)."""

    width: int
    pool: tuple[int, int]


class AirbenchPlan(NamedTuple):
    """Whitened patches and groups of convolutions, global max pooling and a linear layer.

    Every convolution but the first is followed by batch normalisation (a shift, no scale) and GELU; the third
    of a group, if there is one, adds the group's first.
    """

    image_shape: tuple[int, int, int]  # rows, columns, channels
    n_classes: int
    patch: tuple[int, int]
    stride: tuple[int, int]
    n_components: int
    groups: tuple[Group, ...]
    depth: int  # convolutions a group
    views: Views = Views()
    draws_globally: bool = False

    @property
    def widths(self):
        """Filters of each group."""
        return tuple(group.width for group in self.groups)

    def build(self, seed):
        """Return an untrained network."""
        return AirbenchNetwork(self, torch.Generator().manual_seed(seed))


def plan_airbench(image_shape, n_classes, widths=None, views=Views(), depth=2):  # noqa: B008, a tuple
    """Lay out a network for images of one shape.

    Parameters
    ----------
    image_shape : tuple of (rows, columns, channels)
        Shape of an image; any size from 1 × 1 up.
    n_classes : int
        Number of outputs.
    widths : tuple of int, default=None
        Filters of each group. None: 64, 256, 256.
    views : Views, default=Views()
        What a prediction looks at.
    depth : {2, 3}, default=2
        Convolutions a group; the third adds the group's first.

    Returns
    -------
    plan : AirbenchPlan
        The network. Patches of 2 × 2 pixels of an image of up to 45 pixels, of 4 × 4 at every second position
        of one twice as large, and so on; each group halves what is left, and all treat each axis on its own.

    References
    ----------
    .. [1] Keller Jordan: 94% on CIFAR-10 in 3.29 seconds on a single GPU. arXiv:2404.00498 (2024)

    Examples
    --------
    >>> from classicvis.neural.architectures._airbench import plan_airbench
    >>> plan = plan_airbench((32, 32, 3), n_classes=10)
    >>> plan.patch, plan.n_components, plan.widths
    ((2, 2), 12, (64, 256, 256))
    """
    *size, n_channels = image_shape
    stride = tuple(2**n for n in count_halvings(image_shape, FIRST_MAP))
    patch = tuple(min(2 * step, length) for step, length in zip(stride, size, strict=True))
    lengths = tuple((n - k) // step + 1 for n, k, step in zip(size, patch, stride, strict=True))
    groups = []
    for width in WIDTHS if widths is None else widths:
        pool, lengths = halve(lengths)
        groups.append(Group(width, pool))
    return AirbenchPlan(
        image_shape=tuple(image_shape),
        n_classes=n_classes,
        patch=patch,
        stride=stride,
        n_components=min(COMPONENTS_PER_CHANNEL * n_channels * max(stride), n_channels * math.prod(patch)),
        groups=tuple(groups),
        depth=depth,
        views=views,
    )


class AirbenchNetwork(PooledLinear):
    """The torch module of an `AirbenchPlan`.

    Parameters
    ----------
    plan : AirbenchPlan
        What to build.
    generator : torch.Generator
        Source of the first weights.
    """

    head_scale = HEAD_SCALE

    def __init__(self, plan, generator):
        super().__init__(plan, plan.widths[-1])
        width = 2 * plan.n_components
        self.whiten = nn.Conv2d(plan.image_shape[2], width, plan.patch, plan.stride, device="meta", dtype=torch.float32)
        self.groups = nn.ModuleList()
        for group in plan.groups:
            widths = [width, *[group.width] * plan.depth]
            self.groups.append(nn.ModuleList([ConvNorm(*pair) for pair in pairwise(widths)]))
            width = group.width
        self.initialise(generator)

    def initialise(self, generator):
        """Draw all weights; as far as it can, a convolution starts by passing its input on."""
        super().initialise(generator)
        nn.init.orthogonal_(self.whiten.weight, generator=generator)
        nn.init.zeros_(self.whiten.bias)
        self.whiten.weight.requires_grad_(False)
        nn.init.normal_(self.head.weight, generator=generator)
        with torch.no_grad():
            for layer in self.conv_norms():
                filters = layer.conv.weight
                nn.init.dirac_(filters[: filters.shape[1]])

    @torch.no_grad()
    def look_at(self, images):
        """Take the filters of the first layer from the patches of some images: their whitened components."""
        self.whiten.weight.copy_(whitening_filters(images, self.plan))

    def maps(self, x):
        """Return the last maps, of shape (n, n_filters, map rows, map columns)."""
        x = F.gelu(self.whiten(x))
        for group, (first, second, *third) in zip(self.plan.groups, self.groups, strict=True):
            start = F.gelu(first(x, pool=group.pool))
            x = F.gelu(second(start))
            for layer in third:
                x = F.gelu(layer(x) + start)
        return x

    def write_maps(self, graph, x):
        """Write the same; the scales of the normalisations are positive, so that they may go before the pooling."""
        weight, bias = (tensor.detach().numpy() for tensor in (self.whiten.weight, self.whiten.bias))
        x = graph.gelu(graph.filter(x, "whiten", weight, bias, self.plan.stride, padded=False))
        for i, (group, (first, second, *third)) in enumerate(zip(self.plan.groups, self.groups, strict=True)):
            start = graph.gelu(graph.max_pool(graph.convolve(x, f"group{i}.0", first), group.pool))
            x = graph.gelu(graph.convolve(start, f"group{i}.1", second))
            for layer in third:
                x = graph.gelu(graph.add("Add", graph.convolve(x, f"group{i}.2", layer), start))
        return x

    def make_optimizers(self, recipe):
        """Let Muon train the filters, and SGD the rest at the rates of the reference, fitted to the batch."""
        share = recipe.learning_rate / MUON_RATE
        rates = {"head": share * HEAD_RATE * recipe.batch_size, "shift": share * SHIFT_RATE * recipe.batch_size}
        decay = recipe.weight_decay * recipe.batch_size
        groups = [
            {"params": parameters, "lr": rates[name], "weight_decay": decay / rates[name]}
            for name, parameters in (
                ("shift", [self.whiten.bias, *self.shifts()]),
                ("head", [self.head.weight]),
            )
        ]
        muon_rate = recipe.learning_rate * min(1.0, (recipe.batch_size / REFERENCE_BATCH) ** 0.5)
        return [
            Muon([layer.conv.weight for layer in self.conv_norms()], lr=muon_rate),
            torch.optim.SGD(groups, momentum=MOMENTUM, nesterov=True),
        ]


def whitening_filters(images, plan):
    """Return the leading eigenvectors of the patches' covariance over their standard deviations, and their negatives.

    Parameters
    ----------
    images : Tensor of shape (n, c, h, w)
        Normalised images.
    plan : AirbenchPlan
        Tells the size, the stride and the number of the filters.

    Returns
    -------
    filters : Tensor of shape (2 * n_components, c, patch rows, patch columns)
        Without the negatives, filters whose responses are uncorrelated and of unit variance.
    """
    patches = F.unfold(images, plan.patch, stride=plan.stride).transpose(1, 2).flatten(0, 1)
    patches = patches[:: -(-len(patches) // N_PATCHES)].double()
    variances, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors / (variances.clamp_min(0) + FLATTENING).sqrt()).T.flip(0)[: plan.n_components]
    filters = filters.float().view(-1, images.shape[1], *plan.patch)
    return torch.cat([filters, -filters])
