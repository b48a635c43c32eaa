"""Signed powers and norms of encodings, in place."""

import numpy as np


def take_power(values, power):
    """Replace every value by sign(value) |value|^power (Perronnin et al. 2010, section 3.2)."""
    if power == 1:
        return
    signs = values.copy()
    np.abs(values, out=values)
    if power == 0.5:
        np.sqrt(values, out=values)
    else:
        np.power(values, power, out=values)
    np.copysign(values, signs, out=values)


def divide_by_norm(values):
    """Divide by the L2 norm along the last axis; zeros stay zeros."""
    norms = np.sqrt(np.einsum("...i,...i->...", values, values))
    values /= np.maximum(norms, np.finfo(values.dtype).tiny)[..., np.newaxis]
