"""`ONNXClassifier`: a trained ONNX image classifier behind predict, predict_proba and score."""

import os

import numpy as np
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from classicvis._labels import check_labels
from classicvis._sklearn_compat import StrOptions, fit_context
from classicvis.neural._onnx_estimator import ONNXEstimator
from classicvis.neural.graphs._graph import read_model
from classicvis.neural.running._image_network import ImageNetwork
from classicvis.neural.running._labelled_network import LabelledNetwork
from classicvis.neural.running._model_files import describe_model
from classicvis.neural.running._scores import KINDS
from classicvis.neural.running._session import OpenNetwork
from classicvis.pixels import record

NAMES_A_FILE = b"\x0a\x08location"  # how a weight that is kept in a file beside the model begins to say where


class ONNXClassifier(ClassifierMixin, ONNXEstimator):
    """A trained ONNX image classifier, ready to predict; it is not trained further.

    It needs neither `fit` nor torch nor onnx: onnxruntime alone runs the network.

    Parameters
    ----------
    model : str, os.PathLike or bytes
        An image classifier in ONNX: its file or its content, such as the `onnx_model_` of a
        :class:`~classicvis.CNNClassifier`. ONNX files are code: load what you trust only.
    labels : array-like of shape (n_classes,), default=None
        The classes in the order of the network's outputs, each once. None takes those in the metadata of a network
        of classicvis.
    output : str, default="auto"
        Name of the output to read. ``"auto"`` takes ``"logits"`` of networks of classicvis, and the first of
        floating-point numbers of any other.
    scores : {"auto", "logits", "probabilities"}, default="auto"
        What the output holds. ``"auto"`` runs the network on images of noise: numbers that sum to 1 are
        probabilities, numbers beyond 0 and 1 logits, and anything else must be said. A single column is for the
        second of two classes.
    size : int or tuple of (rows, columns), default=None
        What images are resized to. None takes the size that the network's input has; where that may be any, images
        go in as they are.
    mean, std : float or sequence of float, default=None
        Subtracted from pixel values between 0 and 255, and what they are then divided by, as in
        :class:`~classicvis.ONNXTransformer`. Networks of classicvis need neither.
    channel_order : {"RGB", "BGR", "gray"}, default=None
        Channels of the network's input. None reads them from the metadata of a network of classicvis.
    layout : {"NCHW", "NHWC"}, default=None
        Order of the axes of the network's input. None takes what its shape gives away.
    value_range : "dtype" or tuple of (float, float), default=None
        Pixel values that are black and white, as in :class:`~classicvis.ONNXTransformer`. None gives networks of
        classicvis pixel values as they are.
    image_shape : tuple of int, default=None
        ``(rows, columns)`` or ``(rows, columns, channels)`` of an image, for X of flat rows.
    batch_size : int, default=None
        Images that go through the network at once, as in :class:`~classicvis.ONNXTransformer`.
    n_threads : int, default=None
        Threads of onnxruntime. None takes one for each physical core that the process may use.
    device : {"auto", "cpu", "cuda"}, default="auto"
        Where to run. "auto" uses CUDA if onnxruntime has it; "cuda" raises an error if it does not.
    session_options : dict, default=None
        Options of onnxruntime, as in :class:`~classicvis.ONNXTransformer`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted, as scikit-learn has them; the columns of scores follow.
    scores_ : {"logits", "probabilities"}
        What the network's output holds.
    onnx_model_ : bytes
        The network.
    preprocessing_ : dict
        How an image is prepared for the network.
    provider_ : str
        The onnxruntime provider that runs the network in this process.
    n_features_in_ : int
        Number of values of an image, after a `fit` on images of one shape.
    value_range_ : tuple of (float, float)
        Values of black and white in `fit`.
    sample_shape_ : tuple of int or None
        Shape of a sample of X in `fit`; None if there were several.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X in `fit` was a DataFrame.

    See Also
    --------
    classicvis.CNNClassifier : Trains a network of its own.
    classicvis.neural.save_onnx : Writes its network to a file.
    classicvis.ONNXTransformer : A network's features, to train a classifier on.

    Notes
    -----
    The file is read when it is first needed. From then on, and after `fit`, the classifier pickles with its network,
    and does not look at the file again.

    Examples
    --------
    >>> from classicvis import CNNClassifier, ONNXClassifier, load_fashion_sample
    >>> sample = load_fashion_sample()
    >>> network = CNNClassifier(widths=(8, 16), max_iter=2, n_threads=1, random_state=0)
    >>> network = network.fit(sample.X_train[:1000], sample.y_train[:1000])
    >>> classifier = ONNXClassifier(network.onnx_model_)  # or the name of a file
    >>> bool((classifier.predict(sample.X_test) == network.predict(sample.X_test)).all())
    True
    """

    _parameter_constraints: dict = {
        **ONNXEstimator._parameter_constraints,
        "labels": ["array-like", None],
        "scores": [StrOptions({"auto", *KINDS})],
    }

    def __init__(
        self,
        model,
        *,
        labels=None,
        output="auto",
        scores="auto",
        size=None,
        mean=None,
        std=None,
        channel_order=None,
        layout=None,
        value_range=None,
        image_shape=None,
        batch_size=None,
        n_threads=None,
        device="auto",
        session_options=None,
    ):
        super().__init__(
            model,
            output=output,
            size=size,
            mean=mean,
            std=std,
            channel_order=channel_order,
            layout=layout,
            value_range=value_range,
            image_shape=image_shape,
            batch_size=batch_size,
            n_threads=n_threads,
            device=device,
            session_options=session_options,
        )
        self.labels = labels
        self.scores = scores

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Read the network, and make sure that it knows all classes of y; it learns nothing.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f), or list of images
            Images.
        y : array-like of shape (n,)
            Labels, of classes that the network has.

        Returns
        -------
        self : ONNXClassifier
            The same, and X of another shape is refused from now on.

        Raises
        ------
        ValueError
            X, y, a parameter or the network is not as described.
        ImportError
            onnxruntime is missing.
        OSError
            The model's file cannot be read.
        RuntimeError
            `device` is "cuda" and CUDA is not available.
        """
        self._said = None  # the file is read again
        batch = self._read(X)
        y = check_labels(y, batch, type(self).__name__)
        record(self, batch)
        check_classification_targets(y)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown) > 0:
            raise ValueError(
                f"y has the class {unknown.tolist()[0]!r}, which is none of the network's "
                f"{len(self.classes_)} classes: give labels as they are in the data, in the order of its outputs."
            )
        return self

    def decision_function(self, X):
        """Return the logits of the classes, or their difference if there are two.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f), or list of images
            Images.

        Returns
        -------
        scores : ndarray of shape (n,) or (n, n_classes), dtype float64
            For two classes, positive values stand for ``classes_[1]``. Logarithms, where the network puts out
            probabilities.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def predict_proba(self, X):
        """Return the probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f), or list of images
            Images.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes), dtype float64
            Each row sums to 1.
        """
        return softmax(self._logits(X), axis=1)

    def predict(self, X):
        """Return the most probable labels.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f), or list of images
            Images.

        Returns
        -------
        labels : ndarray of shape (n,)
            One of `classes_` for each image.
        """
        return self.classes_[self._logits(X).argmax(axis=1)]

    def open_network(self, X):
        """Return the onnxruntime session and its inputs for images, for functions that need more than the logits.

        Parameters
        ----------
        X : array-like
            Images, as in `predict`.

        Returns
        -------
        network : tuple of (session, feeds, order)
            The session; an iterator over batches, as ``(feed, n_images)``, where ``session.run(None, feed)`` runs
            the network; and the index that brings its outputs into the order of `classes_`.
        """
        labelled, settings = self._load(), self._settings()
        feeds = labelled.network.iterate_feeds(self._images(X), settings)
        return OpenNetwork(labelled.network.get_session(settings), feeds, labelled.order)

    @property
    def classes_(self):
        """The labels, sorted."""
        return self._load().classes

    @property
    def scores_(self):
        """What the network's output holds."""
        return self._load().kind

    def _logits(self, X):
        return self._load().run(self._images(X), self._settings())

    def _images(self, X):
        return self._read(X, like=self if hasattr(self, "sample_shape_") else None).pixels

    def _image_network(self):
        return self._load().network

    def _load(self):
        """Return the network; it is read again if a parameter that describes it has changed."""
        given = self._given()
        said = (self.model, self.labels, self.output, self.scores, *given)
        if not _are_same(said, getattr(self, "_said", None)):
            settings = self._settings()
            network = ImageNetwork(_read_content(self.model), given, settings, describe_model(self.model))
            self._loaded = LabelledNetwork(network, settings, self.labels, self.output, self.scores)
            self._said = said
        return self._loaded

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.classifier_tags.poor_score = True  # on data that the network was not trained for
        return tags


def _are_same(said, before):
    """Say whether parameters are what they were; an array is if it is the same one."""
    if before is None:
        return False
    return all(_is_same(new, old) for new, old in zip(said, before, strict=True))


def _is_same(new, old):
    return new is old or (not isinstance(new, np.ndarray) and type(new) is type(old) and new == old)


def _read_content(model):
    """Return a model's bytes; onnx is needed only where weights are kept in files beside it."""
    if isinstance(model, bytes):
        return model
    with open(model, "rb") as file:
        content = file.read()
    return read_model(os.fspath(model)).SerializeToString() if NAMES_A_FILE in content else content
