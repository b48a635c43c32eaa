"""What displays share: the figure they draw on, and the display of maps over images.

To add a display: write a class that derives from one of these two, with `from_estimator`, and import matplotlib only
where something is drawn.
"""

import numpy as np

from classicvis._optional import import_optional

MOST_COLUMNS = 5  # of panels in a new figure: ten inches wide
MAP_PANEL_SIZE = (2.0, 2.2)  # inches: a square image and its title
COLORS = "RdBu_r"  # red for the class, blue against it
OPACITY = 0.8  # the image stays visible under the largest value


def import_pyplot():
    """Return matplotlib.pyplot, or raise an ImportError that names the extra that brings it."""
    return import_optional("matplotlib.pyplot", extra="plot", purpose="Drawing a display")


class Display:
    """Base of displays: after drawing, `figure_` and `axes_` are matplotlib's."""

    def _set_axes(self, shape, axes, panel_size):
        """Set `axes_` to a grid of new axes, or to the given ones in that shape, and `figure_` to their figure."""
        n_rows, n_columns = shape
        if axes is None:
            size = n_columns * panel_size[0], n_rows * panel_size[1]
            grid = import_pyplot().subplots(n_rows, n_columns, figsize=size, squeeze=False, layout="constrained")[1]
        else:
            grid = np.asarray(axes, dtype=object)
            if grid.size != n_rows * n_columns:
                raise ValueError(
                    f"axes has {grid.size} axes, but {n_rows} rows of {n_columns} are drawn: give as many, or leave "
                    "axes out."
                )
            grid = grid.reshape(shape)
        self.axes_, self.figure_ = grid, grid.flat[0].figure


class MapDisplay(Display):
    """Base of displays of one map for each image, with values above 0 for a class and below 0 against it.

    Derived classes set `images` of shape (n, h, w, c), `maps` of shape (n, h, w), `targets` of shape (n,) and
    `_label`, what the values are.
    """

    def plot(self, *, axes=None, cmap=COLORS, alpha=OPACITY):
        """Draw each image in grey with its map over it, all maps on one scale.

        Parameters
        ----------
        axes : array-like of n matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        cmap : str or matplotlib.colors.Colormap, default="RdBu_r"
            Colours; the middle one stands for 0.
        alpha : float, default=0.8
            Opacity of the largest value, from 0 to 1. The opacity of other values is in proportion.

        Returns
        -------
        display : ClassActivationDisplay or OcclusionDisplay
            This display.

        Raises
        ------
        ValueError
            The number of axes is not the number of images.
        ImportError
            matplotlib is missing.
        """
        n_images = len(self.images)
        if axes is None:
            n_columns = min(n_images, MOST_COLUMNS)
            self._set_axes((-(-n_images // n_columns), n_columns), None, MAP_PANEL_SIZE)
        else:
            self._set_axes((1, n_images), axes, MAP_PANEL_SIZE)
        for unused in self.axes_.flat[n_images:]:
            unused.set_axis_off()
        self.axes_ = self.axes_.ravel()[:n_images]
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import CenteredNorm

        largest = float(np.abs(self.maps).max()) or 1.0  # where all values are 0, they are drawn as 0
        norm = CenteredNorm(halfrange=largest)
        for ax, image, one, target in zip(self.axes_, self.images, self.maps, self.targets, strict=True):
            grey = image.mean(axis=2, dtype=np.float64)
            ax.imshow(grey, cmap="gray", vmin=2 * grey.min() - grey.max())  # black becomes grey, on which colours show
            ax.imshow(one, cmap=cmap, norm=norm, alpha=alpha * np.abs(one) / largest)
            ax.set(title=str(target), xticks=[], yticks=[])
        self.colorbar_ = self.figure_.colorbar(ScalarMappable(norm, cmap), ax=list(self.axes_), label=self._label)
        return self
