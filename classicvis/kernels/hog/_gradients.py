"""The gradients of one row of pixels of several images side by side, each pixel's from its strongest channel."""

import numpy as np

from classicvis.kernels._jit import helper

LINES = 3  # rows of pixels that a gradient needs: `fill_line` writes row r into lines[r % LINES]
MARGINS = 2  # one pixel more on either side of each image, the mirrored neighbour


@helper
def fill_line(images, row, transform_sqrt, lines):
    """Write a row of pixels of each image, one image after the other, into its line, each channel apart.

    Parameters
    ----------
    images : array of shape (n, h, w, c)
        Any real dtype.
    row : int
        Which row; beyond the last one nothing is written.
    transform_sqrt : bool
        Take the square root of each pixel.
    lines : float array of shape (LINES, c, at least n * (w + MARGINS))
        Its dtype is the one of the arithmetic.
    """
    n_images, n_rows, n_columns, n_channels = images.shape
    if row >= n_rows:
        return
    pitch = n_columns + MARGINS
    for image in range(n_images):
        pixels = images[image, row]
        for channel in range(n_channels):
            line = lines[row % LINES, channel, image * pitch :]
            for column in range(n_columns):
                line[column + 1] = pixels[column, channel]
            if transform_sqrt:
                for column in range(1, n_columns + 1):
                    line[column] = np.sqrt(line[column])
            line[0], line[n_columns + 1] = line[min(2, n_columns)], line[max(n_columns - 1, 1)]


@helper
def fill_gradients(lines, row, shape, gradients):
    """Write gx and gy of a row of all images, those of the channel where they are largest, of equal ones the first.

    They are centred differences; gx is 0 in the first and last column, gy in the first and last row.

    Parameters
    ----------
    lines : float array of shape (LINES, c, at least n * (w + MARGINS))
        Written by `fill_line` for this row and its neighbours.
    row : int
        Which row.
    shape : tuple of int
        Number, rows, columns and channels of the images.
    gradients : float array of shape (2, at least width)
        The result; width is the columns of all images.
    """
    n_images, n_rows, n_columns, n_channels = shape
    below = (row + 1 if row + 1 < n_rows else max(row - 1, 0)) % LINES
    above = (row - 1 if row > 0 else min(1, n_rows - 1)) % LINES
    for image in range(n_images):
        gx, gy = gradients[0, image * n_columns :], gradients[1, image * n_columns :]
        start = image * (n_columns + MARGINS)
        for channel in range(n_channels):
            middle = lines[row % LINES, channel, start:]
            upper, lower = lines[above, channel, start + 1 :], lines[below, channel, start + 1 :]
            if channel == 0:
                for i in range(n_columns):
                    gx[i], gy[i] = middle[i + 2] - middle[i], lower[i] - upper[i]
            else:
                for i in range(n_columns):
                    x, y, old_x, old_y = middle[i + 2] - middle[i], lower[i] - upper[i], gx[i], gy[i]
                    is_larger = x * x + y * y > old_x * old_x + old_y * old_y
                    gx[i] = x if is_larger else old_x
                    gy[i] = y if is_larger else old_y
