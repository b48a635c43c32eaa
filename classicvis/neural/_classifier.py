"""CNNClassifier: a convolutional network behind fit, predict and score."""

import os
import warnings
from numbers import Integral, Real

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from classicvis._labels import check_class_weight, check_labels, encode_labels
from classicvis._sklearn_compat import CallbackSupportMixin, FitCallbacks, Interval, StrOptions, fit_context
from classicvis.images import ImageReader
from classicvis.neural.architectures._architectures import ARCHITECTURES, plan_module, plan_network, training_defaults
from classicvis.neural.architectures._presets import choose_preset, choose_views, describe
from classicvis.neural.running._session import LazySession, OpenNetwork, iterate_feeds, run_in_batches
from classicvis.neural.running._threads import count_threads
from classicvis.neural.training._clock import Clock
from classicvis.neural.training._fingerprint import describe_data, describe_parameters
from classicvis.neural.training._fitting import (
    StoppingRule,
    Task,
    choose_device,
    fit_network,
    fit_pass,
    require_libraries,
)
from classicvis.neural.training._image_files import open_images
from classicvis.neural.training._labels import classes_of_stream, require_two_classes
from classicvis.neural.training._normalisation import given_normalisation
from classicvis.neural.training._recipe import choose_recipe
from classicvis.neural.training._samples import Samples
from classicvis.neural.training._weights import combine_weights
from classicvis.pixels import read_images, record

LARGEST_SEED = 2**31 - 1
MODULE_PREFIX = "module__"


class CNNClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    """A convolutional network, trained from scratch, or a torch module of your own.

    torch trains the network in `fit`. The fitted classifier keeps an ONNX model, which onnxruntime runs: it is
    small, and predicts where torch is not installed. The network, the number of epochs and the augmentation are
    chosen from the size and the number of the images; `recipe_` holds the choice.

    Parameters
    ----------
    architecture : {"small", "airbench", "resnet20"}, callable or None, default=None
        The network. "small" is a stack of convolutions that a CPU trains in a minute. "airbench" whitens patches
        of the images and needs few epochs; it is meant for a GPU [2]_. "resnet20" is the residual network of
        [3]_. A callable gets the shape of an image, ``(rows, columns, channels)``, the number of classes and
        `module_params`, and returns a torch module. The module takes normalised images of shape ``(n, channels,
        rows, columns)`` and returns logits. None takes the network of the preset.
    preset : {"fast", "balanced", "best"}, default="balanced"
        Trades time for accuracy, where a parameter is None. "fast" trains the small network for 30 % of the
        epochs. "best" is airbench with several views; on a GPU it is wider, trains for more epochs, shifts images
        further and erases a window of each image.
    module_params : dict, default=None
        Further arguments of a callable `architecture`. Each can also be set and searched as ``module__name``.
    freeze : list of str, default=None
        Names of the submodules or parameters of your own module that are not trained: ``"features"`` includes
        ``features.0.weight``. The statistics of their batch normalisation stay too. None trains all.
    widths : tuple of int, default=None
        Numbers of filters. "small" takes those of the first convolution and of each stage of two convolutions,
        by default ``(32, 32, 64)``, or ``(32, 32, 64, 128)`` above about 40 pixels. "airbench" and "resnet20" take
        those of each stage, by default ``(64, 256, 256)`` and ``(16, 32, 64)``.
    max_iter : int, default=None
        Number of epochs. `early_stopping` may end training earlier. None chooses 30 for 6,000 images (airbench:
        23), in inverse proportion to the square root of their number; `preset` multiplies it.
    batch_size : int, default=None
        Number of images in a step of the optimizer. None chooses 1/8 of the images, between 16 and 128 (airbench:
        1/25, up to 2,000, or 256 on the CPU), and fewer where images are large. A batch that does not fit on a
        GPU is split, with a warning.
    learning_rate_init : float, default=None
        Peak learning rate. The learning rate rises linearly over the first fifth of the steps, and then falls
        linearly to zero. None: 0.1; airbench: 0.24; a module of your own: 0.005, or 0.001 if `mean` or `std` is
        given and `freeze` is not, since all of it is then taken to be trained before.
    weight_decay : float, default=None
        L2 penalty: of "small", on the first convolution and the linear layer (filters between have a fixed
        norm), of "resnet20" on all filters, both by default 5e-4; of "airbench", by what share of itself an
        image shrinks shifts and the linear layer, by default 2e-6; of a module of your own that of AdamW,
        by default 0.01, on all but vectors.
    label_smoothing : float in [0, 1), default=None
        Share of each label that is spread over all classes. None: 0.1, for airbench 0.2.
    padding : int, default=None
        Augmentation: the largest random shift along both axes, in pixels. The border is filled with copies of the
        edge. None chooses 1/20 of the size (airbench: 1/16). 0 shifts nothing.
    horizontal_flip : bool, default=False
        Augmentation: mirror each image in every other epoch. It helps with photos and clothes, and harms with
        letters and digits.
    multi_view : bool, default=None
        Average the logits of several views: the image, and the image shifted by a pixel to either side, each also
        mirrored with `horizontal_flip`. Prediction takes three or six times as long. None: with the preset "best".
    mean, std : float or array-like of shape (channels,), default=None
        Mean and standard deviation that normalise the pixel values, for a module that was trained before. None
        measures both on the images.
    class_weight : dict or "balanced", default=None
        Weights of the classes as in scikit-learn: ``{label: weight}``, or inversely proportional to their
        frequencies. None: 1 each.
    early_stopping : bool, default=False
        Set a part of the images aside for validation, end training after `n_iter_no_change` epochs without
        progress on them, and keep the best epoch.
    validation_fraction : float in (0, 1), default=0.1
        Share of the images, of every class, that `early_stopping` sets aside.
    n_iter_no_change : int, default=10
        Number of epochs that `early_stopping` waits for progress.
    warm_start : bool, default=False
        Begin `fit` with the weights and the normalisation of the last fit, in a new cycle of the learning rate.
        The images must have the same shape, and classes of the last fit.
    max_time : float, default=None
        Seconds that `fit` may take. The learning rate falls to zero by then, or by `max_iter` if that comes first.
        The last step and the writing of the model may exceed it. The result is not reproducible. None sets no
        limit.
    checkpoint : str or os.PathLike, default=None
        File to which `fit` writes the state of training after every epoch. If the file exists when `fit` begins,
        training resumes from it, with the same result as without the interruption; a file of other data or
        parameters is an error. `fit` removes the file when it ends. One file serves one fit at a time.
    reader : ImageReader, default=None
        Reads X, such as a list of paths. Images are read in the reader's `n_jobs` threads, two batches ahead of
        training, and are never all in memory. The reader must have a `size`.
    image_shape : tuple of int, default=None
        ``(rows, columns)`` or ``(rows, columns, channels)`` of an image, for X of flat rows. None takes rows
        for square grey images, or, up to 30 features, for images of one row.
    device : {"auto", "cpu", "cuda"}, default="auto"
        Where to train and predict. "auto" uses CUDA if it is available, checked separately for training and for
        prediction, and warns once if there is a GPU that onnxruntime cannot use. "cuda" raises an error if CUDA is
        not available. The parameter can be changed on a fitted classifier, to predict on another machine.
    precision : {"auto", "float32", "bfloat16"}, default="auto"
        Precision of convolutions and matrix products in training. "auto" takes bfloat16 where the hardware supports
        it, which is about twice as fast. Weights and prediction are float32 in any case.
    compile : bool, default=False
        Compile the network by torch. It takes up to minutes, and pays only for long training.
    deterministic : bool, default=False
        Use only algorithms on a GPU that give the same bits in every run, at some cost of time. The CPU gives
        the same bits in any case.
    n_threads : int, default=None
        Number of threads of torch and of onnxruntime. None takes one for each physical core that
        the process may use.
    session_options : dict, default=None
        Options of onnxruntime in prediction, as in :class:`~classicvis.ONNXTransformer`. They can be changed on a
        fitted classifier.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the order of the images, their augmentation and the validation split. None
        draws a new seed each time. The global generators are neither used nor changed.
    verbose : bool, default=False
        Show a progress bar while training, if the output is a terminal.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    onnx_model_ : bytes
        The network. Its input ``images`` has the shape ``(n, rows, columns, channels)`` and holds raw pixel
        values as they were in training, as float32 (float64 if X was); its outputs are ``logits`` and
        ``probabilities``, and ``feature_maps``, ``class_weights`` and ``class_biases``, which
        :func:`~classicvis.inspection.class_activation_map` reads (of a module of your own where it looks at one
        view and ends in pooling and a linear layer). The metadata tell the layout, the size, the
        order of colours, the range of the training images and, if they are plain, the class labels.
    recipe_ : dict
        What was trained and how: the architecture, the filters, the views, the batch size, the epochs planned,
        the precision and the rest, with the seed.
    learning_curves_ : dict of str to list of float
        One figure an epoch: ``loss``, ``accuracy`` (in training, of augmented images), ``learning_rate`` (at
        the epoch's start), ``seconds``; with `early_stopping` also ``validation_loss``,
        ``validation_accuracy``. After `partial_fit`, one figure a call.
    n_iter_ : int
        Number of epochs trained, or of calls of `partial_fit`.
    device_ : {"cpu", "cuda"}
        Where the network was trained.
    provider_ : str
        The onnxruntime provider that predicts in this process, such as ``"CPUExecutionProvider"``.
    n_features_in_ : int
        Number of values of an image.
    value_range_ : tuple of (float, float)
        Range of the values in `fit`. Prediction warns where values lie in 0 to 1 and those in `fit` did not, or the
        reverse.
    sample_shape_ : tuple of int
        Shape of a sample of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X was a DataFrame.

    See Also
    --------
    classicvis.ImageReader : Reads files and brings images to one size.
    classicvis.make_hog_svm : A classical method for the same images.

    Notes
    -----
    The small network is a stack of 3 × 3 convolutions, each with batch normalisation and ReLU, max pooling
    between the stages and over the whole map at the end, and a linear layer. Its filters and those of airbench
    are trained by Muon [1]_, the rest by SGD with Nesterov momentum, a module of your own by AdamW, in one cycle
    of the learning rate. On a GPU, images are kept in its memory in their dtype, if they fill less than half of
    what is free, and are moved, mirrored and normalised there.

    Pixel values are taken as numbers: each channel is brought to zero mean and unit variance by the
    statistics of the training images, in the graph, so that any finite range will do, and prediction wants
    the range of training. Images stay in their dtype until a batch is made.

    On one machine's CPU, the same data, seed and number of threads give the same model, byte for byte, in one
    go or from a `checkpoint`, from arrays or through a `reader`; with `max_time` they do not.
    Predictions do not depend on how X is cut into batches; those of a module of your own agree within rounding.
    A module of your own is built and trained while torch's global generators follow the seed; their states are
    put back afterwards.

    References
    ----------
    .. [1] Keller Jordan et al.: Muon: an optimizer for hidden layers in neural networks (2024),
       https://kellerjordan.github.io/posts/muon/
    .. [2] Keller Jordan: 94% on CIFAR-10 in 3.29 seconds on a single GPU. arXiv:2404.00498 (2024)
    .. [3] Kaiming He et al.: Deep residual learning for image recognition. CVPR (2016)

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from classicvis.neural import CNNClassifier
    >>> X, y = load_digits(return_X_y=True)  # rows of 64 values: images of 8 × 8 pixels
    >>> network = CNNClassifier(widths=(8, 8), max_iter=5, n_threads=1, random_state=0)
    >>> network.fit(X[:1000], y[:1000]).score(X[1000:], y[1000:]) > 0.8
    True
    """

    _parameter_constraints: dict = {
        "architecture": [StrOptions(set(ARCHITECTURES)), callable, None],
        "preset": [StrOptions({"fast", "balanced", "best"})],
        "module_params": [dict, None],
        "freeze": ["array-like", None],
        "widths": ["array-like", None],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "batch_size": [Interval(Integral, 2, None, closed="left"), None],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither"), None],
        "weight_decay": [Interval(Real, 0, None, closed="left"), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left"), None],
        "padding": [Interval(Integral, 0, None, closed="left"), None],
        "horizontal_flip": ["boolean"],
        "multi_view": ["boolean", None],
        "mean": ["array-like", Interval(Real, None, None, closed="neither"), None],
        "std": ["array-like", Interval(Real, 0, None, closed="neither"), None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "max_time": [Interval(Real, 0, None, closed="neither"), None],
        "checkpoint": [str, os.PathLike, None],
        "reader": [ImageReader, None],
        "image_shape": ["array-like", None],
        "device": [StrOptions({"auto", "cpu", "cuda"})],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "compile": ["boolean"],
        "deterministic": ["boolean"],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "session_options": [dict, None],
        "random_state": ["random_state"],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        *,
        architecture=None,
        preset="balanced",
        module_params=None,
        freeze=None,
        widths=None,
        max_iter=None,
        batch_size=None,
        learning_rate_init=None,
        weight_decay=None,
        label_smoothing=None,
        padding=None,
        horizontal_flip=False,
        multi_view=None,
        mean=None,
        std=None,
        class_weight=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        max_time=None,
        checkpoint=None,
        reader=None,
        image_shape=None,
        device="auto",
        precision="auto",
        compile=False,
        deterministic=False,
        n_threads=None,
        session_options=None,
        random_state=None,
        verbose=False,
    ):
        self.architecture = architecture
        self.preset = preset
        self.module_params = module_params
        self.freeze = freeze
        self.widths = widths
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.padding = padding
        self.horizontal_flip = horizontal_flip
        self.multi_view = multi_view
        self.mean = mean
        self.std = std
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.max_time = max_time
        self.checkpoint = checkpoint
        self.reader = reader
        self.image_shape = image_shape
        self.device = device
        self.precision = precision
        self.compile = compile
        self.deterministic = deterministic
        self.n_threads = n_threads
        self.session_options = session_options
        self.random_state = random_state
        self.verbose = verbose

    def get_params(self, deep=True):
        """Return the parameters; with `deep`, each of `module_params` too, as ``module__name``.

        Parameters
        ----------
        deep : bool, default=True
            Also those of `module_params`.

        Returns
        -------
        params : dict of str to object
            By name.
        """
        params = super().get_params(deep=deep)
        if deep and isinstance(self.module_params, dict):
            params |= {f"{MODULE_PREFIX}{name}": value for name, value in self.module_params.items()}
        return params

    def set_params(self, **params):
        """Set parameters; ``module__name=value`` sets one of `module_params`, known or new.

        Parameters
        ----------
        **params : dict of str to object
            By name.

        Returns
        -------
        self : CNNClassifier
            Itself.
        """
        of_module = {name: params.pop(name) for name in list(params) if name.startswith(MODULE_PREFIX)}
        super().set_params(**params)
        if of_module:
            named = {name.removeprefix(MODULE_PREFIX): value for name, value in of_module.items()}
            self.module_params = {**(self.module_params or {}), **named}
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Train a network.

        Ctrl-C ends training after the epochs that are over, and the classifier is fitted with the best network so
        far, with a warning. In the first epoch, and if pressed twice, it raises KeyboardInterrupt.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            Images, grey or with 3 channels (a fourth, alpha, is dropped), or flat rows: see `image_shape`. With a
            `reader`, whatever that takes, such as a list of paths.
        y : array-like of shape (n,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n,), default=None
            Weights of the images. Images of weight 0 are ignored. None gives every image weight 1.

        Returns
        -------
        self : CNNClassifier
            Fitted.

        Raises
        ------
        ValueError
            X, y, the weights or a parameter are not as described, or `checkpoint` is the file of another fit.
        ImportError
            torch, onnx or onnxruntime is missing, or onnxscript, for a module of your own.
        FloatingPointError
            Training diverged.
        RuntimeError
            `device` is "cuda" and CUDA is not available.
        """
        clock = Clock(self.max_time)
        learned = getattr(self, "_learned", None) if self.warm_start else None
        images, y = self._read_images_and_labels(X, y, reset=learned is None)
        classes = np.unique(y) if learned is None else self.classes_
        samples = self._make_samples(images, y, classes, sample_weight)
        require_two_classes(classes, samples.targets)
        stopping = StoppingRule(self.validation_fraction, self.n_iter_no_change) if self.early_stopping else None
        require_libraries()
        task = self._make_task(samples, classes, learned, self._draw_seed(), clock)
        checkpoint = self._open_checkpoint(task, samples)
        if checkpoint is not None:
            task = task._replace(seed=checkpoint.seed)
        callbacks = FitCallbacks(
            self,
            X,
            y,
            sample_weight,
            n_tasks=task.recipe.n_epochs,
            to_attributes=lambda fitted: self._make_attributes(task, fitted),
        )
        fitted = fit_network(task, samples, stopping=stopping, checkpoint=checkpoint, callbacks=callbacks)
        vars(self).update(self._make_attributes(task, fitted))
        callbacks.end()
        if fitted.is_interrupted:
            self._warn_of_interruption(task)
        elif checkpoint is not None:
            checkpoint.remove()
        return self

    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train the network for one pass over some images of a stream, and write the model.

        Pixel values are normalised by the statistics of the first images. The learning rate rises over the first 100
        steps of the optimizer, and then falls with the root of their number; those of a `fit` before count, whose
        network the stream goes on with. Some hundred images a call are a good number. `early_stopping`,
        `class_weight="balanced"`, `max_time`, `checkpoint` and `warm_start` are settings of `fit`: the first two are
        errors here, the others of no effect.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            At least two images, as in `fit`.
        y : array-like of shape (n,)
            Labels, of one class or more.
        classes : array-like of shape (n_classes,), default=None
            All classes of the stream. Needed in the first call, unless `fit` was called before.
        sample_weight : array-like of shape (n,), default=None
            As in `fit`.

        Returns
        -------
        self : CNNClassifier
            Fitted.

        Raises
        ------
        ValueError
            X, y, the weights or a parameter are not as described; `classes` is missing in the first call, differs
            from that of an earlier one, or lacks a label of y.
        ImportError, FloatingPointError, RuntimeError
            As in `fit`.
        """
        learned = getattr(self, "_learned", None)
        self._require_stream_settings()
        images, y = self._read_images_and_labels(X, y, reset=learned is None)
        classes = classes_of_stream(classes, None if learned is None else self.classes_)
        samples = self._make_samples(images, y, classes, sample_weight)
        if samples.n_samples < 2:
            raise ValueError("X has 1 image with a weight above 0, but partial_fit needs 2 in a call: collect some.")
        require_libraries()
        seed = self._draw_seed() if learned is None else learned.seed
        task = self._make_task(samples, classes, learned, seed, Clock())
        task = task._replace(recipe=task.recipe._replace(n_epochs=1))
        is_new = learned is None or learned.n_passes == 0
        fitted = fit_pass(task, samples, {} if is_new else self.learning_curves_)
        vars(self).update(self._make_attributes(task, fitted))
        return self

    def decision_function(self, X):
        """Return the logits of the classes, or their difference if there are two.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            Images of the shape seen in `fit`.

        Returns
        -------
        scores : ndarray of shape (n,) or (n, n_classes), dtype float64
            For two classes, positive values stand for ``classes_[1]``.
        """
        logits = self._logits(X)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict_proba(self, X):
        """Return the probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            Images of the shape seen in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n, n_classes), dtype float64
            Each row sums to 1. Label smoothing makes them cautious.
        """
        return softmax(self._logits(X), axis=1)

    def predict(self, X):
        """Return the most probable labels.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f)
            Images of the shape seen in `fit`.

        Returns
        -------
        labels : ndarray of shape (n,)
            One of `classes_` for each image.
        """
        winners = self._logits(X).argmax(axis=1)
        return self.classes_[winners]

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
        check_is_fitted(self)
        session, images = self._get_session(), self._read_images(X, reset=False)
        feeds = iterate_feeds(session, images, is_fixed=self._has_fixed_batches())
        return OpenNetwork(session, feeds, slice(None))

    @property
    def provider_(self):
        """The onnxruntime provider that predicts in this process."""
        check_is_fitted(self)
        return self._get_session().get_providers()[0]

    def _get_session(self):
        return self._session.get(
            self.onnx_model_, device=self.device, n_threads=self.n_threads, options=self.session_options
        )

    def _logits(self, X):
        check_is_fitted(self)
        images = self._read_images(X, reset=False)
        return run_in_batches(self._get_session(), images, is_fixed=self._has_fixed_batches()).astype(np.float64)

    def _has_fixed_batches(self):
        return (self.session_options or {}).get("fixed_batch", False)

    def _read_images(self, X, *, reset):
        if self.reader is not None:
            return open_images(self, X, reset=reset)
        batch = read_images(X, image_shape=self.image_shape, like=None if reset else self)
        if reset:
            record(self, batch)
        return batch.pixels

    def _read_images_and_labels(self, X, y, *, reset):
        images = self._read_images(X, reset=reset)
        y = check_labels(y, images, type(self).__name__)
        check_classification_targets(y)
        return images, y

    def _make_samples(self, images, y, classes, sample_weight):
        """Return the images with a weight above 0, with their classes and weights."""
        check_class_weight(self.class_weight)
        targets = encode_labels(y, classes, type(self).__name__)
        samples = Samples(images, targets, combine_weights(sample_weight, self.class_weight, y))
        return samples if samples.weights.all() else samples.take(np.flatnonzero(samples.weights))

    def _make_task(self, samples, classes, learned, seed, clock):
        preset = choose_preset(self.preset, self.architecture, choose_device(self.device))
        return Task(
            plan=self._lay_out(preset, samples.images.shape[1:], len(classes)),
            recipe=self._choose_recipe(preset, samples),
            preset=preset,
            normalisation=given_normalisation(self.mean, self.std, samples.images),
            labels=classes,
            device=self.device,
            n_threads=count_threads(self.n_threads),
            seed=seed,
            clock=clock,
            verbose=self.verbose,
            learned=learned,
        )

    def _open_checkpoint(self, task, samples):
        """Return the file for the state of training, or None."""
        if self.checkpoint is None:
            return None
        from classicvis.neural.training._checkpoint import Checkpoint

        parameters = describe_parameters(self)
        parameters |= {"device": choose_device(self.device), "n_threads": str(task.n_threads)}
        if self.random_state is not None:
            parameters["seed"] = str(task.seed)
        weights = {} if task.learned is None else task.learned.weights
        return Checkpoint(self.checkpoint, parameters, describe_data(samples, task.labels, weights), task.seed)

    def _make_attributes(self, task, fitted):
        return {
            "classes_": task.labels,
            "onnx_model_": fitted.onnx_model,
            "learning_curves_": fitted.learning_curves,
            "n_iter_": len(fitted.learning_curves["loss"]),
            "device_": fitted.device,
            "recipe_": {
                **describe(task.plan, task.preset),
                **task.recipe._asdict(),
                "n_threads": task.n_threads,
                "seed": task.seed,
            },
            "_learned": fitted.learned,
            "_session": LazySession(),
        }

    def _require_stream_settings(self):
        if self.early_stopping:
            raise ValueError(
                "early_stopping is True, but partial_fit has no epochs to choose from: set early_stopping=False."
            )
        if self.class_weight == "balanced":
            raise ValueError("class_weight is 'balanced', but partial_fit sees no frequencies: give a dict of weights.")

    def _warn_of_interruption(self, task):
        how = "fit again" if self.checkpoint is None else "fit again, and training goes on from the checkpoint,"
        warnings.warn(
            f"Ctrl-C has ended training after {self.n_iter_} of {task.recipe.n_epochs} epochs, and the best network so "
            f"far is kept: {how} to train to the end.",
            UserWarning,
            stacklevel=4,
        )

    def _lay_out(self, preset, image_shape, n_classes):
        """Return the plan of the network."""
        views = choose_views(preset, self.multi_view, self.horizontal_flip)
        if callable(preset.architecture):
            if self.widths is not None:
                raise ValueError(
                    f"widths is {self.widths!r}, but a module of your own has none: set module_params instead."
                )
            return plan_module(
                preset.architecture,
                image_shape,
                n_classes,
                parameters=self.module_params,
                frozen=self.freeze,
                views=views,
            )
        if self.module_params or self.freeze is not None:
            raise ValueError(
                "module_params and freeze are for a module of your own, but architecture is "
                f"{self.architecture!r}: give a callable that makes the module, or leave both at None."
            )
        return plan_network(
            preset.architecture,
            image_shape,
            n_classes,
            widths=preset.widths if self.widths is None else self.widths,
            views=views,
            options=preset.options,
        )

    def _choose_recipe(self, preset, samples):
        from classicvis.neural.training._precision import choose_precision

        device = choose_device(self.device)
        has_means = self.mean is not None or self.std is not None
        is_trained = callable(preset.architecture) and has_means and self.freeze is None
        recipe = choose_recipe(
            samples.n_samples,
            samples.images.shape[1:],
            training_defaults(preset.architecture, device, is_trained=is_trained),
            effort=preset.effort,
            augments_strongly=preset.augments_strongly,
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            learning_rate_init=self.learning_rate_init,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            padding=self.padding,
            horizontal_flip=self.horizontal_flip,
        )
        return recipe._replace(
            precision=choose_precision(self.precision, device),
            compile=bool(self.compile),
            deterministic=bool(self.deterministic),
        )

    def _draw_seed(self):
        """Return the seed of this fit; without `random_state`, one that nobody knew before."""
        if self.random_state is None:
            return int(np.random.SeedSequence().generate_state(1)[0] % LARGEST_SEED)
        return int(check_random_state(self.random_state).randint(LARGEST_SEED))
