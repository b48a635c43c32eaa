"""Support vector machines as fast as the features before them, and maps that stand for kernels."""

from classicvis.svm._chi2_map import Chi2Map
from classicvis.svm._intersection_map import IntersectionMap
from classicvis.svm._linear_svm import LinearSVMClassifier
from classicvis.svm._rbf_svm import RBFSVMClassifier

__all__ = ["Chi2Map", "IntersectionMap", "LinearSVMClassifier", "RBFSVMClassifier"]
