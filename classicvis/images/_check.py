"""`check_images`: finds all bad files before a long run."""

from typing import NamedTuple

from classicvis.images._errors import ImageReadError
from classicvis.images._rows import ReadingSettings, check_row, read_rows
from classicvis.pixels import is_path, list_items

MAX_PIXELS = 64_000_000


class BadImage(NamedTuple):
    """A file that ImageReader would refuse: its row, its path, and what is wrong with it."""

    row: int
    path: str
    reason: str


def check_images(paths, *, max_pixels=MAX_PIXELS, n_jobs=None):
    """Read every file as `ImageReader` would, and list those that it would refuse.

    Each file is read and decoded in full, so this takes about as long as reading does; a progress bar shows
    on a terminal.

    Parameters
    ----------
    paths : iterable of str or os.PathLike
        The files: a list, an array, a Series, a one-column DataFrame, or what `pathlib.Path.glob` returns.
    max_pixels : int, default=64_000_000
        Largest number of rows times columns, as in `ImageReader`.
    n_jobs : int, default=None
        Number of threads, as joblib has it: None is 1 unless in a `joblib.parallel_config`, -1 all cores.

    Returns
    -------
    bad : list of BadImage
        ``(row, path, reason)`` of each file that cannot be read, in the order of `paths`; empty if all can.

    Raises
    ------
    ValueError
        `paths` holds something other than paths.

    See Also
    --------
    ImageReader : Reads the images; raises on the first bad one.

    Examples
    --------
    >>> from classicvis.images import check_images
    >>> for row, path, reason in check_images(["no/such/cat.jpg"]):
    ...     print(row, path, reason)
    0 no/such/cat.jpg does not exist
    """
    from tqdm import tqdm

    rows = _list_paths(paths)
    settings = ReadingSettings(None, "rgb", "stretch", 0, "dtype", max_pixels)
    results = read_rows(rows, settings, n_jobs, check_row)
    bar = tqdm(results, total=len(rows), desc="Checking images", unit="image", disable=None)
    return [BadImage(error.row, error.path, error.reason) for error in bar if isinstance(error, ImageReadError)]


def _list_paths(paths):
    if not is_path(paths):
        paths = paths if hasattr(paths, "__len__") else list(paths)
        if len(paths) == 0:
            return []
    rows = list_items(paths)
    if rows is None:
        raise ValueError(f"paths is {type(paths).__name__} without paths, but must hold one path a row.")
    for row, item in enumerate(rows):
        if not is_path(item):
            raise ValueError(f"Row {row} of paths is {type(item).__name__}, but must be str or os.PathLike.")
    return rows
