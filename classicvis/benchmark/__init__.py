"""Comparing methods on one data set: accuracy, costs, and a report."""

from classicvis.benchmark._compare import ComparisonInterrupted, compare
from classicvis.benchmark._environment import describe_environment
from classicvis.benchmark._methods import BUILT_IN_METHODS, DEFAULT_SIZE, make_method, make_transfer_method
from classicvis.benchmark._metrics import expected_calibration_error
from classicvis.benchmark._result import Comparison
from classicvis.benchmark._runs import MethodRun

__all__ = [
    "BUILT_IN_METHODS",
    "Comparison",
    "ComparisonInterrupted",
    "MethodRun",
    "compare",
    "expected_calibration_error",
    "make_method",
]
