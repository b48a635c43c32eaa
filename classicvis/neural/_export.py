"""Writing a trained network as ONNX, layer by layer, and making sure that it says the same."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8  # what goes with the opset: readable by every onnxruntime since 1.12
FORMAT_NUMBER = 2
INPUT, LOGITS, PROBABILITIES = "images", "logits", "probabilities"
FEATURE_MAPS, CLASS_WEIGHTS, CLASS_BIASES = "feature_maps", "class_weights", "class_biases"
POOLING = "max"  # of the feature maps, before the linear layer


class GraphWriter:
    """Collects nodes and weights; every method takes the name of a tensor and returns that of the next."""

    def __init__(self):
        self.nodes = []
        self.weights = []

    def add(self, operator, *inputs, output=None, **attributes):
        """Add a node with one output."""
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, name, values):
        """Store an array under a name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def normalise(self, x, normalisation):
        """Subtract the mean and divide by the standard deviation; bring the channels to the front."""
        x = self.add("Sub", x, self.constant("mean", normalisation.mean))
        x = self.add("Div", x, self.constant("std", normalisation.std))
        if normalisation.mean.dtype != np.float32:
            x = self.add("Cast", x, to=TensorProto.FLOAT)
        return self.add("Transpose", x, perm=[0, 3, 1, 2])

    def convolve(self, x, name, layer, stride=(1, 1)):
        """Add a convolution with its batch normalisation folded in."""
        filters, bias = layer.folded()
        kernel = filters.shape[2:]
        names = self.constant(f"{name}.weight", filters), self.constant(f"{name}.bias", bias)
        pads = [size // 2 for size in kernel] * 2
        return self.add("Conv", x, *names, kernel_shape=kernel, strides=stride, pads=pads)

    def max_pool(self, x, pool):
        """Add max pooling, unless there is nothing to pool."""
        return x if pool == (1, 1) else self.add("MaxPool", x, kernel_shape=pool, strides=pool)

    def rename(self, x, output):
        """Give a tensor that nothing refers to yet another name."""
        (node,) = (node for node in self.nodes if x in node.output)
        node.output[0] = node.name = output
        return output

    def classify(self, x, weight, bias):
        """Pool the maps and add the linear layer; what it is made of becomes outputs, for who asks why."""
        x = self.rename(x, FEATURE_MAPS)
        # A 1 × 1 convolution gives an image the same bits in every batch; a matrix product would not.
        weight = self.constant("head.weight", weight[:, :, None, None])
        bias = self.constant("head.bias", bias)
        x = self.add("Conv", self.add("GlobalMaxPool", x), weight, bias)
        # Constants, which cost nothing in a run, and which quantisation leaves as they are.
        self.add("Identity", weight, output=CLASS_WEIGHTS)
        self.add("Identity", bias, output=CLASS_BIASES)
        return self.add("Flatten", x, output=LOGITS)


def write_onnx(network, normalisation, metadata):
    """Write a network as an ONNX model.

    Parameters
    ----------
    network : Network
        A trained network, in evaluation mode.
    normalisation : Normalisation
        Goes into the graph.
    metadata : dict of str to str
        Added to what the network tells itself.

    Returns
    -------
    model : bytes
        An ONNX model. Its input ``images`` is float32 (float64 where the normalisation is) of shape
        ``(batch, rows, columns, channels)`` with pixel values as in training; its outputs are ``logits`` and
        ``probabilities`` of shape ``(batch, n_classes)``; ``feature_maps`` of shape ``(batch, n_filters, map
        rows, map columns)``, whose maxima are what the linear layer sees; and its ``class_weights`` of shape
        ``(n_classes, n_filters, 1, 1)`` and ``class_biases`` of shape ``(n_classes,)``. All are float32.
    """
    plan, graph = network.plan, GraphWriter()
    x = graph.normalise(INPUT, normalisation)
    x = graph.convolve(x, "stem", network.stem, plan.stem_stride)
    # The scale of a batch normalisation is positive, so that it may go before the pooling.
    x = graph.add("Relu", graph.max_pool(x, plan.stem_pool))
    for i, (stage, layers) in enumerate(zip(plan.stages, network.stages, strict=True)):
        x = graph.max_pool(x, stage.pool)
        for j, layer in enumerate(layers):
            x = graph.add("Relu", graph.convolve(x, f"stage{i}.{j}", layer))
    x = graph.classify(x, network.head.weight.detach().numpy(), network.head.bias.detach().numpy())
    graph.add("Softmax", x, axis=1, output=PROBABILITIES)
    return _serialise(graph, plan, normalisation.mean.dtype, metadata)


def _serialise(graph, plan, dtype, metadata):
    rows, columns, channels = plan.image_shape
    image_type = helper.np_dtype_to_tensor_dtype(dtype)
    images = helper.make_tensor_value_info(INPUT, image_type, ["batch", rows, columns, channels])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in {
            LOGITS: ["batch", plan.n_classes],
            PROBABILITIES: ["batch", plan.n_classes],
            FEATURE_MAPS: ["batch", plan.widths[-1], "map_rows", "map_columns"],
            CLASS_WEIGHTS: [plan.n_classes, plan.widths[-1], 1, 1],
            CLASS_BIASES: [plan.n_classes],
        }.items()
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "classicvis", [images], outputs, graph.weights),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="classicvis",
    )
    about = {
        "format": str(FORMAT_NUMBER),
        "layout": "NHWC",
        "rows": str(rows),
        "columns": str(columns),
        "channels": str(channels),
        "color_order": "RGB" if channels == 3 else "gray",
        "pooling": POOLING,
    }
    helper.set_model_props(model, {f"classicvis.{key}": value for key, value in (about | metadata).items()})
    return model.SerializeToString(deterministic=True)
