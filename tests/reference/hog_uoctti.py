"""HOG of Felzenszwalb, Girshick, McAllester and Ramanan (TPAMI 2010, section 6), slowly and plainly in float64.

What the paper leaves open is as in VLFeat's `vl_hog`:

* Pixels at the border do not vote. Of several channels a pixel uses the one of largest gradient, of equal ones the
  first.
* A pixel votes with its magnitude into the direction whose line it is closest to, of two equally close ones the
  first in the order of undirected angles. Directions are rounded to float32, so that ties are exact.
* Cells are shared bilinearly; votes beyond the outer cells are lost. The last cell lies at least half in the image.
* At the border the norm of a cell stands for those that are missing beside it.
"""

import numpy as np
from reference.hog import as_channels_last, strongest_gradients

CLIP = 0.2
EPSILON = 1e-4
TEXTURE = 1 / np.sqrt(18)


def hog(image, orientations=9, pixels_per_cell=(8, 8), transform_sqrt=False, channel_axis=None):
    """Return the cells, of shape (cell rows, cell columns, 3 · orientations + 4)."""
    gx, gy = strongest_gradients(as_channels_last(image, transform_sqrt, channel_axis))
    magnitudes = np.hypot(gx, gy)
    magnitudes[[0, -1]] = 0
    magnitudes[:, [0, -1]] = 0
    votes = (directions(gx, gy, orientations)[..., np.newaxis] == np.arange(2 * orientations)) * magnitudes[..., None]
    row_weights = weights(gx.shape[0], pixels_per_cell[0])
    column_weights = weights(gx.shape[1], pixels_per_cell[1])
    return features(np.einsum("ri,cj,ijk->rck", row_weights, column_weights, votes))


def directions(gx, gy, orientations):
    """Return the direction of each gradient: k for the angle k · π / orientations."""
    angles = np.arange(orientations) * np.pi / orientations
    cosines, sines = (part(angles).round(12).astype(np.float32) for part in (np.cos, np.sin))
    scores = gx[..., np.newaxis] * cosines.astype(float) + gy[..., np.newaxis] * sines.astype(float)
    best = abs(scores).argmax(axis=-1)
    return best + orientations * (np.take_along_axis(scores, best[..., np.newaxis], axis=-1)[..., 0] < 0)


def weights(size, cell_side):
    """Return how much each pixel of an axis counts in each cell."""
    n_cells = (size + cell_side // 2) // cell_side
    distances = (np.arange(size) + 0.5) / cell_side - 0.5 - np.arange(n_cells)[:, np.newaxis]
    return np.maximum(1 - abs(distances), 0)


def features(histograms):
    """Return sums of each cell's values over its four norms, and the four sums over undirected orientations."""
    n_rows, n_columns, n_directions = histograms.shape
    undirected = histograms[..., : n_directions // 2] + histograms[..., n_directions // 2 :]
    energies = np.pad((undirected**2).sum(axis=-1), 1, mode="edge")
    norms = np.sqrt(energies[:-1, :-1] + energies[:-1, 1:] + energies[1:, :-1] + energies[1:, 1:] + EPSILON)
    corners = [norms[i : n_rows + i, j : n_columns + j, np.newaxis] for i in (0, 1) for j in (0, 1)]
    sums = sum(np.minimum(np.concatenate([histograms, undirected], axis=-1) / norm, CLIP) for norm in corners) / 2
    textures = [TEXTURE * np.minimum(undirected / norm, CLIP).sum(axis=-1) for norm in corners]
    return np.concatenate([sums, np.stack(textures, axis=-1)], axis=-1)
