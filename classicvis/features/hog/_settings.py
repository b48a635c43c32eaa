"""The settings of HOG, checked, and what follows from them alone."""

from numbers import Integral
from typing import NamedTuple

from classicvis.features._parameters import check_pair
from classicvis.kernels.hog import NORM_CODES


class HOGSettings(NamedTuple):
    """Checked parameters of HOG.

    Attributes
    ----------
    orientations : int
        Number of bins over 180 degrees.
    pixels_per_cell : tuple of (int, int)
        Rows and columns of a cell, in pixels.
    cells_per_block : tuple of (int, int)
        Rows and columns of a block, in cells.
    block_norm : str
        How a block is normalised; "none" for not at all.
    transform_sqrt : bool
        Whether the square root of each pixel is taken first.
    """

    orientations: int
    pixels_per_cell: tuple
    cells_per_block: tuple
    block_norm: str
    transform_sqrt: bool

    @property
    def block_shape(self):
        """Rows and columns of a block, in pixels."""
        return tuple(side * n for side, n in zip(self.pixels_per_cell, self.cells_per_block, strict=True))

    @property
    def sizes(self):
        """The numbers that kernels take: orientations, then rows and columns of a cell, then those of a block."""
        return self.orientations, *self.pixels_per_cell, *self.cells_per_block


def check_hog_settings(orientations, pixels_per_cell, cells_per_block, block_norm, transform_sqrt):
    """Return the settings, or say which one is not allowed."""
    if not isinstance(orientations, Integral) or orientations < 1:
        raise ValueError(f"orientations is {orientations!r}, but must be an integer of at least 1.")
    if block_norm not in NORM_CODES or block_norm == "none":
        raise ValueError(f"block_norm is {block_norm!r}, but must be 'L1', 'L1-sqrt', 'L2' or 'L2-Hys'.")
    return HOGSettings(
        int(orientations),
        check_pair("pixels_per_cell", pixels_per_cell),
        check_pair("cells_per_block", cells_per_block),
        block_norm,
        bool(transform_sqrt),
    )
