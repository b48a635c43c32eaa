"""Encoders: from a set of local descriptors of each image to one row of features."""

from ._bag_of_words import BagOfVisualWords
from ._fisher import FisherVector
from ._sampling import sample_sizes
from ._vlad import VLAD

__all__ = ["VLAD", "BagOfVisualWords", "FisherVector", "sample_sizes"]
