"""Features of a trained network with a support vector machine behind them: transfer learning without training it."""

from sklearn.pipeline import Pipeline

from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._steps import make_linear_svm, reader_steps


def make_transfer_svm(
    model,
    *,
    size=None,
    aspect="stretch",
    image_shape=None,
    output="auto",
    pooling="auto",
    mean=None,
    std=None,
    channel_order=None,
    layout=None,
    device="auto",
    n_threads=None,
    C=1.0,
    probability=False,
    random_state=None,
    n_jobs=None,
):
    """Make a pipeline of the features of a trained ONNX network, and a linear support vector machine.

    For photographs of which there are few, features that a network learned from a million others are the most accurate,
    and take no training but that of the machine.

    Parameters
    ----------
    model : str, os.PathLike or bytes
        An image network in ONNX, as :class:`~classicvis.ONNXTransformer` takes it.
    size : int or tuple of (int, int), default=None
        Rows and columns of the network's input, that images are brought to by an :class:`~classicvis.ImageReader` in
        front; the pipeline then takes paths, PIL images and images of varying size. None takes arrays, which the
        transformer brings to the network's size.
    aspect : {'stretch', 'pad', 'crop'}, default='stretch'
        How the reader brings images to `size`; only with `size`.
    image_shape : tuple of int, default=None
        Shape of an image, for images that come as flat rows.
    output : str, default='auto'
        Where the network ends, as in :class:`~classicvis.ONNXTransformer`.
    pooling : {'auto', 'mean', 'max', 'first', 'flatten'}, default='auto'
        How maps and tokens become one row, as in :class:`~classicvis.ONNXTransformer`.
    mean, std : float or sequence of float, default=None
        Of pixel values between 0 and 255 in the network's training; networks of classicvis tell themselves.
    channel_order : {'RGB', 'BGR', 'gray'}, default=None
        Channels of the network's input; networks of classicvis tell themselves.
    layout : {'NCHW', 'NHWC'}, default=None
        Axes of the network's input, if its shape does not tell.
    device : {'auto', 'cpu', 'cuda'}, default='auto'
        Where to run the network.
    n_threads : int, default=None
        Threads of the network. None takes one for each physical core.
    C : float, default=1.0
        Inverse strength of the regularisation.
    probability : {False, True, 'sigmoid', 'temperature'}, default=False
        As in :func:`make_hog_svm`.
    random_state : int, RandomState instance or None, default=None
        Seed.
    n_jobs : int, default=None
        Threads for reading and the support vector machine.

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `size`), ``network``, ``scaler`` and ``svm``, not fitted.

    See Also
    --------
    classicvis.fetch_backbone : Networks, with all that they need to be told.

    Examples
    --------
    >>> from classicvis import CNNClassifier, load_fashion_sample, make_transfer_svm
    >>> sample = load_fashion_sample()
    >>> network = CNNClassifier(widths=(8, 16), max_iter=2, n_threads=1, random_state=0)
    >>> network = network.fit(sample.X_train[:1000], sample.y_train[:1000])
    >>> pipeline = make_transfer_svm(network.onnx_model_).fit(sample.X_train[:500], sample.y_train[:500])
    >>> bool(pipeline.score(sample.X_test, sample.y_test) > 0.6)
    True
    """
    from classicvis.neural import ONNXTransformer

    network = ONNXTransformer(
        model,
        output=output,
        pooling=pooling,
        size=size,
        mean=mean,
        std=std,
        channel_order=channel_order,
        layout=layout,
        image_shape=image_shape,
        n_threads=n_threads,
        device=device,
    )
    svm = make_linear_svm(C, probability, random_state, n_jobs)
    color = "gray" if channel_order == "gray" else "rgb"
    steps = [("network", network), ("scaler", FeatureScaler(copy=False)), ("svm", svm)]
    return Pipeline([*reader_steps(size, color, aspect, n_jobs), *steps])
