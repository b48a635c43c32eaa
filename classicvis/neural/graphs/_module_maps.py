"""What the logits of a user's module are made of, as further outputs, where pooled maps and a linear layer end it."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from classicvis.neural.graphs._outputs import CLASS_BIASES, CLASS_WEIGHTS, EXPLAINING, FEATURE_MAPS, LOGITS
from classicvis.neural.running._session import make_session

POOLINGS = {"ReduceMean": "mean", "GlobalAveragePool": "mean", "ReduceMax": "max", "GlobalMaxPool": "max"}
RESHAPING = ("Reshape", "Flatten", "Squeeze", "Gather", "Identity")  # what the exporter puts behind pooling
N_TRIED = 4  # images
TOLERANCE = 1e-4  # as a share of the largest logit


def put_out_maps(model, normalisation):
    """Return a model that puts out its feature maps, the weights and the biases of its last layer, if it can.

    Whether the logits are those weights times the pooled maps is tried on random images, since the nodes that the
    exporter writes between pooling and the last layer could mean anything.

    Parameters
    ----------
    model : onnx.ModelProto
        With the inputs and outputs of `export_module`.
    normalisation : Normalisation
        Tells what pixel values are usual.

    Returns
    -------
    model : onnx.ModelProto
        With more outputs, or as it was.
    pooling : {"mean", "max"} or None
        How the maps are pooled; None where there are none.
    """
    found = _find_last_layer(model.graph)
    if found is None:
        return model, None
    maps, pooling, weights, biases = found
    explained = type(model)()
    explained.CopyFrom(model)
    _add_outputs(explained.graph, maps, weights, biases)
    return (explained, pooling) if _explains(explained, pooling, normalisation) else (model, None)


def _find_last_layer(graph):
    """Return the name of the maps, how they are pooled, and weights and biases of the linear layer; None without."""
    makers = {output: node for node in graph.node for output in node.output}
    values = {tensor.name: tensor for tensor in graph.initializer}
    last = makers.get(LOGITS)
    if last is None or last.op_type != "Gemm" or not set(last.input[1:]) <= set(values):
        return None
    settings = {attribute.name: helper.get_attribute_value(attribute) for attribute in last.attribute}
    weights, *biases = (numpy_helper.to_array(values[name]) for name in last.input[1:])
    weights = weights if settings.get("transB") else weights.T
    node = makers.get(last.input[0])
    while node is not None and node.op_type in RESHAPING:
        node = makers.get(node.input[0])
    if node is None or node.op_type not in POOLINGS:
        return None
    return node.input[0], POOLINGS[node.op_type], weights, biases[0] if biases else np.zeros(len(weights), np.float32)


def _add_outputs(graph, maps, weights, biases):
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [FEATURE_MAPS if name == maps else name for name in names]
    for tensor in graph.value_info:
        tensor.name = FEATURE_MAPS if tensor.name == maps else tensor.name
    constants = {CLASS_WEIGHTS: weights[:, :, np.newaxis, np.newaxis], CLASS_BIASES: biases}
    for name, values in constants.items():
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), f"{name}.values"))
        graph.node.append(helper.make_node("Identity", [f"{name}.values"], [name], name=name))
    shapes = {name: values.shape for name, values in constants.items()}
    shapes[FEATURE_MAPS] = ["batch", weights.shape[1], "map_rows", "map_columns"]
    for name in (FEATURE_MAPS, CLASS_WEIGHTS, CLASS_BIASES):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]))


def _explains(model, pooling, normalisation):
    """Say whether the logits of random images are the weighted pooled maps."""
    session = make_session(model.SerializeToString(), device="cpu", n_threads=1)
    image = session.get_inputs()[0]
    noise = np.random.default_rng(0).standard_normal((N_TRIED, *image.shape[1:]))
    pixels = normalisation.mean + normalisation.std * noise
    logits, maps, weights, biases = session.run(EXPLAINING, {image.name: pixels.astype(normalisation.mean.dtype)})
    if maps.ndim != 4:
        return False
    pooled = maps.mean(axis=(2, 3)) if pooling == "mean" else maps.max(axis=(2, 3))
    expected = pooled @ weights[:, :, 0, 0].T + biases if pooled.shape[1] == weights.shape[1] else np.inf
    return np.abs(logits - expected).max() <= TOLERANCE * max(1, np.abs(logits).max())
