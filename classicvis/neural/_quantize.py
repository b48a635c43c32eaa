"""`quantize`: a network in 8-bit integers, which the CPU runs several times as fast, if it stays as accurate."""

import copy
import logging
import os
import tempfile
from contextlib import contextmanager
from numbers import Real

import numpy as np

from classicvis._optional import import_optional
from classicvis.neural._classifier import CNNClassifier
from classicvis.neural._onnx_classifier import ONNXClassifier
from classicvis.neural.graphs._graph import find_last_layer
from classicvis.neural.running._session import LazySession

EXTRAS = "cnn,onnx"
# The layers that take most of the time, and the operators between them that pass integers on.
OPERATORS = [
    "Conv",
    "Gemm",
    "MatMul",
    "Add",
    "Concat",
    "Relu",
    "Clip",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
]


def quantize(model, X_calibration, *, X_test=None, y_test=None, max_loss=0.003):
    """Turn a classifier's network into one of 8-bit integers.

    Convolutions and matrix products get signed 8-bit weights, scaled for each filter, and unsigned 8-bit inputs, whose
    ranges are those seen on the calibration images. The last layer and the normalisation before the first stay as they
    are.

    Parameters
    ----------
    model : CNNClassifier, ONNXClassifier, bytes, str or os.PathLike
        A fitted classifier; or a network of classicvis, or the name of its file. Put other networks into an
        :class:`~classicvis.ONNXClassifier`, whose parameters say how their images are prepared.
    X_calibration : array-like of shape (n, h, w), (n, h, w, c) or (n, f), or list of images
        Images like those to predict, some hundred of them; not those of the test.
    X_test : array-like, default=None
        Images to measure the loss on. None measures none: do that yourself.
    y_test : array-like of shape (n_test,), default=None
        Their labels.
    max_loss : float, default=0.003
        Largest loss of accuracy on the test images that is accepted, as a share of them.

    Returns
    -------
    quantized : CNNClassifier or ONNXClassifier
        What was given, with another network; an ONNXClassifier for bytes and files. The one given stays what it is.

    Raises
    ------
    ValueError
        More accuracy is lost than `max_loss`, or X or y is not as described.
    TypeError
        `model` is something else.
    ImportError
        onnx or onnxruntime is missing.

    Notes
    -----
    How much faster it is depends on the processor: those with instructions for products of 8-bit integers (VNNI on x86,
    dot products on ARM) gain two- to fourfold, older ones little. A GPU gains nothing from it.

    Examples
    --------
    >>> from classicvis import CNNClassifier, load_fashion_sample
    >>> from classicvis.neural import quantize
    >>> sample = load_fashion_sample()
    >>> network = CNNClassifier(widths=(8, 16), max_iter=2, n_threads=1, random_state=0)
    >>> network = network.fit(sample.X_train[:1000], sample.y_train[:1000])
    >>> small = quantize(
    ...     network, sample.X_train[:200], X_test=sample.X_test, y_test=sample.y_test, max_loss=0.02
    ... )
    >>> bool(abs(small.score(sample.X_test, sample.y_test) - network.score(sample.X_test, sample.y_test)) <= 0.02)
    True
    """
    classifier = _as_classifier(model)
    _check_test(X_test, y_test, max_loss)
    feeds = (feed for feed, _ in classifier.open_network(X_calibration).feeds)
    content = _quantize_content(classifier.onnx_model_, feeds)
    quantized = _with_network(classifier, content)
    if X_test is not None:
        _require_accuracy(classifier.score(X_test, y_test), quantized.score(X_test, y_test), max_loss)
    return quantized


def _as_classifier(model):
    if isinstance(model, CNNClassifier | ONNXClassifier):
        return model
    if isinstance(model, bytes | str | os.PathLike):
        return ONNXClassifier(model)
    raise TypeError(
        f"model is a {type(model).__name__}, but must be a fitted CNNClassifier, an ONNXClassifier, or a network in "
        "ONNX, as bytes or a file."
    )


def _check_test(X_test, y_test, max_loss):
    if (X_test is None) != (y_test is None):
        raise ValueError("Only one of X_test and y_test is given: give both, or neither.")
    if not isinstance(max_loss, Real) or not 0 <= max_loss <= 1:
        raise ValueError(f"max_loss is {max_loss!r}, but must be a share between 0 and 1.")


def _quantize_content(content, feeds):
    """Return the bytes of a network in integers."""
    onnx = import_optional("onnx", extra=EXTRAS, purpose="Quantizing a network")
    import_optional("onnxruntime", extra=EXTRAS, purpose="Quantizing a network")
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(quantization.CalibrationDataReader):
        def get_next(self):
            return next(feeds, None)

    with tempfile.TemporaryDirectory() as folder, _quiet_root_logger():
        given, prepared, made = (os.path.join(folder, f"{name}.onnx") for name in ("given", "prepared", "made"))
        with open(given, "wb") as file:
            file.write(content)
        quant_pre_process(given, prepared, skip_symbolic_shape=True)
        model = _name_nodes(onnx.load(prepared))
        last, _ = find_last_layer(model.graph)
        quantization.quantize_static(
            model,
            made,
            Reader(),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=OPERATORS,
            nodes_to_exclude=[] if last is None else [last.name],
        )
        quantized = onnx.load(made)
    told = {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}
    onnx.helper.set_model_props(quantized, told)
    return quantized.SerializeToString(deterministic=True)


def _name_nodes(model):
    """Give every node a name of its own, by which one can be left out."""
    for i, node in enumerate(model.graph.node):
        node.name = f"{node.name or node.op_type}.{i}"
    return model


@contextmanager
def _quiet_root_logger():
    """Keep onnxruntime's tools from advice that has been followed."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.getLogger().setLevel(level)


def _with_network(classifier, content):
    quantized = copy.deepcopy(classifier)
    if isinstance(classifier, ONNXClassifier):
        return quantized.set_params(model=content)
    quantized.onnx_model_ = content
    quantized._session = LazySession()
    return quantized


def _require_accuracy(before, after, max_loss):
    loss = float(np.round(before - after, 12))
    if loss > max_loss:
        raise ValueError(
            f"In 8 bits the network loses {100 * loss:.2f} points of accuracy ({100 * before:.2f} to {100 * after:.2f} "
            f"%), where {100 * max_loss:.2f} are allowed: give more calibration images, or keep the network as it is."
        )
