"""Features: functions of one image, and scikit-learn transformers of many."""

from ._batch_transformer import BatchTransformer
from ._hog import hog
from ._hog_transformer import HOGTransformer

__all__ = ["BatchTransformer", "HOGTransformer", "hog"]
