"""How a network is trained, as plain data: chosen from the amount and the shape of the data."""

import math
from typing import NamedTuple

REFERENCE_SIZE = 6_000  # the images that an architecture's reference epochs are for
SMALLEST_BATCH = 16
VALUES_PER_BATCH = 2**24  # pixel values of a batch, unless it is the smallest
PIXELS_PER_CUTOUT = 2.7  # an axis over that of the window that is covered


class Recipe(NamedTuple):
    """The settings of one training run."""

    n_epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    padding: tuple[int, int]
    cutout: tuple[int, int]
    horizontal_flip: bool
    precision: str = "float32"
    compile: bool = False
    deterministic: bool = False


def choose_recipe(
    n_images,
    image_shape,
    defaults,
    *,
    effort=1.0,
    augments_strongly=False,
    max_iter,
    batch_size,
    learning_rate_init,
    weight_decay,
    label_smoothing,
    padding,
    horizontal_flip,
):
    """Choose what the user left open.

    Parameters
    ----------
    n_images : int
        Images to train on.
    image_shape : tuple of (rows, columns, channels)
        Shape of an image.
    defaults : TrainingDefaults
        What suits the architecture.
    effort : float, default=1.0
        Multiple of the epochs that None stands for.
    augments_strongly : bool, default=False
        Cover a window of each image, and let padding None stand for twice as much.
    max_iter : int or None
        Epochs. None: the architecture's for 6,000 images, fewer for more and more for fewer, and at least
        as many as make its fewest steps.
    batch_size : int or None
        Images a step. None: the architecture's share of the images, at most its number, fewer where they are
        large, at least 16.
    learning_rate_init, weight_decay, label_smoothing : float or None
        None: the architecture's.
    padding : int or None
        Pixels that an image may move by. None: the architecture's share of its size.
    horizontal_flip : bool
        Taken as it is.

    Returns
    -------
    recipe : Recipe
        All of it.
    """
    if batch_size is None:
        fitting = VALUES_PER_BATCH // math.prod(image_shape)
        batch_size = max(min(n_images // defaults.fewest_batches, defaults.largest_batch, fitting), SMALLEST_BATCH)
    batch_size = min(batch_size, n_images)
    if max_iter is None:
        # The work grows with the root of the data: 4 times the images, 2 times the steps.
        n_epochs = round(effort * defaults.reference_epochs * math.sqrt(REFERENCE_SIZE / n_images))
        max_iter = max(n_epochs, math.ceil(defaults.fewest_steps / max(n_images // batch_size, 1)))
    if padding is None:
        pixels_per_shift = defaults.pixels_per_shift // (2 if augments_strongly else 1)
        padding = tuple(size // pixels_per_shift for size in image_shape[:2])
    else:
        padding = tuple(min(padding, size - 1) for size in image_shape[:2])
    return Recipe(
        n_epochs=int(max_iter),
        batch_size=int(batch_size),
        learning_rate=_given(learning_rate_init, defaults.learning_rate),
        weight_decay=_given(weight_decay, defaults.weight_decay),
        label_smoothing=_given(label_smoothing, defaults.label_smoothing),
        padding=tuple(int(pixels) for pixels in padding),
        cutout=tuple(round(size / PIXELS_PER_CUTOUT) if augments_strongly else 0 for size in image_shape[:2]),
        horizontal_flip=bool(horizontal_flip),
    )


def _given(value, default):
    return float(default if value is None else value)
