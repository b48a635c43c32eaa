"""What a network looks like, as plain data: sized from the images, built by torch, written to ONNX."""

import math
from numbers import Integral
from typing import NamedTuple

SMALLEST_MAP = 7  # an axis is halved until about this many positions are left
MOST_STAGES = 4  # larger images are shrunk by the stem, so that their cost stays bounded
FIRST_WIDTH = 32
WIDEST = 256


class Stage(NamedTuple):
    """Max pooling by `pool` (rows, columns), then two 3 × 3 convolutions with `width` filters each."""

    width: int
    pool: tuple[int, int]


class NetworkPlan(NamedTuple):
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

    @property
    def stem_kernel(self):
        """Rows and columns of the stem's filters: they overlap by their stride."""
        return tuple(2 * stride + 1 for stride in self.stem_stride)

    @property
    def widths(self):
        """Filters of the stem and of each stage."""
        return self.stem_width, *(stage.width for stage in self.stages)


def plan_network(image_shape, n_classes, widths=None):
    """Lay out a network for images of one shape.

    Parameters
    ----------
    image_shape : tuple of (rows, columns, channels)
        Shape of an image; any size from 1 × 1 up.
    n_classes : int
        Number of outputs.
    widths : tuple of int, default=None
        Filters of the stem and of each stage. None: 32, 32, and then twice as many a stage, up to 256.

    Returns
    -------
    plan : NetworkPlan
        The network. Each axis is halved on its own until it is about seven positions long, so that long and
        narrow images, and rows of one pixel, are as welcome as squares.

    Raises
    ------
    ValueError
        `widths` is not as described.

    Examples
    --------
    >>> from classicvis.neural._plan import plan_network
    >>> plan_network((28, 28, 1), n_classes=10).widths
    (32, 32, 64)
    """
    halvings = [max(0, round(math.log2(size / SMALLEST_MAP))) for size in image_shape[:2]]
    n_halvings = max(halvings)
    if widths is not None:
        widths = _checked_widths(widths)
    else:
        n_stages = min(max(2, n_halvings), MOST_STAGES)
        widths = (FIRST_WIDTH, *(min(FIRST_WIDTH * 2**i, WIDEST) for i in range(n_stages)))
    n_stages = len(widths) - 1
    in_stem = max(n_halvings - (n_stages - 1), 0)
    # The h-th halving of the network is one of an axis as long as this axis has any left.
    factors = [tuple(2 if h < axis else 1 for axis in halvings) for h in range(n_halvings)]
    stem_pool = factors[in_stem - 1] if in_stem else (1, 1)
    stem_stride = tuple(math.prod(axis) for axis in zip((1, 1), *factors[: max(in_stem - 1, 0)], strict=True))
    pools = [(1, 1)] * (n_stages - (n_halvings - in_stem)) + factors[in_stem:]
    return NetworkPlan(
        image_shape=tuple(image_shape),
        n_classes=n_classes,
        stem_width=widths[0],
        stem_stride=stem_stride,
        stem_pool=stem_pool,
        stages=tuple(Stage(width, pool) for width, pool in zip(widths[1:], pools, strict=True)),
    )


def _checked_widths(widths):
    widths = tuple(widths)
    if len(widths) < 2 or not all(isinstance(width, Integral) and width > 0 for width in widths):
        raise ValueError(
            f"widths is {widths!r}, but must hold at least two whole numbers above 0: the filters of the "
            "first convolution and of each stage."
        )
    return tuple(int(width) for width in widths)
