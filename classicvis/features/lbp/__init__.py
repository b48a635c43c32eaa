"""Local binary patterns: of one image with `local_binary_pattern`, their histograms with `LBPTransformer`."""

from classicvis.features.lbp._local_binary_pattern import local_binary_pattern
from classicvis.features.lbp._transformer import LBPTransformer

__all__ = ["LBPTransformer", "local_binary_pattern"]
