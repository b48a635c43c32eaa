"""Kernels of histograms of oriented gradients."""

from classicvis.kernels.hog._dalal_triggs_blocks import fill_trilinear_blocks
from classicvis.kernels.hog._skimage_blocks import NORM_CODES, SECTORS, hog_batch
from classicvis.kernels.hog._uoctti_cells import N_CORNERS, fill_uoctti_cells

__all__ = [
    "NORM_CODES",
    "N_CORNERS",
    "SECTORS",
    "fill_trilinear_blocks",
    "fill_uoctti_cells",
    "hog_batch",
]
