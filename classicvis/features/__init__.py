"""Features: functions of one image, and scikit-learn transformers of many."""

from classicvis.features._batch_transformer import BatchTransformer
from classicvis.features._local_features import LocalFeatureTransformer
from classicvis.features.color import ColorHistogramTransformer
from classicvis.features.gabor import GaborTransformer
from classicvis.features.hog import HOGTransformer, hog
from classicvis.features.lbp import LBPTransformer, local_binary_pattern
from classicvis.features.patches import KMeansPatchTransformer
from classicvis.features.sift import DenseDescriptors, KeypointDescriptors, SIFTTransformer, dense_sift, sift

__all__ = [
    "BatchTransformer",
    "ColorHistogramTransformer",
    "DenseDescriptors",
    "GaborTransformer",
    "HOGTransformer",
    "KMeansPatchTransformer",
    "KeypointDescriptors",
    "LBPTransformer",
    "LocalFeatureTransformer",
    "SIFTTransformer",
    "dense_sift",
    "hog",
    "local_binary_pattern",
    "sift",
]
