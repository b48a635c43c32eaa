"""`OcclusionDisplay`: occlusion maps drawn over images."""

from classicvis.inspection._classifier import choose_response_method, encode_target, response_values
from classicvis.inspection._display import COLORS, OPACITY, MapDisplay, import_pyplot
from classicvis.inspection._occlusion import occlusion_map
from classicvis.inspection._samples import read_samples, split_reader

LABELS = {"predict_proba": "drop of the probability", "decision_function": "drop of the decision function"}


class OcclusionDisplay(MapDisplay):
    """Occlusion maps drawn over their images.

    Create it with :meth:`from_estimator`. Red counts for the class, blue against it. All images share one scale.

    Parameters
    ----------
    images : ndarray of shape (n, h, w, c)
        The images.
    maps : ndarray of shape (n, h, w)
        Drops of the score.
    targets : ndarray of shape (n,)
        The class that each map explains.
    response_method : {"predict_proba", "decision_function"}
        The score that drops.

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
    occlusion_map : The maps alone.
    ClassActivationDisplay : Faster, and exact, for a CNNClassifier.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from classicvis.inspection import OcclusionDisplay
    >>> X, y = load_digits(return_X_y=True)  # rows of 64 values: images of 8 × 8 pixels
    >>> classifier = LogisticRegression(max_iter=1000).fit(X[:500] / 16, y[:500])
    >>> display = OcclusionDisplay.from_estimator(classifier, X[500:502] / 16, patch_size=3, stride=1)
    >>> display.maps.shape, display.colorbar_.ax.get_ylabel()
    ((2, 8, 8), 'drop of the probability')
    """

    def __init__(self, images, maps, targets, response_method):
        self.images = images
        self.maps = maps
        self.targets = targets
        self.response_method = response_method

    @property
    def _label(self):
        return LABELS[self.response_method]

    @classmethod
    def from_estimator(
        cls,
        classifier,
        X,
        *,
        target=None,
        patch_size=None,
        stride=None,
        fill="mean",
        response_method="auto",
        image_shape=None,
        batch_size=256,
        verbose=True,
        axes=None,
        cmap=COLORS,
        alpha=OPACITY,
    ):
        """Compute the maps and draw them.

        Parameters
        ----------
        classifier : estimator
            A fitted classifier of images with `predict_proba` or `decision_function`.
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            What `classifier` takes.
        target : label or array-like of shape (n,), default=None
            The class, one for all images or one for each. None uses the class of highest score.
        patch_size : int or tuple of (int, int), default=None
            As in :func:`occlusion_map`.
        stride : int or tuple of (int, int), default=None
            As in :func:`occlusion_map`.
        fill : "mean" or float, default="mean"
            As in :func:`occlusion_map`.
        response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
            As in :func:`occlusion_map`.
        image_shape : tuple of int, default=None
            As in :func:`occlusion_map`.
        batch_size : int, default=256
            As in :func:`occlusion_map`.
        verbose : bool, default=True
            As in :func:`occlusion_map`.
        axes : array-like of n matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.
        cmap : str or matplotlib.colors.Colormap, default="RdBu_r"
            Colours; the middle one stands for 0.
        alpha : float, default=0.8
            Opacity of the largest value, from 0 to 1. The opacity of other values is in proportion.

        Returns
        -------
        display : OcclusionDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            As in :func:`occlusion_map`.
        ImportError
            matplotlib is missing.
        """
        import_pyplot()
        method = choose_response_method(classifier, response_method)
        classifier, X = split_reader(classifier, X)
        images = read_samples(classifier, X, image_shape).images
        if target is None:
            codes = response_values(classifier, X, method).argmax(axis=1)
        else:
            codes = encode_target(classifier.classes_, target, len(images))
        targets = classifier.classes_[codes]
        maps = occlusion_map(
            classifier,
            X,
            target=targets,
            patch_size=patch_size,
            stride=stride,
            fill=fill,
            response_method=method,
            image_shape=image_shape,
            batch_size=batch_size,
            verbose=verbose,
        )
        return cls(images, maps, targets, method).plot(axes=axes, cmap=cmap, alpha=alpha)
