"""Maps of values above and below 0, drawn over the images that they explain."""

import numpy as np

from classicvis.inspection._figure import make_axes

MOST_COLUMNS = 5
PANEL_SIZE = (2.0, 2.2)  # inches
COLORS = "RdBu_r"  # red for the class, blue against it
OPACITY = 0.8


def draw_overlays(images, maps, targets, *, label, axes, cmap, alpha):
    """Draw each image in grey with its map over it, all maps on one scale.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        The images, of any range; of several channels, the mean is shown.
    maps : ndarray of shape (n, h, w)
        The maps.
    targets : ndarray of shape (n,)
        The titles.
    label : str
        What the values are, beside the bar of colours.
    axes : array-like of n matplotlib.axes.Axes, default=None
        Where to draw; None makes a figure.
    cmap : str or matplotlib.colors.Colormap
        Colours, of which the middle one stands for 0.
    alpha : float in [0, 1]
        Opacity of the largest value; that of others is in proportion.

    Returns
    -------
    axes : ndarray of n matplotlib.axes.Axes
        Where it was drawn.
    colorbar : matplotlib.colorbar.Colorbar
        The bar of colours.
    """
    if axes is None:
        n_columns = min(len(images), MOST_COLUMNS)
        grid = make_axes((-(-len(images) // n_columns), n_columns), None, PANEL_SIZE)
        for unused in grid.flat[len(images) :]:
            unused.set_axis_off()
        axes = grid.ravel()[: len(images)]
    else:
        axes = make_axes((1, len(images)), axes, PANEL_SIZE)[0]
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import CenteredNorm

    largest = float(np.abs(maps).max()) or 1.0  # all are drawn as 0 if they are 0
    norm = CenteredNorm(halfrange=largest)
    for ax, image, one, target in zip(axes, images, maps, targets, strict=True):
        grey = image.mean(axis=2, dtype=np.float64)
        ax.imshow(grey, cmap="gray", vmin=2 * grey.min() - grey.max())  # black becomes grey, on which colours show
        ax.imshow(one, cmap=cmap, norm=norm, alpha=alpha * np.abs(one) / largest)
        ax.set(title=str(target), xticks=[], yticks=[])
    colorbar = axes[0].figure.colorbar(ScalarMappable(norm, cmap), ax=list(axes), label=label)
    return axes, colorbar
