"""Codes of patches, pooled: what is done to the products of patches and dictionary (Coates, Lee and Ng, 2011)."""

import numpy as np

from classicvis.kernels._jit import kernel

LANES = 64  # sums that are kept side by side, since the order of a single sum would not let it be vectorised


@kernel
def pool_triangles(squares, cells, lanes, out):
    """Add to `out` the triangle codes max(0, mean(z) - z) of patches at distances z from the atoms (section 3.2.2).

    Parameters
    ----------
    squares : float32 array of shape (n_patches, n_atoms)
        Squared distances; those that rounding has made negative count as 0. Holds the distances afterwards.
    cells : int array of shape (n_patches,)
        The cell that each patch is pooled into.
    lanes : float32 array of shape (LANES,)
        Scratch.
    out : float32 array of shape (n_cells, n_atoms)
        The sums of the codes of each cell.
    """
    n_atoms = squares.shape[1]
    whole = n_atoms // LANES * LANES
    zero = np.float32(0)
    for i in range(len(squares)):
        distances, sums = squares[i], out[cells[i]]
        for j in range(LANES):
            lanes[j] = 0
        for start in range(0, whole, LANES):
            for j in range(LANES):
                distance = np.sqrt(max(distances[start + j], zero))
                distances[start + j] = distance
                lanes[j] += distance
        total = zero
        for j in range(whole, n_atoms):
            distances[j] = np.sqrt(max(distances[j], zero))
            total += distances[j]
        for j in range(0, LANES, 4):
            total += (lanes[j] + lanes[j + 1]) + (lanes[j + 2] + lanes[j + 3])
        mean = total / np.float32(n_atoms)
        for j in range(n_atoms):
            sums[j] += max(mean - distances[j], zero)


@kernel
def pool_soft_thresholds(products, cells, threshold, out):
    """Add to `out` the codes max(0, x - threshold) and max(0, -x - threshold) of products x (Coates and Ng, 2011).

    Parameters
    ----------
    products : float32 array of shape (n_patches, n_atoms)
        Products of patches and atoms.
    cells : int array of shape (n_patches,)
        The cell that each patch is pooled into.
    threshold : float32
        Products up to here give no code.
    out : float32 array of shape (n_cells, 2 * n_atoms)
        The sums of the codes of each cell: those of positive products, then those of negative ones.
    """
    n_atoms = products.shape[1]
    zero = np.float32(0)
    for i in range(len(products)):
        line = products[i]
        positive, negative = out[cells[i], :n_atoms], out[cells[i], n_atoms:]
        for j in range(n_atoms):
            positive[j] += max(line[j] - threshold, zero)
            negative[j] += max(-line[j] - threshold, zero)


@kernel
def normalise_contrast(patches, contrast, means, deviations):
    """Take the mean from patches and divide by their standard deviation, in place (section 3.1.1).

    Parameters
    ----------
    patches : float32 array of shape (n_values, n_patches)
        Patches side by side.
    contrast : float32
        Added to the variance, so that flat patches stay flat.
    means, deviations : float32 arrays of shape (n_patches,)
        Hold the means and deviations afterwards.
    """
    n_values, n_patches = patches.shape
    size = np.float32(n_values)
    for j in range(n_patches):
        means[j] = 0
        deviations[j] = 0
    for i in range(n_values):
        line = patches[i]
        for j in range(n_patches):
            means[j] += line[j]
    for j in range(n_patches):
        means[j] /= size
    for i in range(n_values):
        line = patches[i]
        for j in range(n_patches):
            difference = line[j] - means[j]
            line[j] = difference
            deviations[j] += difference * difference
    for j in range(n_patches):
        deviations[j] = np.sqrt(deviations[j] / size + contrast)
    for i in range(n_values):
        line = patches[i]
        for j in range(n_patches):
            line[j] /= deviations[j]
