"""Functions that return plain scikit-learn Pipelines with settings that serve images."""

from ._best import make_best_classical
from ._ensembles import make_stacking, make_voting
from ._hog import make_hog_forest, make_hog_svm
from ._lbp import make_lbp_forest
from ._patches import make_patches_svm
from ._reduction import LeadingComponents
from ._scaling import FeatureScaler
from ._settings import tuning_grid
from ._sift import make_bovw_svm, make_fisher_svm, make_vlad_svm
from ._transfer import make_transfer_svm
from ._tune import Tuning, tune

__all__ = [
    "FeatureScaler",
    "LeadingComponents",
    "Tuning",
    "make_best_classical",
    "make_bovw_svm",
    "make_fisher_svm",
    "make_hog_forest",
    "make_hog_svm",
    "make_lbp_forest",
    "make_patches_svm",
    "make_stacking",
    "make_transfer_svm",
    "make_vlad_svm",
    "make_voting",
    "tune",
    "tuning_grid",
]
