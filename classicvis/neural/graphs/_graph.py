"""Cutting an ONNX network where its features are: before the last layer, or at a tensor that is named."""

import difflib

from classicvis._optional import import_optional
from classicvis.neural.running._model_files import ModelFileError, describe_model

EXTRAS = "cnn,onnx"
N_SUGGESTIONS = 3
LINEAR = ("Gemm", "MatMul", "Conv")  # what a network may end in, the last as a 1 × 1 convolution
# What may stand behind the last layer; each passes on its first input that depends on the images.
BINARY = ("Add", "Sub", "Mul", "Div")  # if they join the images' values with a constant alone
ACTIVATIONS = ("Softmax", "LogSoftmax", "Sigmoid", "Relu", "Clip", "Dropout", "ArgMax", "TopK")
RESHAPING = ("Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose")
CASTS = ("Identity", "Cast", "QuantizeLinear", "DequantizeLinear")
POOLINGS = ("GlobalAveragePool", "GlobalMaxPool", "AveragePool", "ReduceMean", "ReduceSum")
TAIL = frozenset((*BINARY, *ACTIVATIONS, *RESHAPING, *CASTS, *POOLINGS))


def read_model(model):
    """Return an ONNX model as one message that holds all its weights.

    Parameters
    ----------
    model : bytes, str or os.PathLike
        The model, or its file. Weights that are kept in files beside it are read too.

    Returns
    -------
    model : onnx.ModelProto
        The model.

    Raises
    ------
    ImportError
        onnx is missing.
    ModelFileError
        It is not an ONNX model, or its weights are missing or outside its folder.
    OSError
        The file cannot be read.
    """
    onnx = import_optional("onnx", extra=EXTRAS, purpose="Reading an ONNX network")
    name = describe_model(model)
    try:
        loaded = onnx.load_from_string(model) if isinstance(model, bytes) else onnx.load(model)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except onnx.checker.ValidationError as error:
        raise ModelFileError(
            f"{name} keeps weights in files that cannot be read ({error}): weights must be in files beside the model, "
            "in its folder or below."
        ) from error
    except Exception as error:  # protobuf has several decoders, each with an exception of its own
        raise ModelFileError(f"{name} cannot be read as an ONNX model ({error}): give one that is whole.") from error
    if not loaded.graph.node:
        raise ModelFileError(f"{name} holds no network: give an ONNX model.")
    return loaded


def cut_model(model, output="auto", name="The network"):
    """Cut a network so that it ends in its features.

    Parameters
    ----------
    model : onnx.ModelProto
        An image network.
    output : str, default="auto"
        Name of the tensor to end in. ``"auto"`` takes the input of the last matrix product, or of the last 1 × 1
        convolution, with nothing behind it but activations, pooling and reshaping.
    name : str, default="The network"
        How messages name it.

    Returns
    -------
    model : onnx.ModelProto
        What the tensor is computed by, and no other node or weight, with the metadata of the whole.
    output : str
        The tensor's name.

    Raises
    ------
    ValueError
        There is no such tensor, or no last layer to be found.
    """
    import onnx
    from onnx.utils import Extractor

    output = _find_features(model.graph, name) if output == "auto" else _checked_name(model.graph, output, name)
    model = onnx.shape_inference.infer_shapes(model)
    _declare(model.graph, output)
    initializers = {weight.name for weight in model.graph.initializer}
    inputs = [value.name for value in model.graph.input if value.name not in initializers]
    cut = Extractor(model).extract_model(inputs, [output])
    onnx.helper.set_model_props(cut, {entry.key: entry.value for entry in model.metadata_props})
    return cut, output


def find_last_layer(graph):
    """Find the last layer before an output of a network, with nothing behind it but activations and reshaping.

    Parameters
    ----------
    graph : onnx.GraphProto
        The network.

    Returns
    -------
    layer : onnx.NodeProto or None
        A matrix product or a 1 × 1 convolution; None where there is none.
    features : str or None
        The name of what it takes.
    """
    producers = {name: node for node in graph.node for name in node.output if name}
    depending = _names_that_depend_on_input(graph)
    for output in graph.output:
        layer, features = _last_layer_before(output.name, producers, depending, graph)
        if layer is not None:
            return layer, features
    return None, None


def _find_features(graph, name):
    _, features = find_last_layer(graph)
    if features is not None:
        return features
    raise ValueError(
        f"{name} does not end in a matrix product or a 1 × 1 convolution: say where its features are by "
        f"output=, such as {_join_names(_last_names(graph))}."
    )


def _last_layer_before(name, producers, depending, graph):
    while name in producers:
        node = producers[name]
        data = [value for value in node.input if value in depending]
        if not data:
            break
        if node.op_type in LINEAR and len(data) == 1:
            is_last = node.op_type != "Conv" or _is_pointwise(node, graph)
            return (node, data[0]) if is_last else (None, None)
        if node.op_type not in TAIL or (node.op_type in BINARY and len(data) > 1):
            break
        name = data[0]
    return None, None


def _is_pointwise(node, graph):
    for attribute in node.attribute:
        if attribute.name == "kernel_shape":
            return set(attribute.ints) == {1}
    return any(weight.name == node.input[1] and set(weight.dims[2:]) == {1} for weight in graph.initializer)


def _names_that_depend_on_input(graph):
    depending = {value.name for value in graph.input} - {weight.name for weight in graph.initializer}
    for node in graph.node:
        if depending.intersection(node.input):
            depending.update(node.output)
    return depending - {""}


def _checked_name(graph, output, name):
    names = [name for node in graph.node for name in node.output if name]
    if output in names:
        return output
    close = difflib.get_close_matches(output, names, N_SUGGESTIONS, cutoff=0.4) or _last_names(graph)
    raise ValueError(
        f"{name} has no tensor {output!r}, which output names: give 'auto', or a name such as {_join_names(close)}."
    )


def _declare(graph, name):
    """Make sure that the graph says of what type a tensor is, where shape inference could not tell."""
    from onnx import TensorProto, helper

    known = {value.name for values in (graph.value_info, graph.output) for value in values}
    if name not in known:
        graph.value_info.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))


def _last_names(graph):
    return [node.output[0] for node in graph.node[-N_SUGGESTIONS:]]


def _join_names(names):
    return " or ".join(map(repr, names))
