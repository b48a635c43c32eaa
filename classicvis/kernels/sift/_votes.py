"""What all SIFT descriptors share: their layout, and the votes of a gradient (Lowe, IJCV 2004, section 6.1)."""

import numpy as np

from classicvis.kernels._jit import inlined_helper

N_ORIENTATIONS = 8
N_CELLS = 4  # along each side of a descriptor
N_VALUES = N_CELLS * N_CELLS * N_ORIENTATIONS
L2, ROOT = range(2)
NORM_CODES = {"l2": L2, "root": ROOT}
CLAMP = np.float32(0.2)  # Lowe, section 6.1
EPSILON = np.float32(2.0**-23)  # added to lengths, as in VLFeat
SLOPE = 0.1821 * 4 / np.pi  # of VLFeat's arc tangent, in bins: its angle is at most 0.01 rad off
TINY = 1e-30


@inlined_helper
def cast_votes(gx, gy, votes, stride, i):
    """Write the votes of a gradient to `votes[i]`, `votes[stride + i]`, …, one for each orientation.

    One goes to an axis and one to a diagonal. How much to which is a polynomial in (|gx| - |gy|) / (|gx| + |gy|), and
    the signs and the larger of the two say where to: no arc tangent, and no branch.
    """
    zero, one, slope = np.float32(0), np.float32(1), np.float32(SLOPE)
    ax, ay = abs(gx), abs(gy)
    magnitude = np.sqrt(gx * gx + gy * gy)
    ratio = abs(ax - ay) / max(ax + ay, np.float32(TINY))
    straight = magnitude * (ratio * (one + slope * (one - ratio * ratio)))
    slanted = max(magnitude - straight, zero)
    along_x = straight if ax >= ay else zero
    along_y = straight if ax < ay else zero
    down = slanted if gy >= zero else zero
    up = slanted if gy < zero else zero
    votes[i] = along_x if gx >= zero else zero
    votes[stride + i] = down if gx >= zero else zero
    votes[2 * stride + i] = along_y if gy >= zero else zero
    votes[3 * stride + i] = down if gx < zero else zero
    votes[4 * stride + i] = along_x if gx < zero else zero
    votes[5 * stride + i] = up if gx < zero else zero
    votes[6 * stride + i] = along_y if gy < zero else zero
    votes[7 * stride + i] = up if gx >= zero else zero
