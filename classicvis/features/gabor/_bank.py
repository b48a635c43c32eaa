"""Banks of Gabor filters as banded matrices, and the magnitudes of their responses, pooled over cells."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from classicvis.features._cells import cell_edges
from classicvis.kernels.gabor import sum_magnitudes

BORDERS = {"reflect": "symmetric", "nearest": "edge", "mirror": "reflect", "wrap": "wrap", "constant": None}
POOLINGS = {"mean_std": 2, "mean": 1}  # and how many statistics each takes
LARGEST_REACH = 2000  # pixels from the middle of a filter to its end
BLOCK = 32  # pixels that a block of a banded matrix gives; larger ones multiply more zeros, smaller ones have overhead
VALUES_AT_A_TIME = 2**18  # products of images and filters in memory, about; small images share overhead


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


def banded_blocks(taps, size, mode, finish):
    """Return filters along an axis as the blocks of a banded matrix, with the border folded into them.

    Parameters
    ----------
    taps : ndarray of shape (n_pairs, 2, 2 * reach + 1)
        The filters.
    size : int
        Pixels of the axis.
    mode : str
        A key of `BORDERS`.
    finish : callable
        Takes a matrix of shape (n_pairs, 2, pixels of part, pixels of window), and returns what a block is to hold.

    Returns
    -------
    blocks : list of Block
        From first to last pixel. Those away from the border share a matrix.
    """
    reach = taps.shape[-1] // 2
    sources = _sources(size, reach, mode)
    inner = finish(_band(taps, BLOCK))
    blocks = []
    for start in range(0, size, BLOCK):
        part = slice(start, min(start + BLOCK, size))
        seen = sources[start : part.stop + 2 * reach]
        low, high = int(seen[seen >= 0].min()), int(seen.max()) + 1
        is_inner = reach <= start and part.stop + reach <= size
        fold = (seen[:, None] == np.arange(low, high)).astype(np.float64)
        matrix = inner if is_inner else finish(_band(taps, part.stop - start) @ fold)
        blocks.append(Block(slice(low, high), part, matrix))
    return blocks


def _band(taps, n_pixels):
    """Return the matrices that filter a line of pixels that goes on for `reach` on both sides."""
    padded = np.pad(taps, ((0, 0), (0, 0), (n_pixels - 1, n_pixels - 1)))
    return sliding_window_view(padded, n_pixels - 1 + taps.shape[-1], axis=-1)[..., ::-1, :]


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
            down = banded_blocks(taps[0], shape[0], mode, self._from_the_left)
            across = banded_blocks(taps[1], shape[1], mode, self._from_the_right)
            self._scales.append((down, across))
        angles = np.arange(orientations)
        self._mirrored = (2 * angles > orientations).astype(int)
        self._pair = np.minimum(angles, orientations - angles)
        self._n_pairs = orientations // 2 + 1
        self._n_statistics = POOLINGS[pooling]
        row_edges, self._column_edges = (cell_edges(size, n) for size, n in zip(shape, grid, strict=True))
        self._cells_of_rows = np.repeat(np.arange(grid[0]), np.diff(row_edges))
        self._counts = np.outer(np.diff(row_edges), np.diff(self._column_edges))

    def _from_the_left(self, matrix):
        return np.ascontiguousarray(matrix.reshape(-1, matrix.shape[-1]), dtype=self.dtype)

    def _from_the_right(self, matrix):
        return np.ascontiguousarray(matrix.swapaxes(-1, -2), dtype=self.dtype)

    def describe(self, images, out):
        """Write the statistics of images.

        Parameters
        ----------
        images : ndarray of shape (n, n_rows, n_columns)
            The images.
        out : ndarray of shape (n, n_features)
            By frequency, orientation, statistic, row and column of cells.
        """
        n_values = self._n_pairs * 2 * min(BLOCK, images.shape[1]) * images.shape[2]
        step = min(len(images), max(1, VALUES_AT_A_TIME // (2 * n_values)))
        work = np.empty(step * n_values, self.dtype), np.empty(step * 2 * n_values, self.dtype)
        for first in range(0, len(images), step):
            some, rows = images[first : first + step], out[first : first + step]
            self._describe(np.ascontiguousarray(some, dtype=self.dtype), rows, work)

    def _describe(self, images, out, work):
        largest = np.maximum(images.max(axis=(1, 2)), -images.min(axis=(1, 2)))
        exponents = np.frexp(largest)[1]
        images = np.ldexp(images, -exponents[:, None, None])  # exact, so that squares neither overflow nor vanish
        out = out.reshape(len(images), len(self._scales), len(self._pair), self._n_statistics, *self._counts.shape)
        for i, blocks in enumerate(self._scales):
            sums = self._summed(images, *blocks, *work)[:, self._pair, self._mirrored]
            means, squares = np.moveaxis(sums / self._counts, 2, 0)
            statistics = [means, np.sqrt(np.maximum(squares - means * means, 0))][: self._n_statistics]
            out[:, i] = np.ldexp(np.stack(statistics, axis=2), exponents[:, None, None, None, None])

    def _summed(self, images, down, across, strip_work, product_work):
        """Return the sums of the magnitudes in each cell, and of their squares, for one frequency."""
        n_images, _, n_columns = images.shape
        sums = np.zeros((n_images * self._n_pairs, 2, 2, len(self._counts), n_columns))
        for rows in down:
            strips = _shaped(strip_work, n_images, len(rows.matrix), n_columns)
            np.matmul(rows.matrix, images[:, rows.window], out=strips)
            strips = strips.reshape(n_images, self._n_pairs, 1, -1, n_columns)
            products = _shaped(product_work, n_images, self._n_pairs, 2, strips.shape[3], n_columns)
            for columns in across:
                np.matmul(strips[..., columns.window], columns.matrix, out=products[..., columns.part])
            products = products.reshape(len(sums), 2, 2, -1, n_columns)
            sum_magnitudes(products, self._cells_of_rows[rows.part], sums)
        sums = np.add.reduceat(sums, self._column_edges[:-1], axis=-1)
        return sums.reshape(n_images, self._n_pairs, *sums.shape[1:])


def _shaped(work, *shape):
    """Return the first values of a flat array in another shape."""
    return work[: math.prod(shape)].reshape(shape)
