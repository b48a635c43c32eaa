"""Encoders: from a set of local descriptors of each image to one row of features."""

from classicvis.encoding._bag_of_words import BagOfVisualWords
from classicvis.encoding._base import LearningNeeds, learning_needs
from classicvis.encoding._fisher import FisherVector
from classicvis.encoding._sampling import sample_sizes
from classicvis.encoding._vlad import VLAD

__all__ = ["VLAD", "BagOfVisualWords", "FisherVector", "LearningNeeds", "sample_sizes"]
