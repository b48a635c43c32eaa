"""Histograms of oriented gradients: of one image with `hog`, of many with `HOGTransformer`."""

from classicvis.features.hog._function import hog
from classicvis.features.hog._transformer import HOGTransformer

__all__ = ["HOGTransformer", "hog"]
