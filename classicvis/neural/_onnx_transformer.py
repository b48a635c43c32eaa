"""`ONNXTransformer`: an ONNX image network as a frozen feature extractor."""

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from classicvis._sklearn_compat import StrOptions, fit_context
from classicvis.neural._onnx_estimator import ONNXEstimator
from classicvis.neural.graphs._graph import cut_model, read_model
from classicvis.neural.graphs._pooling import POOLINGS, pool_features
from classicvis.neural.running._image_network import ImageNetwork
from classicvis.neural.running._model_files import describe_model, name_model_in_errors
from classicvis.pixels import record


class ONNXTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ONNXEstimator):
    """Features of images from a trained ONNX network, which is not trained further.

    The network is cut where its features are: before its last layer, or at the tensor `output`. Later layers
    are not computed.

    Parameters
    ----------
    model : str, os.PathLike or bytes
        An image network in ONNX: its file, with weights inside or in files beside it, or its content. ONNX files
        are code: load what you trust only.
    output : str, default="auto"
        Name of the tensor that holds the features. ``"auto"`` takes the input of the last matrix product, or of
        the last 1 × 1 convolution, with nothing behind it but activations, pooling and reshaping. A network
        without a last layer for classes needs a name.
    pooling : {"auto", "mean", "max", "first", "flatten"}, default="auto"
        How maps, of shape (n, d, h, w), and tokens, of shape (n, t, d), become one row an image: by the mean or
        maximum over positions or tokens, the first token, or all values in a row. ``"auto"`` takes the mean, and
        the first of tokens if the others are a square in number, since it then stands for the class, as in vision
        transformers.
    size : int or tuple of (rows, columns), default=None
        What images are resized to. None takes the size that the network's input has; where that may be any, images
        go in as they are.
    mean, std : float or sequence of float, default=None
        Subtracted from pixel values between 0 and 255, and what they are then divided by: a number, or one for
        each channel in the order of `channel_order`. Multiply what is given for values between 0 and 1 by 255.
    channel_order : {"RGB", "BGR", "gray"}, default=None
        Channels of the network's input. Grey images are repeated in three channels, colours are weighed to grey.
    layout : {"NCHW", "NHWC"}, default=None
        Order of the axes of the network's input. None takes what its shape gives away.
    value_range : "dtype" or tuple of (float, float), default=None
        Pixel values that are black and white, 0 and 255 to `mean` and `std`. ``"dtype"``, and None but for networks
        of classicvis, means 0 and 1 for bool and floats, 0 and 65535 for uint16, 0 and 255 for all other integers.
        What lies beyond is cut off, with one warning. None gives networks of classicvis pixel values as they are.
    image_shape : tuple of int, default=None
        ``(rows, columns)`` or ``(rows, columns, channels)`` of an image, for X of flat rows.
    batch_size : int, default=None
        Images that go through the network at once. None takes some 2 million pixel values, at most 256 images,
        on the CPU 32 for each thread; a network made for batches of one size gets these, the last one filled up.
    n_threads : int, default=None
        Threads of onnxruntime (``intra_op_num_threads``). None takes one for each physical core that the process
        may use.
    device : {"auto", "cpu", "cuda"}, default="auto"
        Where to run. "auto" uses CUDA if onnxruntime has it; "cuda" raises an error if it does not.
    session_options : dict, default=None
        Options of onnxruntime. ``"cudnn_conv_algo_search"``: ``"HEURISTIC"`` (default),
        ``"EXHAUSTIVE"`` or ``"DEFAULT"``. ``"arena_extend_strategy"``: ``"kSameAsRequested"`` (default) or
        ``"kNextPowerOfTwo"``. ``"gpu_mem_limit"``: bytes. ``"use_tf32"``: default True. ``"cpu_mem_arena"``: default
        True. ``"spinning"``: default False; True answers single images sooner and keeps cores busy.
        ``"fixed_batch"``: default False; True fills up the last batch, so that a GPU sees one shape only.

    Attributes
    ----------
    output_ : str
        Name of the tensor that holds the features.
    onnx_model_ : bytes
        The network up to its features.
    preprocessing_ : dict
        How an image is prepared for the network.
    provider_ : str
        The onnxruntime provider that runs the network in this process.
    n_features_in_ : int
        Number of values of an image, if all have one shape.
    value_range_ : tuple of (float, float)
        Values of black and white in `fit`.
    sample_shape_ : tuple of int or None
        Shape of a sample of X in `fit`; None if there were several.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X was a DataFrame.

    See Also
    --------
    classicvis.make_transfer_svm : These features with a linear support vector machine behind them.
    classicvis.ONNXClassifier : The whole network, with its classes.
    classicvis.fetch_backbone : Networks to begin with.

    Notes
    -----
    The metadata of a network of classicvis say how its images are prepared. For any other network, give `mean`, `std`
    and `channel_order`, and `layout` if the input's shape is ambiguous.

    A fitted transformer holds the network and no session: it pickles, and runs where onnx is not installed. Features
    are the same bits for the same number of threads and the same batches; otherwise they agree to about 1e-5 of their
    size.

    Examples
    --------
    >>> from classicvis import CNNClassifier, ONNXTransformer, load_fashion_sample
    >>> sample = load_fashion_sample()
    >>> network = CNNClassifier(widths=(8, 16), max_iter=1, n_threads=1, random_state=0)
    >>> network = network.fit(sample.X_train[:500], sample.y_train[:500])
    >>> transformer = ONNXTransformer(network.onnx_model_)  # or the name of a file
    >>> transformer.fit_transform(sample.X_test).shape
    (1000, 16)
    """

    _parameter_constraints: dict = {**ONNXEstimator._parameter_constraints, "pooling": [StrOptions(set(POOLINGS))]}

    def __init__(
        self,
        model,
        *,
        output="auto",
        pooling="auto",
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
        self.pooling = pooling

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Cut the network and find out how many features there are; it learns nothing.

        Parameters
        ----------
        X : array-like of shape (n, h, w), (n, h, w, c) or (n, f), or list of images
            Images.
        y : None
            Ignored.

        Returns
        -------
        self : ONNXTransformer
            Fitted.

        Raises
        ------
        ValueError
            X, a parameter or the network is not as described.
        ImportError
            onnx or onnxruntime is missing.
        OSError
            The model's file cannot be read.
        RuntimeError
            `device` is "cuda" and CUDA is not available.
        """
        name = describe_model(self.model)
        with name_model_in_errors(name, "give one that is whole"):
            model, self.output_ = cut_model(read_model(self.model), self.output, name)
        self._network = ImageNetwork(model.SerializeToString(), self._given(), self._settings(), name)
        batch = self._read(X)
        record(self, batch)
        self._n_features_out = self._run(batch.pixels[:1]).shape[1]
        return self

    def transform(self, X):
        """Run the network.

        Parameters
        ----------
        X : array-like
            Images, as in `fit`; of the shape seen there, if that was one shape.

        Returns
        -------
        features : ndarray of shape (n, n_features_out), dtype float32
            A row an image.

        Raises
        ------
        ValueError
            X differs in shape from `fit`, cannot be read as images, or makes the network overflow.
        """
        check_is_fitted(self)
        return self._run(self._read(X, like=self).pixels)

    def _image_network(self):
        check_is_fitted(self, "_network")
        return self._network

    def _run(self, images):
        return self._network.run(
            images, self._settings(), output=self.output_, finish=lambda values: pool_features(values, self.pooling)
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
