"""Moving, mirroring and covering images, as torch does it on any device."""

import torch


def cut_windows(images, rows, shifts, is_mirrored=None):
    """Take some images, each moved by its own number of pixels, and mirror some of them.

    Parameters
    ----------
    images : Tensor of shape (n_images, h, w, c)
        Images of any dtype.
    rows : Tensor of shape (n,), dtype int64
        Which images.
    shifts : Tensor of shape (n, 2), dtype int64
        Rows and columns by which the window moves; beyond the edge, the edge is repeated.
    is_mirrored : Tensor of shape (n,), dtype bool, default=None
        Which windows are mirrored. None: none.

    Returns
    -------
    windows : Tensor of shape (n, h, w, c)
        New images of the same dtype.
    """
    n_rows, n_cols = images.shape[1:3]
    row = torch.arange(n_rows, device=images.device) + shifts[:, :1]
    col = torch.arange(n_cols, device=images.device).expand(len(rows), n_cols)
    if is_mirrored is not None:
        col = torch.where(is_mirrored[:, None], n_cols - 1 - col, col)
    col = col + shifts[:, 1:]
    row, col = row.clamp(0, n_rows - 1), col.clamp(0, n_cols - 1)
    return images[rows[:, None, None], row[:, :, None], col[:, None, :]]


def cover_squares(images, centres, size):
    """Set a window of each image to zero, the mean of normalised images.

    Parameters
    ----------
    images : Tensor of shape (n, h, w, c)
        Normalised images.
    centres : Tensor of shape (n, 2), dtype int64
        Row and column of the middle of each window, part of which may lie outside the image.
    size : tuple of (int, int)
        Rows and columns of the windows.

    Returns
    -------
    covered : Tensor of shape (n, h, w, c)
        New images.
    """
    n_rows, n_cols = images.shape[1:3]
    is_row = _is_within(n_rows, centres[:, 0], size[0])
    is_col = _is_within(n_cols, centres[:, 1], size[1])
    return images.masked_fill((is_row[:, :, None] & is_col[:, None, :])[..., None], 0.0)


def _is_within(length, centres, extent):
    """Say for each window which positions of an axis it covers."""
    offsets = torch.arange(length, device=centres.device) - centres[:, None] + extent // 2
    return (offsets >= 0) & (offsets < extent)
