"""What a network looks like, as plain data: sized from the images, built by torch, written to ONNX."""

import math
from numbers import Integral
from typing import NamedTuple

FIRST_MAP = 14  # the stem shrinks an axis until about this many positions are left, so that cost stays bounded
SHORTEST_POOLED = 6  # a shorter axis is not halved between stages
SMALL_IMAGE_WIDTHS = (32, 32, 64)
LARGE_IMAGE_WIDTHS = (32, 32, 64, 128)  # for images that the stem shrinks by 4 or more


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
        Filters of the stem and of each stage. None: 32, 32, 64, and for images above about 40 pixels, which
        the stem shrinks by 4 or more, a stage of 128.

    Returns
    -------
    plan : NetworkPlan
        The network. The stem brings an axis to 10 to 20 positions, each stage after the first halves what is
        left, and both treat each axis on its own: long and narrow images, and rows of one pixel, are as
        welcome as squares.

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
    halvings = [max(0, round(math.log2(size / FIRST_MAP))) for size in image_shape[:2]]
    if widths is None:
        widths = LARGE_IMAGE_WIDTHS if max(halvings) > 1 else SMALL_IMAGE_WIDTHS
    else:
        widths = _checked_widths(widths)
    lengths = [size >> n for size, n in zip(image_shape[:2], halvings, strict=True)]
    stages = [Stage(widths[1], (1, 1))]
    for width in widths[2:]:
        pool = tuple(2 if length >= SHORTEST_POOLED else 1 for length in lengths)
        lengths = [length // factor for length, factor in zip(lengths, pool, strict=True)]
        stages.append(Stage(width, pool))
    return NetworkPlan(
        image_shape=tuple(image_shape),
        n_classes=n_classes,
        stem_width=widths[0],
        stem_stride=tuple(2 ** max(n - 1, 0) for n in halvings),
        stem_pool=tuple(2 if n > 0 else 1 for n in halvings),
        stages=tuple(stages),
    )


def _checked_widths(widths):
    widths = tuple(widths)
    if len(widths) < 2 or not all(isinstance(width, Integral) and width > 0 for width in widths):
        raise ValueError(
            f"widths is {widths!r}, but must hold at least two whole numbers above 0: the filters of the "
            "first convolution and of each stage."
        )
    return tuple(int(width) for width in widths)
