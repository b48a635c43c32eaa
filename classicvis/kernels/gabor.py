"""Magnitudes of the responses to pairs of Gabor filters that mirror each other, summed along columns."""

import numpy as np

from classicvis.kernels._jit import inlined_helper, kernel


@kernel
def sum_magnitudes(products, cells_of_rows, out):
    """Add magnitudes, and their squares, of some rows of pixels to the sums of the cells that the rows lie in.

    A filter at angle t is (C + iS)(c + is) where C and S are a cosine and a sine along a row, c and s along a column;
    at 180° - t it is (C - iS)(c + is), up to conjugation. So four real products give the responses to both.

    Parameters
    ----------
    products : float32 or float64 array of shape (n_pairs, 2, 2, n_rows, n_columns)
        Images filtered by C (0) or S (1), and by c (0) or s (1).
    cells_of_rows : int array of shape (n_rows,)
        The row of cells that each row of pixels belongs to.
    out : float64 array of shape (n_pairs, 2, 2, n_cell_rows, n_columns)
        At t (0) and at 180° - t (1): the sums of magnitudes (0) and of their squares (1).
    """
    for pair in range(products.shape[0]):
        for row in range(products.shape[3]):
            cell = cells_of_rows[row]
            add_magnitudes(
                products[pair, 0, 0, row],
                products[pair, 0, 1, row],
                products[pair, 1, 0, row],
                products[pair, 1, 1, row],
                out[pair, 0, :, cell],
                out[pair, 1, :, cell],
            )


@inlined_helper
def add_magnitudes(cos_cos, cos_sin, sin_cos, sin_sin, sums, sums_of_mirrored):
    """Add the magnitudes of the responses to a wave, and to its mirror image, to the sums of a row."""
    for column in range(cos_cos.size):
        real, imaginary = cos_cos[column] - sin_sin[column], cos_sin[column] + sin_cos[column]
        magnitude = np.float64(np.sqrt(real * real + imaginary * imaginary))
        sums[0, column] += magnitude
        sums[1, column] += magnitude * magnitude
        real, imaginary = cos_cos[column] + sin_sin[column], cos_sin[column] - sin_cos[column]
        magnitude = np.float64(np.sqrt(real * real + imaginary * imaginary))
        sums_of_mirrored[0, column] += magnitude
        sums_of_mirrored[1, column] += magnitude * magnitude
