"""How an architecture is trained where the user says nothing."""

from typing import NamedTuple


class TrainingDefaults(NamedTuple):
    """What suits an architecture."""

    learning_rate: float
    weight_decay: float
    label_smoothing: float
    largest_batch: int = 128
    fewest_batches: int = 8  # an epoch, as far as the smallest batch allows it
    fewest_steps: int = 300  # of the optimizer, however few the images
    reference_epochs: int = 30  # for 6,000 images
    pixels_per_shift: int = 20  # an image moves by up to one pixel in this many
