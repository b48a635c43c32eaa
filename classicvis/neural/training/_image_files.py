"""Images that stay on disk: an array of images to look at, of which only what is asked for is read."""

from functools import cached_property

import numpy as np
from sklearn.base import clone

from classicvis._sklearn_compat import select_rows
from classicvis.images import ImageReadError
from classicvis.neural.training._levels import count_levels
from classicvis.pixels import list_items, read_images, record


class ImageFiles:
    """Reads the images of paths when they are indexed, by slices, indices or a single index, in threads of the reader.

    Parameters
    ----------
    reader : ImageReader
        Reads them; it has a size.
    rows : sequence of length n
        Paths, or whatever else the reader takes.
    positions : ndarray of int, default=None
        Which of the rows these images are; None: all of them.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, reader, rows, positions=None):
        self.reader = reader
        self.rows = rows
        self.positions = np.arange(len(rows)) if positions is None else positions

    def __len__(self):
        return len(self.positions)

    @cached_property
    def shape(self):
        """Number of images, rows, columns and channels."""
        return len(self), *self[:1].shape[1:]

    @property
    def size(self):
        """Number of values."""
        return int(np.prod(self.shape))

    @cached_property
    def levels(self):
        """How often each level occurs: see `count_levels`."""
        return count_levels(self)

    def __getitem__(self, index):
        positions = self.positions[index]
        if positions.ndim == 0:
            return self[[index]][0]
        images = self._read(positions)
        return images.reshape(*images.shape[:3], -1)

    def take(self, indices, axis=0):
        """Return some of the images, as ImageFiles; the axis must be 0."""
        return ImageFiles(self.reader, self.rows, self.positions[indices])

    def min(self):
        """Return the least value."""
        return np.uint8(np.flatnonzero(self.levels.any(axis=1))[0])

    def max(self):
        """Return the largest value."""
        return np.uint8(np.flatnonzero(self.levels.any(axis=1))[-1])

    def _read(self, positions):
        try:
            return self.reader.transform(select_rows(self.rows, positions))
        except ImageReadError as error:
            raise ImageReadError(int(positions[error.row]), error.path, error.reason) from error


def open_images(estimator, X, *, reset):
    """Do for an estimator with a reader what `read_images` and `record` do, and leave the images on disk.

    Parameters
    ----------
    estimator : BaseEstimator
        Has a parameter `reader`; gets the attributes that `record` gives it.
    X : sequence or array of length n
        Whatever the reader takes.
    reset : bool
        True in `fit`: record the shape. False afterwards: compare with it.

    Returns
    -------
    images : ImageFiles of shape (n, h, w, c)
        None of them is read but the first.

    Raises
    ------
    ValueError
        The reader has no size or does not raise errors, or its images are not of the shape of those in `fit`.
    """
    reader = estimator.reader
    if reader.size is None:
        raise ValueError("reader has size=None, but a network takes images of one size: set its size.")
    if reader.on_error != "raise":
        raise ValueError(
            f"reader has on_error={reader.on_error!r}, but files are read anew in every epoch: set on_error='raise', "
            "and find files that cannot be read with check_images."
        )
    rows = list_items(X)
    images = ImageFiles(clone(reader).set_params(verbose=False), X if rows is None else rows)
    first = read_images(images.reader.transform(select_rows(images.rows, [0])), like=None if reset else estimator)
    if reset:
        record(estimator, first)
    return images
