"""Kernels of SIFT descriptors."""

from classicvis.kernels.sift._dense_descriptors import TAPS, dense_sift_batch
from classicvis.kernels.sift._keypoint_descriptors import SPACING, describe_keypoints
from classicvis.kernels.sift._smoothing import smooth_batch
from classicvis.kernels.sift._votes import N_CELLS, N_VALUES, NORM_CODES

__all__ = [
    "NORM_CODES",
    "N_CELLS",
    "N_VALUES",
    "SPACING",
    "TAPS",
    "dense_sift_batch",
    "describe_keypoints",
    "smooth_batch",
]
