"""Seeing why: what in an image speaks for a class, and what a model has learned."""

from classicvis.inspection._class_activation import class_activation_map
from classicvis.inspection._occlusion import occlusion_map

__all__ = ["class_activation_map", "occlusion_map"]
