"""Explanations: which parts of an image count for a class, and what a classifier has learned."""

from classicvis.inspection._class_activation import class_activation_map
from classicvis.inspection._class_activation_display import ClassActivationDisplay
from classicvis.inspection._hog_glyphs import hog_glyphs
from classicvis.inspection._hog_weights import HOGScale, HOGTemplate, hog_weight_template
from classicvis.inspection._hog_weights_display import HOGWeightsDisplay
from classicvis.inspection._learning_curves_display import LearningCurvesDisplay
from classicvis.inspection._occlusion import occlusion_map
from classicvis.inspection._occlusion_display import OcclusionDisplay

__all__ = [
    "ClassActivationDisplay",
    "HOGScale",
    "HOGTemplate",
    "HOGWeightsDisplay",
    "LearningCurvesDisplay",
    "OcclusionDisplay",
    "class_activation_map",
    "hog_glyphs",
    "hog_weight_template",
    "occlusion_map",
]
