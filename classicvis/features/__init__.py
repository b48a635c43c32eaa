"""Features: functions of one image, and scikit-learn transformers of many."""

from ._hog import hog
from ._hog_transformer import HOGTransformer

__all__ = ["HOGTransformer", "hog"]
