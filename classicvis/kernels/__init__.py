"""Compiled loops, by domain: arrays and scalars in, arrays out; numba and NumPy alone."""
