"""Support vector machines as fast as the features before them, and maps that stand for kernels."""

from ._linear_svm import LinearSVMClassifier
from ._rbf_svm import RBFSVMClassifier

__all__ = ["LinearSVMClassifier", "RBFSVMClassifier"]
