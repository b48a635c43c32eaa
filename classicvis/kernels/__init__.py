"""Compiled loops: arrays and scalars in, arrays out, one algorithm a file, numba and NumPy alone."""
