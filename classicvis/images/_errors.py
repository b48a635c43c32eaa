"""What is said about an image that cannot be read."""


class ImageReadError(ValueError):
    """A file that cannot be read as an image, with its row in X.

    Parameters
    ----------
    row : int
        Where the file stands in X, counted from 0.
    path : str
        The file, as it was given.
    reason : str
        What is wrong, to be read after the path: ``"does not exist"``.

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
        return (
            f"Row {self.row} of X, {self.path!r}, {self.reason}; "
            "replace or remove it (check_images lists all such files)."
        )
