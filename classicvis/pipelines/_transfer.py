"""Transfer learning: features of a trained network with a support vector machine."""

from sklearn.pipeline import Pipeline

from classicvis.pipelines._parameters import describe_parameters
from classicvis.pipelines._scaling import FeatureScaler
from classicvis.pipelines._steps import make_linear_svm, reader_steps


@describe_parameters()
def make_transfer_svm(
    model,
    *,
    reader=None,
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

    With few photographs, features that a network has learned from a million others are the most accurate. Only the
    support vector machine is trained.

    Parameters
    ----------
    model : str, os.PathLike or bytes
        An image network in ONNX, as in :class:`~classicvis.ONNXTransformer`.
    reader : ImageReader, default=None
        First step of the pipeline, which then takes paths, PIL images and images of varying size. Its size is that of
        the network's input. None, without `size`, takes arrays, which are resized to the network's input.
    size : int or tuple of (int, int), default=None
        Rows and columns of the network's input. Short for ``reader=ImageReader(size, aspect=aspect, n_jobs=n_jobs)``,
        with ``color="gray"`` where `channel_order` is ``'gray'``.
    %(aspect)s
    %(image_shape)s
    output : str, default='auto'
        Output of the network that is used, as in :class:`~classicvis.ONNXTransformer`.
    pooling : {'auto', 'mean', 'max', 'first', 'flatten'}, default='auto'
        How maps and tokens become one row, as in :class:`~classicvis.ONNXTransformer`.
    mean, std : float or sequence of float, default=None
        Mean and standard deviation of pixel values, between 0 and 255, in the network's training. The files of
        classicvis's own networks have them.
    channel_order : {'RGB', 'BGR', 'gray'}, default=None
        Channels of the network's input. The files of classicvis's own networks have it.
    layout : {'NCHW', 'NHWC'}, default=None
        Axes of the network's input, where its shape is ambiguous.
    device : {'auto', 'cpu', 'cuda'}, default='auto'
        Where to run the network.
    n_threads : int, default=None
        Threads of the network. None means one for each physical core.
    C : float, default=1.0
        Inverse strength of the regularisation.
    %(probability)s
    %(random_state)s
    %(n_jobs)s

    Returns
    -------
    pipeline : Pipeline
        Steps ``reader`` (with `reader` or `size`), ``network``, ``scaler`` and ``svm``, not fitted.

    Raises
    ------
    ValueError
        There is no such `probability`, or `reader` and `size` are both given.

    See Also
    --------
    classicvis.fetch_backbone : Networks, with the settings that they need.

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

    reading = reader_steps(reader, size, "gray" if channel_order == "gray" else "rgb", aspect, n_jobs)
    network = ONNXTransformer(
        model,
        output=output,
        pooling=pooling,
        size=size if reader is None else reader.size,
        mean=mean,
        std=std,
        channel_order=channel_order,
        layout=layout,
        image_shape=image_shape,
        n_threads=n_threads,
        device=device,
    )
    svm = make_linear_svm(C, probability, random_state, n_jobs)
    return Pipeline([*reading, ("network", network), ("scaler", FeatureScaler(copy=False)), ("svm", svm)])
