"""Features: functions of one image, and scikit-learn transformers of many."""

from ._dense_sift import DenseDescriptors, dense_sift
from ._hog import hog
from ._hog_transformer import HOGTransformer
from ._sift import KeypointDescriptors, sift

__all__ = ["DenseDescriptors", "HOGTransformer", "KeypointDescriptors", "dense_sift", "hog", "sift"]
