"""Shrinking an image: each new pixel is the mean of the area that it covers."""

import numpy as np

from classicvis.kernels._jit import helper, kernel


@kernel
def average_areas(image, out):
    """Fill `out` with the means of the areas that its pixels cover in `image`.

    Rows come first, since whole rows vectorise; only the few rows that remain are then averaged along
    columns. Sums are in single precision.

    Parameters
    ----------
    image : uint8 array of shape (n_rows, n_cols, n_channels)
        The large image.
    out : uint8 array of shape (m_rows, m_cols, n_channels)
        With at most as many rows and columns. Rounded to the nearest integer, halves up.
    """
    n_rows, n_cols, n_channels = image.shape
    m_rows = len(out)
    lines = image.reshape(n_rows, n_cols * n_channels)
    means = np.empty(n_cols * n_channels, np.float32)
    for row in range(m_rows):
        # In units of 1/m_rows of an old row, the new row covers start to start + n_rows.
        start = row * n_rows
        first, last = start // m_rows, (start + n_rows - 1) // m_rows
        means[:] = 0
        for covered in range(first, last + 1):
            overlap = min((covered + 1) * m_rows, start + n_rows) - max(covered * m_rows, start)
            add_scaled(lines[covered], np.float32(overlap / n_rows), means)
        average_columns(means, n_cols, out[row])


@helper
def add_scaled(line, scale, means):
    """Add a line of pixels times a factor."""
    for i in range(len(line)):
        means[i] += scale * np.float32(line[i])


@helper
def average_columns(means, n_cols, out):
    """Fill one row of the output: the same as above, along columns."""
    m_cols, n_channels = out.shape
    inner = np.float32(m_cols / n_cols)
    for col in range(m_cols):
        start = col * n_cols
        first, last = start // m_cols, (start + n_cols - 1) // m_cols
        first_overlap = np.float32((min((first + 1) * m_cols, start + n_cols) - start) / n_cols)
        last_overlap = np.float32((start + n_cols - last * m_cols) / n_cols)
        for channel in range(n_channels):
            total = np.float32(0)
            for covered in range(first + 1, last):
                total += means[covered * n_channels + channel]
            mean = inner * total + first_overlap * means[first * n_channels + channel]
            if last > first:
                mean += last_overlap * means[last * n_channels + channel]
            out[col, channel] = np.uint8(mean + np.float32(0.5))
