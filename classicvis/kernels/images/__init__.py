"""Kernels that resize images and turn colours into grey."""

from classicvis.kernels.images._area import average_areas
from classicvis.kernels.images._weigh import weigh_channels

__all__ = [
    "average_areas",
    "weigh_channels",
]
