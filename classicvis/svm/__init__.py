"""Support vector machines as fast as the features before them, and maps that stand for kernels."""

from ._chi2_map import Chi2Map
from ._intersection_map import IntersectionMap
from ._linear_svm import LinearSVMClassifier
from ._rbf_svm import RBFSVMClassifier

__all__ = ["Chi2Map", "IntersectionMap", "LinearSVMClassifier", "RBFSVMClassifier"]
