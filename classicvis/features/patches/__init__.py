"""Codes of patches by a learned dictionary."""

from classicvis.features.patches._transformer import KMeansPatchTransformer

__all__ = ["KMeansPatchTransformer"]
