"""`HOGWeightsDisplay`: the weights of a linear classifier for HOG's features, drawn as lines along the edges."""

import numpy as np

from classicvis.inspection._display import Display, import_pyplot
from classicvis.inspection._hog_glyphs import hog_glyphs
from classicvis.inspection._hog_weights import hog_weight_templates

PANEL_SIZE = (1.6, 1.6)  # inches
SIGNS = {"positive": "for", "negative": "against"}  # attributes of HOGScale and their labels


class HOGWeightsDisplay(Display):
    """The edges that count for a class or against it, in a linear classifier of HOG features.

    Create it with :meth:`from_estimator`. Each column is a class. Each scale has a row of edges that count for the
    class, and a row of edges that count against it. Each cell has one line for each orientation, along the edges;
    brighter lines have larger weights. All panels of one HOG scale share one scale of brightness.

    Parameters
    ----------
    templates : list of HOGTemplate
        The weights of one or more classes of one classifier.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure, after drawing.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (2 * n_scales, n_classes)
        Two rows for each scale: for and against.

    See Also
    --------
    hog_weight_template : The weights alone.
    hog_glyphs : The lines alone.

    Examples
    --------
    >>> from classicvis import load_fashion_sample, make_hog_svm
    >>> from classicvis.inspection import HOGWeightsDisplay
    >>> sample = load_fashion_sample()
    >>> pipeline = make_hog_svm(random_state=0).fit(sample.X_train[:500], sample.y_train[:500])
    >>> display = HOGWeightsDisplay.from_estimator(pipeline, target=[1, 8])  # trousers and bags, on two scales
    >>> display.axes_.shape
    (4, 2)
    """

    def __init__(self, templates):
        self.templates = templates

    @classmethod
    def from_estimator(cls, pipeline, *, target=None, axes=None, cmap="gray", linewidth=1.0):
        """Compute the weights and draw them.

        Parameters
        ----------
        pipeline : Pipeline
            Fitted, as in :func:`hog_weight_template`.
        target : label or array-like of label, default=None
            One class or several. None means all classes.
        axes : array-like of matplotlib.axes.Axes, default=None
            Where to draw, row by row; None makes a figure.
        cmap : str or matplotlib.colors.Colormap, default="gray"
            Colours; the first one is the background.
        linewidth : float, default=1.0
            Width of the lines, in points.

        Returns
        -------
        display : HOGWeightsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            As in :func:`hog_weight_template`.
        ImportError
            matplotlib is missing.
        """
        import_pyplot()
        targets = None if target is None else np.atleast_1d(target)
        display = cls(hog_weight_templates(pipeline, targets))
        return display.plot(axes=axes, cmap=cmap, linewidth=linewidth)

    def plot(self, *, axes=None, cmap="gray", linewidth=1.0):
        """Draw the weights.

        Parameters
        ----------
        axes : array-like of matplotlib.axes.Axes, default=None
            As in `from_estimator`.
        cmap : str or matplotlib.colors.Colormap, default="gray"
            As in `from_estimator`.
        linewidth : float, default=1.0
            As in `from_estimator`.

        Returns
        -------
        display : HOGWeightsDisplay
            This display.

        Raises
        ------
        ValueError
            The number of axes is not the number of panels.
        ImportError
            matplotlib is missing.
        """
        by_scale = list(zip(*(template.scales for template in self.templates), strict=True))
        self._set_axes((len(SIGNS) * len(by_scale), len(self.templates)), axes, PANEL_SIZE)
        for ax, template in zip(self.axes_[0], self.templates, strict=True):
            ax.set_title(str(template.target))
        rows = iter(self.axes_)
        for scales in by_scale:
            largest = max(max(scale.positive.max(), scale.negative.max()) for scale in scales)
            for part, word in SIGNS.items():
                row = next(rows)
                row[0].set_ylabel(f"{scales[0].name}: {word}")
                for ax, scale in zip(row, scales, strict=True):
                    _draw_cells(ax, scale, getattr(scale, part), largest, cmap, linewidth)
        return self


def _draw_cells(ax, scale, cells, largest, cmap, linewidth):
    from matplotlib import colormaps
    from matplotlib.collections import LineCollection

    segments, strengths = hog_glyphs(cells, scale.pixels_per_cell, scale.angles)
    lines = LineCollection(segments, array=strengths, cmap=cmap, clim=(0, largest), linewidth=linewidth)
    ax.add_collection(lines)
    n_rows, n_columns = scale.image_size
    ax.set(xlim=(-0.5, n_columns - 0.5), ylim=(n_rows - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    ax.set_facecolor(colormaps.get_cmap(cmap)(0.0))
