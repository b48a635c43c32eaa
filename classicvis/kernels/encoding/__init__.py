"""Kernels of encodings of local descriptors."""

from classicvis.kernels.encoding._mixture_sums import (
    accumulate_moments,
    fill_powers,
    find_posteriors,
    score_by_differences,
)
from classicvis.kernels.encoding._nearest_words import accumulate_residuals, find_nearest

__all__ = [
    "accumulate_moments",
    "accumulate_residuals",
    "fill_powers",
    "find_nearest",
    "find_posteriors",
    "score_by_differences",
]
