"""SIFT descriptors, on a grid and at keypoints."""

from classicvis.features.sift._dense import DenseDescriptors, dense_sift
from classicvis.features.sift._keypoints import KeypointDescriptors, sift
from classicvis.features.sift._transformer import SIFTTransformer

__all__ = ["DenseDescriptors", "KeypointDescriptors", "SIFTTransformer", "dense_sift", "sift"]
