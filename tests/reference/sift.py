"""SIFT descriptors of keypoints in a level of a pyramid, slowly and plainly in float64: the kernel's twin.

Written beside Lowe (IJCV 2004, section 6). The rules that the paper leaves open:

* A patch is turned upright and sampled by linear interpolation, four samples a cell; outside of the level the nearest
  pixel stands for what is missing.
* Derivatives are those of the cubic through four neighbours, and zero on the level's border and outside of it.
* Orientations are relative to the keypoint's, anticlockwise as seen on a screen; angles, windows, pooling and
  normalising are those of dense SIFT.
"""

import numpy as np
from reference import dense_sift

SAMPLES = np.arange(-11, 12)  # of a line of a patch, of which the outer two at both ends are for derivatives
SPACING = 4  # samples from one cell to the next


def descriptor(level, row, column, width, angle, norm="l2"):
    """Return the 128 values of a keypoint with cells of `width` pixels, turned by `angle` in radians."""
    patch, is_inside = upright_patch(np.asarray(level, np.float64), row, column, width, angle)
    gx, gy = derivative(patch.T).T[2:-2], -derivative(patch)[:, 2:-2]
    gx, gy = (np.where(is_inside[2:-2, 2:-2], g, 0) for g in (gx, gy))
    planes = votes(gx, gy)
    offsets = np.arange(1 - SPACING, SPACING)
    weights = [dense_sift.weights(offsets, SPACING, "gaussian", cell) for cell in range(4)]
    cells = np.zeros((4, 4, 8))
    for i, j in np.ndindex(4, 4):
        part = planes[:, SPACING * i : SPACING * i + 7, SPACING * j : SPACING * j + 7]
        cells[i, j] = np.einsum("orc,r,c->o", part, weights[i], weights[j])
    return dense_sift.normalised(cells.reshape(1, 128), norm)[0]


def upright_patch(level, row, column, width, angle):
    """Return the samples of the patch, and which of them lie in the level, off its border."""
    down, right = np.meshgrid(SAMPLES, SAMPLES, indexing="ij")
    spacing = width / SPACING
    y = row + spacing * (down * np.cos(angle) - right * np.sin(angle))
    x = column + spacing * (down * np.sin(angle) + right * np.cos(angle))
    bottom, right_end = level.shape[0] - 1, level.shape[1] - 1
    is_inside = (y > 0) & (y < bottom) & (x > 0) & (x < right_end)
    y, x = y.clip(0, bottom), x.clip(0, right_end)
    top, left = np.minimum(y.astype(int), bottom - 1), np.minimum(x.astype(int), right_end - 1)
    dy, dx = y - top, x - left
    upper = (1 - dx) * level[top, left] + dx * level[top, left + 1]
    lower = (1 - dx) * level[top + 1, left] + dx * level[top + 1, left + 1]
    return (1 - dy) * upper + dy * lower, is_inside


def derivative(values):
    """Return the derivative along the first axis where there are two neighbours on either side."""
    return (8 * (values[3:-1] - values[1:-3]) - (values[4:] - values[:-4])) / 12


def votes(gx, gy):
    """Return the votes of gradients for each orientation, of shape (8, rows, columns)."""
    angles = np.mod(dense_sift.arc_tangent(gy, gx), 2 * np.pi) * 4 / np.pi
    differences = np.abs(angles - np.arange(8)[:, None, None])
    shares = np.maximum(1 - np.minimum(differences, 8 - differences), 0)
    return shares * np.hypot(gx, gy)
