"""Functions that return plain scikit-learn Pipelines with settings that serve images."""

from ._hog import make_hog_forest, make_hog_svm
from ._reduction import LeadingComponents

__all__ = ["LeadingComponents", "make_hog_forest", "make_hog_svm"]
