"""Support vector machines as fast as the features before them."""

from ._linear_svm import LinearSVMClassifier

__all__ = ["LinearSVMClassifier"]
