"""How large an image may be."""

from classicvis.images._errors import damaged
from classicvis.pixels import UnreadableImage


def require_few_pixels(n_rows, n_cols, max_pixels):
    """Refuse an image that has no pixels, or more than are allowed."""
    if n_rows < 1 or n_cols < 1:
        raise damaged(f"it states a size of {n_rows} × {n_cols} pixels")
    if n_rows * n_cols > max_pixels:
        raise UnreadableImage(f"has {n_rows} × {n_cols} pixels, more than max_pixels={max_pixels} allows")
