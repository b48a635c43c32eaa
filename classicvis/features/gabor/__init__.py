"""Responses to Gabor filters."""

from classicvis.features.gabor._transformer import GaborTransformer

__all__ = ["GaborTransformer"]
