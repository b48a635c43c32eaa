"""Compiled loops, by domain: arrays and scalars in, arrays out; numba and NumPy alone."""

from classicvis.kernels._jit import cache_folder

__all__ = ["cache_folder"]
