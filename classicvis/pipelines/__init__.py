"""Functions that return plain scikit-learn Pipelines with settings that serve images."""

from classicvis.pipelines._best import make_best_classical
from classicvis.pipelines._ensembles import make_stacking, make_voting
from classicvis.pipelines._hog import make_hog_forest, make_hog_svm
from classicvis.pipelines._lbp import make_lbp_forest
from classicvis.pipelines._patches import make_patches_svm
from classicvis.pipelines._reduction import LeadingComponents
from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._sift import make_bovw_svm, make_fisher_svm, make_vlad_svm
from classicvis.pipelines._transfer import make_transfer_svm
from classicvis.pipelines._tune import Tuning, tune
from classicvis.pipelines._tuning_grid import tuning_grid

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
