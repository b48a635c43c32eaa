"""Histograms of colours."""

from classicvis.features.color._transformer import ColorHistogramTransformer

__all__ = ["ColorHistogramTransformer"]
