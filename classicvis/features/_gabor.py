"""Banks of Gabor filters as banded matrices, and the magnitudes of their responses, pooled over cells."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..kernels._gabor import sum_magnitudes
from ._cells import cell_edges

BORDERS = {"reflect": "symmetric", "nearest": "edge", "mirror": "reflect", "wrap": "wrap", "constant": None}
POOLINGS = {"mean_std": 2, "mean": 1}  # and how many statistics each takes
LARGEST_REACH = 2000  # pixels from the middle of a filter to its end
BLOCK = 32  # pixels that a block of a banded matrix gives; larger ones multiply more zeros, smaller ones have overhead
VALUES_AT_A_TIME = 2**18  # products of images and filters in memory, about, so that small images share overhead


@dataclass(frozen=True)
class Block:
    """Some rows of a banded matrix: what turns the pixels of `window` into the responses of `part`."""

    window: slice
    part: slice
    matrix: np.ndarray


def gaussian_width(frequency, bandwidth, sigma):
    """Return the standard deviation of a filter's Gaussian: `sigma`, or what gives a bandwidth in octaves."""
    if sigma is not None:
        return float(sigma)
    ratio = (2.0**bandwidth + 1) / (2.0**bandwidth - 1)
    return math.sqrt(math.log(2) / 2) / math.pi * ratio / frequency


def filter_taps(frequency, orientations, sigma, n_stds):
    """Return the separable parts of the filters at the angles from 0° to 90°.

    Parameters
    ----------
    frequency, sigma, n_stds : float
        As scikit-image's `gabor_kernel` takes them.
    orientations : int
        Angles in the half circle.

    Returns
    -------
    along_columns, along_rows : ndarray of shape (orientations // 2 + 1, 2, 2 * reach + 1)
        Of each filter the cosine (0) and the sine (1), weighed by the Gaussian.
    """
    angles = np.pi * np.arange(orientations // 2 + 1) / orientations
    directions = np.sin(angles), np.cos(angles)
    reaches = np.ceil(np.maximum(n_stds * sigma * np.abs(directions).max(axis=0), 1)).astype(int)
    offsets = np.arange(-reaches.max(), reaches.max() + 1)
    envelope = np.exp(-0.5 * (offsets / sigma) ** 2) / (math.sqrt(2 * np.pi) * sigma)
    envelope = envelope * (np.abs(offsets) <= reaches[:, None])
    phases = [2 * np.pi * frequency * direction[:, None] * offsets for direction in directions]
    return tuple(np.stack([envelope * np.cos(phase), envelope * np.sin(phase)], axis=1) for phase in phases)


def banded_blocks(taps, size, mode):
    """Return filters along an axis as the blocks of a banded matrix, with the border folded into them.

    Parameters
    ----------
    taps : ndarray of shape (n_pairs, 2, 2 * reach + 1)
        The filters.
    size : int
        Pixels of the axis.
    mode : str
        A key of `BORDERS`.

    Returns
    -------
    blocks : list of Block
        `matrix` has the shape (n_pairs, 2, pixels of part, pixels of window).
    """
    reach = taps.shape[-1] // 2
    sources = _sources(size, reach, mode)
    blocks = []
    for start in range(0, size, BLOCK):
        part = slice(start, min(start + BLOCK, size))
        n_pixels = part.stop - start
        near = sources[start : part.stop + 2 * reach]
        low, high = near[near >= 0].min(), near.max() + 1
        padded = np.pad(taps, ((0, 0), (0, 0), (n_pixels - 1, n_pixels - 1)))
        band = sliding_window_view(padded, len(near), axis=-1)[..., ::-1, :]
        is_border = high - low < len(near) or near[0] != low or (np.diff(near) != 1).any()
        matrix = band @ (near[:, None] == np.arange(low, high)).astype(np.float64) if is_border else band
        blocks.append(Block(slice(int(low), int(high)), part, matrix))
    return blocks


def _sources(size, reach, mode):
    """Return the pixel that is seen at each position from -reach to size + reach; -1 where there is 0."""
    if mode == "constant":
        return np.pad(np.arange(size), reach, constant_values=-1)
    return np.pad(np.arange(size), reach, mode=BORDERS[mode])


class PooledGaborBank:
    """Filters for images of one size and precision, and the grid that their responses are pooled over.

    Parameters
    ----------
    shape : tuple of (int, int)
        Rows and columns of an image; at least one pixel a cell.
    dtype : dtype
        float32 or float64: what is computed in, but for sums, which are always float64.
    frequencies : list of float
        Cycles a pixel.
    orientations : int
        Angles in the half circle.
    bandwidth, sigma, n_stds : float
        As in `GaborTransformer`.
    mode, pooling : str
        As in `GaborTransformer`.
    grid : tuple of (int, int)
        Rows and columns of cells.
    """

    def __init__(self, shape, dtype, frequencies, orientations, *, bandwidth, sigma, n_stds, mode, pooling, grid):
        self.dtype = np.dtype(dtype)
        self._scales = []
        for frequency in frequencies:
            taps = filter_taps(frequency, orientations, gaussian_width(frequency, bandwidth, sigma), n_stds)
            down, across = (banded_blocks(each, size, mode) for each, size in zip(taps, shape, strict=True))
            down = [self._with_matrix(block, block.matrix.reshape(-1, block.matrix.shape[-1])) for block in down]
            across = [self._with_matrix(block, block.matrix.swapaxes(-1, -2)) for block in across]
            self._scales.append((down, across))
        angles = np.arange(orientations)
        self._mirrored = (2 * angles > orientations).astype(int)
        self._pair = np.minimum(angles, orientations - angles)
        self._n_statistics = POOLINGS[pooling]
        row_edges, self._column_edges = (cell_edges(size, n) for size, n in zip(shape, grid, strict=True))
        self._cells_of_rows = np.repeat(np.arange(grid[0]), np.diff(row_edges))
        self._counts = np.outer(np.diff(row_edges), np.diff(self._column_edges))

    def _with_matrix(self, block, matrix):
        return Block(block.window, block.part, np.ascontiguousarray(matrix, dtype=self.dtype))

    def describe(self, images, out):
        """Write the statistics of images.

        Parameters
        ----------
        images : ndarray of shape (n, n_rows, n_columns)
            The images.
        out : ndarray of shape (n, n_features)
            By frequency, orientation, statistic, row and column of cells.
        """
        n_values = len(self._pair) * 2 * images.shape[2] * min(BLOCK, images.shape[1])
        step = max(1, VALUES_AT_A_TIME // n_values)
        for first in range(0, len(images), step):
            some, rows = images[first : first + step], out[first : first + step]
            self._describe(np.ascontiguousarray(some, dtype=self.dtype), rows)

    def _describe(self, images, out):
        largest = np.maximum(images.max(axis=(1, 2)), -images.min(axis=(1, 2)))
        exponents = np.frexp(largest)[1]
        images = np.ldexp(images, -exponents[:, None, None])  # exact, so that squares neither overflow nor vanish
        out = out.reshape(len(images), len(self._scales), len(self._pair), self._n_statistics, *self._counts.shape)
        for i, blocks in enumerate(self._scales):
            sums = self._summed(images, *blocks)[:, self._pair, self._mirrored]
            means, squares = np.moveaxis(sums / self._counts, 2, 0)
            statistics = [means, np.sqrt(np.maximum(squares - means * means, 0))][: self._n_statistics]
            out[:, i] = np.ldexp(np.stack(statistics, axis=2), exponents[:, None, None, None, None])

    def _summed(self, images, down, across):
        """Return the sums of the magnitudes in each cell, and of their squares, for one frequency."""
        n_images, _, n_columns = images.shape
        n_pairs = len(across[0].matrix)
        sums = np.zeros((n_images, n_pairs, 2, 2, len(self._counts), n_columns))
        for rows in down:
            strips = (rows.matrix @ images[:, rows.window]).reshape(n_images, n_pairs, 1, -1, n_columns)
            products = np.empty((n_images, n_pairs, 2, *strips.shape[3:]), self.dtype)
            for columns in across:
                np.matmul(strips[..., columns.window], columns.matrix, out=products[..., columns.part])
            products = products.reshape(-1, 2, 2, strips.shape[3] // 2, n_columns)
            sum_magnitudes(products, self._cells_of_rows[rows.part], sums.reshape(-1, *sums.shape[2:]))
        return np.add.reduceat(sums, self._column_edges[:-1], axis=-1)
