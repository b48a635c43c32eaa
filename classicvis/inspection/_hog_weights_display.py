"""`HOGWeightsDisplay`: the edges that a linear classifier behind HOG looks for, drawn as lines."""

import numpy as np

from classicvis.inspection._display import Display, import_pyplot
from classicvis.inspection._hog_glyphs import hog_glyphs
from classicvis.inspection._hog_weights import hog_weight_templates

PANEL_SIZE = (1.6, 1.6)  # inches
SIGNS = {"positive": "for", "negative": "against"}


class HOGWeightsDisplay(Display):
    """The edges that speak for a class and against it, to a linear classifier behind HOG.

    Make it by :meth:`from_estimator`. Each column is a class; each scale has a row of what speaks for it, and one of
    what speaks against it. In every cell a line for every orientation runs along the edges, as bright as the weight is
    large; all panels of a scale share one measure.

    Parameters
    ----------
    templates : list of HOGTemplate
        The weights of some classes of one classifier.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure, once it is drawn.
    axes_ : ndarray of matplotlib.axes.Axes, of shape (2 * n_scales, n_classes)
        Rows: for and against, for each scale.

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
        """Find the weights and draw them.

        Parameters
        ----------
        pipeline : Pipeline
            Fitted: HOG, then transformers that are linear, if any, then a linear classifier.
        target : label or array-like of label, default=None
            A class or several; None means all.
        axes : array-like of matplotlib.axes.Axes, default=None
            Where to draw, row by row; None makes a figure.
        cmap : str or matplotlib.colors.Colormap, default="gray"
            Colours, the first of which is the background.
        linewidth : float, default=1.0
            Of the lines, in points.

        Returns
        -------
        display : HOGWeightsDisplay
            Drawn.

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
            This one.

        Raises
        ------
        ValueError
            There are more or fewer axes than panels.
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
