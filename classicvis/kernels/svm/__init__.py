"""Kernels of support vector machines."""

from classicvis.kernels.svm._cg_steps import advance, turn
from classicvis.kernels.svm._combinations import add_combinations
from classicvis.kernels.svm._crammer_singer_passes import descend_crammer_singer
from classicvis.kernels.svm._dual_passes import descend_one_vs_rest, pass_over_blocks
from classicvis.kernels.svm._hessian import LARGEST_INTEGER, multiply_by_hessian, pack_samples, summarise_features
from classicvis.kernels.svm._smo import minimise_dual
from classicvis.kernels.svm._some_samples import combine_some, decide_some
from classicvis.kernels.svm._subspace import minimise_along

__all__ = [
    "LARGEST_INTEGER",
    "add_combinations",
    "advance",
    "combine_some",
    "decide_some",
    "descend_crammer_singer",
    "descend_one_vs_rest",
    "minimise_along",
    "minimise_dual",
    "multiply_by_hessian",
    "pack_samples",
    "pass_over_blocks",
    "summarise_features",
    "turn",
]
