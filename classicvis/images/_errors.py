"""The errors for an image that cannot be read."""

from classicvis.pixels import UnreadableImage


class ImageReadError(ValueError):
    """A file that cannot be read as an image, with its row in X.

    Parameters
    ----------
    row : int
        Where the file stands in X, counted from 0.
    path : str or None
        The file's path, as it was given; None where X holds the file's content or an open file.
    reason : str
        What is wrong; follows the path in the message: ``"does not exist"``.

    Examples
    --------
    >>> from classicvis.images import ImageReadError
    >>> print(ImageReadError(3, "cat.jpg", "does not exist"))
    Row 3 of X, 'cat.jpg', does not exist; replace or remove it (check_images lists all such files).
    """

    def __init__(self, row, path, reason):
        super().__init__(row, path, reason)
        self.row = row
        self.path = path
        self.reason = reason

    def __str__(self):
        name = "" if self.path is None else f", {self.path!r},"
        hint = "" if self.path is None else " (check_images lists all such files)"
        return f"Row {self.row} of X{name} {self.reason}; replace or remove it{hint}."


def truncated(what):
    """Return the error for data that ends too early; `what` says before what."""
    return UnreadableImage(f"is truncated: the data ends before {what}")


def damaged(what):
    """Return the error for data that contradicts itself, as `what` describes."""
    return UnreadableImage(f"is damaged: {what}")


def require_few_pixels(n_rows, n_cols, max_pixels):
    """Refuse an image that has no pixels, or more than are allowed."""
    if n_rows < 1 or n_cols < 1:
        raise damaged(f"it states a size of {n_rows} × {n_cols} pixels")
    if n_rows * n_cols > max_pixels:
        raise UnreadableImage(f"has {n_rows} × {n_cols} pixels, more than max_pixels={max_pixels} allows")
