"""Patches of images: sampled, contrast-normalised, whitened; and the pooled codes of all patches of an image."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..kernels._patches import LANES, pool_soft_thresholds, pool_triangles
from ._cells import cell_edges
from ._patch_dictionary import with_length_one

ENCODERS = ("triangle", "soft_threshold")
VALUES_AT_A_TIME = 2**20  # float32 values of patches or products, about; fewer make products slower
ROWS_IN_DOUBLE = 4096  # patches whose covariance is summed at a time


@dataclass(frozen=True)
class PatchEncoder:
    """What is needed to turn images into pooled codes; all arrays are float32.

    `whitening` is None where it is folded into `matrix`. `matrix` has, below the atoms, what homogeneous coordinates
    add: with the triangle encoder, products are squared distances.
    """

    patch_size: int
    stride: int
    grid: tuple
    scale: float
    contrast: float
    encoder: str
    threshold: float
    whitening: np.ndarray | None
    matrix: np.ndarray

    @classmethod
    def from_dictionary(cls, mean, whitening, atoms, *, encoder, **settings):
        """Fold the mean, and where it can be the whitening, into the matrix that patches are multiplied with."""
        shift = whitening @ mean
        if encoder == "triangle":  # |z - c|² = |z|² - 2 z·c + |c|², of z and c shifted alike
            shifted = (atoms + shift).T
            squares = np.square(shifted).sum(axis=0, keepdims=True)
            matrix = np.concatenate([-2 * shifted, squares, np.ones_like(squares)])
            kept = whitening.astype(np.float32)
        else:
            atoms = with_length_one(atoms)
            matrix = np.concatenate([whitening @ atoms.T, -(atoms @ shift)[None]])
            kept = None
        return cls(encoder=encoder, whitening=kept, matrix=matrix.astype(np.float32), **settings)

    @property
    def n_codes(self):
        """Number of values in a cell."""
        n_atoms = self.matrix.shape[1]
        return n_atoms if self.encoder == "triangle" else 2 * n_atoms

    def encode(self, images, out=None):
        """Compute the pooled codes of images.

        Parameters
        ----------
        images : ndarray of shape (n, n_rows, n_columns, n_channels)
            Images of one size.
        out : ndarray of shape (n, n_cells * n_codes), float32, default=None
            Where to write the result.

        Returns
        -------
        out : ndarray of shape (n, n_cells * n_codes), float32
            The mean codes of each cell.
        """
        n_cells = self.grid[0] * self.grid[1]
        if out is None:
            out = np.empty((len(images), n_cells * self.n_codes), np.float32)
        images = pad_to_patches(images, self.patch_size, self.stride, self.grid)
        shape = patch_grid(images.shape[1:3], self.patch_size, self.stride)
        cells = _cells_of_patches(shape, self.grid)
        counts = np.bincount(cells.ravel(), minlength=n_cells).astype(np.float32)
        n_values = self.patch_size**2 * images.shape[3]
        step = max(1, VALUES_AT_A_TIME // (max(n_values, self.matrix.shape[1]) * shape[1]))
        work = _Work(step * shape[1], n_values, *self.matrix.shape)
        for image, row in zip(images, out, strict=True):
            planes = scaled(np.moveaxis(image, 2, 0), self.scale)
            sums = row.reshape(n_cells, self.n_codes)
            sums[:] = 0
            for top in range(0, shape[0], step):
                bottom = min(top + step, shape[0])
                products = self._products(planes, top, bottom, work)
                here = cells[top:bottom].ravel()
                if self.encoder == "triangle":
                    pool_triangles(products, here, work.lanes, sums)
                else:
                    pool_soft_thresholds(products, here, np.float32(self.threshold), sums)
            sums /= counts[:, None]
        return out

    def _products(self, planes, top, bottom, work):
        """Return the squared distances, or the products, of some rows of patches and the atoms."""
        size, stride = self.patch_size, self.stride
        lines = planes[:, top * stride : (bottom - 1) * stride + size]
        windows = sliding_window_view(lines, (size, size), axis=(1, 2))[:, ::stride, ::stride]
        windows = windows.transpose(3, 4, 0, 1, 2)  # row, column and channel of the patch, then where it lies
        n_patches = windows.shape[3] * windows.shape[4]
        n_values = size * size * len(planes)
        coordinates = work.coordinates(n_patches)
        patches = coordinates[:n_values] if self.whitening is None else work.patches(n_patches)
        patches.reshape(windows.shape)[:] = windows
        normalise_contrast(patches, self.contrast)
        if self.whitening is not None:
            whitened = np.matmul(self.whitening, patches, out=coordinates[:n_values])
            np.einsum("ij,ij->j", whitened, whitened, out=coordinates[n_values + 1])
        coordinates[n_values] = 1
        return np.matmul(coordinates.T, self.matrix, out=work.products(n_patches))


class _Work:
    """Memory that is used again for every strip of an image."""

    def __init__(self, n_patches, n_values, n_coordinates, n_atoms):
        self._sizes = n_values, n_coordinates, n_atoms
        self._patches = np.empty(n_patches * n_values, np.float32)
        self._coordinates = np.empty(n_patches * n_coordinates, np.float32)
        self._products = np.empty(n_patches * n_atoms, np.float32)
        self.lanes = np.empty(LANES, np.float32)

    def patches(self, n_patches):
        return self._patches[: n_patches * self._sizes[0]].reshape(-1, n_patches)

    def coordinates(self, n_patches):
        return self._coordinates[: n_patches * self._sizes[1]].reshape(-1, n_patches)

    def products(self, n_patches):
        return self._products[: n_patches * self._sizes[2]].reshape(n_patches, -1)


def patch_grid(shape, patch_size, stride):
    """Return how many rows and columns of patches an image has."""
    return tuple((size - patch_size) // stride + 1 for size in shape)


def pad_to_patches(images, patch_size, stride, grid):
    """Repeat the edge of images at the bottom and on the right until each cell of the grid has a patch."""
    least = [patch_size + (n_cells - 1) * stride for n_cells in grid]
    padding = [max(0, least[i] - images.shape[1 + i]) for i in range(2)]
    if not any(padding):
        return images
    return np.pad(images, ((0, 0), (0, padding[0]), (0, padding[1]), (0, 0)), mode="edge")


def scaled(pixels, scale):
    """Return pixel values times `scale`, multiplied in their own precision, as contiguous float32."""
    return np.multiply(pixels, scale, out=np.empty(pixels.shape, np.float32), casting="same_kind")


def sample_patches(images, patch_size, n_patches, scale, random):
    """Return patches spread evenly over images, at random places; or all, where there are no more than asked for.

    Parameters
    ----------
    images : ndarray of shape (n, n_rows, n_columns, n_channels)
        Images of at least one patch.
    patch_size, n_patches : int
        Pixels on a side, and how many patches to return at most.
    scale : float
        What pixel values are multiplied with.
    random : RandomState
        Draws the places.

    Returns
    -------
    patches : ndarray of shape (n_patches, patch_size * patch_size * n_channels), float32
        Pixel values by row, column and channel.
    """
    windows = sliding_window_view(images, (patch_size, patch_size), axis=(1, 2))
    shape = windows.shape[:3]
    n_all = int(np.prod(shape))
    if n_all <= n_patches:
        places = np.unravel_index(np.arange(n_all), shape)
    else:
        chosen = np.sort(np.resize(random.permutation(len(images)), n_patches))
        places = chosen, *(random.randint(size, size=n_patches) for size in shape[1:])
    patches = scaled(np.moveaxis(windows[places], 1, 3), scale)
    return patches.reshape(len(patches), -1)


def normalise_contrast(patches, contrast):
    """Take the mean from patches and divide by their standard deviation, in place (section 3.1.1).

    Parameters
    ----------
    patches : ndarray of shape (n_values, n_patches), float32
        Patches side by side.
    contrast : float
        Added to the variance, so that flat patches stay flat.
    """
    patches -= patches.mean(axis=0)
    variances = np.einsum("ij,ij->j", patches, patches)
    variances /= len(patches)
    variances += np.float32(contrast)
    patches /= np.sqrt(variances)


def learn_whitening(patches, epsilon):
    """Return the mean of patches and their ZCA whitening matrix, in float64.

    Parameters
    ----------
    patches : ndarray of shape (n_patches, n_values), float32
        Contrast-normalised patches.
    epsilon : float
        Added to the eigenvalues of their covariance, so that noise is not blown up.

    Returns
    -------
    mean : ndarray of shape (n_values,)
        The mean.
    whitening : ndarray of shape (n_values, n_values)
        ``V (D + epsilon)^(-1/2) V'``, symmetric.
    """
    mean = patches.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((len(mean), len(mean)))
    for start in range(0, len(patches), ROWS_IN_DOUBLE):
        centred = patches[start : start + ROWS_IN_DOUBLE] - mean
        covariance += centred.T @ centred
    values, vectors = np.linalg.eigh(covariance / len(patches))
    return mean, (vectors / np.sqrt(np.maximum(values, 0) + epsilon)) @ vectors.T


def _cells_of_patches(shape, grid):
    """Return the number of the cell of each patch."""
    row, column = (
        np.searchsorted(cell_edges(size, n_cells), np.arange(size), side="right") - 1
        for size, n_cells in zip(shape, grid, strict=True)
    )
    return row[:, None] * grid[1] + column
