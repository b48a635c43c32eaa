"""Features: functions of one image, and scikit-learn transformers of many."""

from ._dense_sift import DenseDescriptors, dense_sift
from ._hog import hog
from ._hog_transformer import HOGTransformer

__all__ = ["DenseDescriptors", "HOGTransformer", "dense_sift", "hog"]
