"""Patches of images: sampled, contrast-normalised, whitened; and the pooled codes of all patches of an image."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from classicvis.features._cells import cell_edges
from classicvis.features.patches._dictionary import with_length_one
from classicvis.kernels.patches import LANES, normalise_contrast, pool_soft_thresholds, pool_triangles

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
    mirror: bool
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

    def encode(self, images, out):
        """Compute the pooled codes of images.

        Parameters
        ----------
        images : ndarray of shape (n, n_rows, n_columns, n_channels)
            Images of one size.
        out : ndarray of shape (n, n_cells * n_codes), float32
            Where to write the mean codes of each cell.
        """
        n_cells = self.grid[0] * self.grid[1]
        views = [images, images[:, :, ::-1]] if self.mirror else [images]
        views = [pad_to_patches(view, self.patch_size, self.stride, self.grid) for view in views]
        shape = patch_grid(views[0].shape[1:3], self.patch_size, self.stride)
        cells = _cells_of_patches(shape, self.grid)
        counts = len(views) * np.bincount(cells.ravel(), minlength=n_cells).astype(np.float32)
        work = _Work(views[0].shape[1:], shape, self)
        for i, row in enumerate(out):
            sums = row.reshape(n_cells, self.n_codes)
            sums[:] = 0
            for view in views:
                self._add_codes(view[i], cells, work, sums)
            sums /= counts[:, None]
        return out

    def _add_codes(self, image, cells, work, sums):
        """Add the codes of all patches of an image to the sums of their cells."""
        np.multiply(np.moveaxis(image, 2, 0), self.scale, out=work.planes, casting="same_kind")
        for top in range(0, len(cells), work.n_rows):
            strip = slice(top, top + work.n_rows)
            products = self._products(work, strip)
            here = cells[strip].ravel()
            if self.encoder == "triangle":
                pool_triangles(products, here, work.lanes, sums)
            else:
                pool_soft_thresholds(products, here, np.float32(self.threshold), sums)

    def _products(self, work, strip):
        """Return the squared distances, or the products, of some rows of patches and the atoms."""
        windows = work.windows[..., strip, :]
        n_values, n_patches = math.prod(windows.shape[:3]), math.prod(windows.shape[3:])
        coordinates = work.coordinates(n_patches)
        patches = coordinates[:n_values] if self.whitening is None else work.patches(n_patches)
        patches.reshape(windows.shape)[:] = windows
        normalise_contrast(patches, np.float32(self.contrast), *work.statistics(n_patches))
        if self.whitening is not None:
            whitened = np.matmul(self.whitening, patches, out=coordinates[:n_values])
            np.einsum("ij,ij->j", whitened, whitened, out=coordinates[n_values + 1])
        coordinates[n_values] = 1
        return np.matmul(coordinates.T, self.matrix, out=work.products(n_patches))


class _Work:
    """Memory that is used again for every strip of every image.

    Attributes
    ----------
    planes : ndarray of shape (n_channels, n_rows, n_columns), float32
        Where an image goes.
    windows : ndarray
        A view of its patches: row, column and channel of the value, then row and column of the patch.
    n_rows : int
        Rows of patches in a strip.
    lanes : ndarray of shape (LANES,), float32
        Scratch of a kernel.
    """

    def __init__(self, image_shape, shape, encoder):
        n_values = encoder.patch_size**2 * image_shape[2]
        n_coordinates, n_atoms = encoder.matrix.shape
        self.n_rows = min(shape[0], max(1, VALUES_AT_A_TIME // (max(n_values, n_atoms) * shape[1])))
        n_patches = self.n_rows * shape[1]
        self.planes = np.empty((image_shape[2], *image_shape[:2]), np.float32)
        side, stride = encoder.patch_size, encoder.stride
        windows = sliding_window_view(self.planes, (side, side), axis=(1, 2))[:, ::stride, ::stride]
        self.windows = windows.transpose(3, 4, 0, 1, 2)
        self.lanes = np.empty(LANES, np.float32)
        self._sizes = n_values, n_coordinates, n_atoms
        self._patches = np.empty(n_patches * n_values, np.float32)
        self._coordinates = np.empty(n_patches * n_coordinates, np.float32)
        self._products = np.empty(n_patches * n_atoms, np.float32)
        self._statistics = np.empty((2, n_patches), np.float32)

    def patches(self, n_patches):
        return self._patches[: n_patches * self._sizes[0]].reshape(-1, n_patches)

    def coordinates(self, n_patches):
        return self._coordinates[: n_patches * self._sizes[1]].reshape(-1, n_patches)

    def products(self, n_patches):
        return self._products[: n_patches * self._sizes[2]].reshape(n_patches, -1)

    def statistics(self, n_patches):
        return self._statistics[:, :n_patches]


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
    pixels = np.moveaxis(windows[places], 1, 3)
    patches = np.multiply(pixels, scale, out=np.empty(pixels.shape, np.float32), casting="same_kind")
    return patches.reshape(len(patches), -1)


def with_even_contrast(patches, contrast):
    """Return patches of shape (n_patches, n_values), float32, with mean 0 and, but for `contrast`, variance 1."""
    side_by_side = np.ascontiguousarray(patches.T)
    normalise_contrast(side_by_side, np.float32(contrast), *np.empty((2, len(patches)), np.float32))
    return np.ascontiguousarray(side_by_side.T)


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
