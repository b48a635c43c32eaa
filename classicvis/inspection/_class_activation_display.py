"""`ClassActivationDisplay`: class activation maps drawn over images."""

from classicvis.inspection._class_activation import class_activation_map, split_network
from classicvis.inspection._classifier import encode_target
from classicvis.inspection._display import COLORS, OPACITY, MapDisplay, import_pyplot
from classicvis.inspection._samples import read_samples


class ClassActivationDisplay(MapDisplay):
    """Class activation maps drawn over their images.

    Create it with :meth:`from_estimator`. Red counts for the class, blue against it. All images share one scale.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        The images.
    maps : ndarray of shape (n, h, w)
        Contributions to the logit, resized to the size of the images.
    targets : ndarray of shape (n,)
        The class that each map explains.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
        The figure, after drawing.
    axes_ : ndarray of n matplotlib.axes.Axes
        One for each image.
    colorbar_ : matplotlib.colorbar.Colorbar
        The colour bar.

    See Also
    --------
    class_activation_map : The maps alone.
    OcclusionDisplay : Draws maps for every classifier.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from classicvis import CNNClassifier
    >>> from classicvis.inspection import ClassActivationDisplay
    >>> X, y = load_digits(return_X_y=True)  # rows of 64 values: images of 8 × 8 pixels
    >>> network = CNNClassifier(widths=(8, 8), max_iter=2, n_threads=1, random_state=0).fit(X[:500], y[:500])
    >>> display = ClassActivationDisplay.from_estimator(network, X[500:503])
    >>> display.maps.shape, len(display.axes_)
    ((3, 8, 8), 3)
    """

    _label = "contribution to the logit"

    def __init__(self, images, maps, targets):
        self.images = images
        self.maps = maps
        self.targets = targets

    @classmethod
    def from_estimator(cls, classifier, X, *, target=None, axes=None, cmap=COLORS, alpha=OPACITY):
        """Compute the maps and draw them.

        Parameters
        ----------
        classifier : CNNClassifier, ONNXClassifier or Pipeline
            Fitted, as in :func:`class_activation_map`.
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            What `classifier` takes.
        target : label or array-like of shape (n,), default=None
            The class, one for all images or one for each. None uses the predicted class of each image.
        axes : array-like of n matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        cmap : str or matplotlib.colors.Colormap, default="RdBu_r"
            Colours; the middle one stands for 0.
        alpha : float, default=0.8
            Opacity of the largest value, from 0 to 1. The opacity of other values is in proportion.

        Returns
        -------
        display : ClassActivationDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ValueError
            As in :func:`class_activation_map`.
        ImportError
            matplotlib is missing.
        """
        import_pyplot()
        network, X = split_network(classifier, X)
        targets = network.predict(X) if target is None else target
        targets = network.classes_[encode_target(network.classes_, targets, len(X))]
        maps = class_activation_map(network, X, targets, upsample=True)
        display = cls(read_samples(network, X).images, maps, targets)
        return display.plot(axes=axes, cmap=cmap, alpha=alpha)
