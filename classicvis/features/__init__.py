"""Features: functions of one image, and scikit-learn transformers of many."""

from ._batch_transformer import BatchTransformer
from ._color_histogram import ColorHistogramTransformer
from ._dense_sift import DenseDescriptors, dense_sift
from ._gabor_transformer import GaborTransformer
from ._hog import hog
from ._hog_transformer import HOGTransformer
from ._kmeans_patches import KMeansPatchTransformer
from ._lbp import local_binary_pattern
from ._lbp_transformer import LBPTransformer
from ._local_features import LocalFeatureTransformer
from ._sift import KeypointDescriptors, sift
from ._sift_transformer import SIFTTransformer

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
