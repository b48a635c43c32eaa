"""`LearningCurvesDisplay`: the loss and the accuracy of a network in each epoch of training."""

import numpy as np

from classicvis.inspection._classifier import last_step, plain_repr
from classicvis.inspection._display import Display, import_pyplot

PANEL_SIZE = (4.0, 3.0)  # inches
PARTS = {"": "training", "validation_": "validation"}  # prefixes of names in `curves`, and their labels
NAMES = ("loss", "accuracy")


class LearningCurvesDisplay(Display):
    """The learning curves of a network.

    Create it with :meth:`from_estimator`. The horizontal axis is the epoch, not the number of samples as in
    :class:`sklearn.model_selection.LearningCurveDisplay`.

    Parameters
    ----------
    curves : dict of str to list of float
        One value for each epoch, for each name: ``learning_curves_`` of a :class:`~classicvis.CNNClassifier`.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure, after drawing.
    axes_ : ndarray of matplotlib.axes.Axes
        One for each name.
    lines_ : dict of str to matplotlib.lines.Line2D
        The curves, by their names in `curves`.

    See Also
    --------
    classicvis.CNNClassifier : Records the curves in `fit`.

    Examples
    --------
    >>> from classicvis.inspection import LearningCurvesDisplay
    >>> curves = {"loss": [2.3, 0.9], "accuracy": [0.1, 0.7], "validation_accuracy": [0.3, 0.6]}
    >>> sorted(LearningCurvesDisplay(curves).plot().lines_)
    ['accuracy', 'loss', 'validation_accuracy']
    """

    def __init__(self, curves):
        self.curves = curves

    @classmethod
    def from_estimator(cls, classifier, *, names=NAMES, axes=None):
        """Draw the curves of a fitted network.

        Parameters
        ----------
        classifier : CNNClassifier or Pipeline
            Fitted; a Pipeline must end in a CNNClassifier.
        names : sequence of str, default=("loss", "accuracy")
            Curves to draw, each on its own axes, together with its validation curve if there is one. Other names are
            ``"learning_rate"`` and ``"seconds"``.
        axes : array-like of matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : LearningCurvesDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            The classifier has no learning curves, or no curve has one of the names.
        ImportError
            matplotlib is missing.
        """
        import_pyplot()
        network = last_step(classifier)
        curves = getattr(network, "learning_curves_", None)
        if curves is None:
            raise ValueError(
                f"{type(network).__name__} has no learning_curves_: give a fitted CNNClassifier, or a Pipeline that "
                "ends in one."
            )
        return cls(curves).plot(names=names, axes=axes)

    def plot(self, *, names=NAMES, axes=None):
        """Draw the curves.

        Parameters
        ----------
        names : sequence of str, default=("loss", "accuracy")
            As in `from_estimator`.
        axes : array-like of matplotlib.axes.Axes, default=None
            As in `from_estimator`.

        Returns
        -------
        display : LearningCurvesDisplay
            This display.

        Raises
        ------
        ValueError
            No curve has one of the names, or the number of axes is not the number of names.
        ImportError
            matplotlib is missing.
        """
        unknown = [name for name in names if name not in self.curves]
        if unknown:
            raise ValueError(
                f"names holds {plain_repr(unknown[0])}, but the curves are {', '.join(map(repr, self.curves))}."
            )
        self._set_axes((1, len(names)), axes, PANEL_SIZE)
        self.axes_ = self.axes_[0]
        self.lines_ = {}
        for ax, name in zip(self.axes_, names, strict=True):
            for prefix, label in PARTS.items():
                values = self.curves.get(prefix + name)
                if values is not None:
                    (line,) = ax.plot(np.arange(1, len(values) + 1), values, marker=".", label=label)
                    self.lines_[prefix + name] = line
            ax.set(xlabel="epoch", ylabel=name.replace("_", " "))
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.legend()
        return self
