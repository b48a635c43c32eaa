"""Writing a trained network as ONNX, layer by layer, and making sure that it says the same."""

import json
import math

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from classicvis.neural.architectures._module import ModuleNetwork
from classicvis.neural.architectures._views import Views
from classicvis.neural.graphs._module_export import export_module
from classicvis.neural.graphs._module_maps import put_out_maps
from classicvis.neural.graphs._outputs import CLASS_BIASES, CLASS_WEIGHTS, FEATURE_MAPS, LOGITS, PROBABILITIES
from classicvis.neural.running._model_files import FORMATS

OPSET = 17
IR_VERSION = 8  # what goes with the opset: readable by every onnxruntime since 1.12
INPUT = "images"
LAST = 2**31 - 1  # past the end of any axis


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
        """Store an array under a name, unless it is there already."""
        if all(weight.name != name for weight in self.weights):
            self.weights.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
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
        return self.filter(x, name, *layer.folded(), stride)

    def filter(self, x, name, weight, bias, stride=(1, 1), padded=True):
        """Add a convolution, with or without a border of zeros that keeps the size."""
        kernel = weight.shape[2:]
        names = self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", bias)
        pads = [size // 2 if padded else 0 for size in kernel] * 2
        return self.add("Conv", x, *names, kernel_shape=kernel, strides=stride, pads=pads)

    def gelu(self, x):
        """Add x times the normal distribution function of x."""
        scaled = self.add("Div", x, self.constant("sqrt2", np.float32(math.sqrt(2))))
        doubled = self.add("Add", self.add("Erf", scaled), self.constant("one", np.float32(1)))
        return self.add("Mul", self.add("Mul", x, doubled), self.constant("half", np.float32(0.5)))

    def max_pool(self, x, pool):
        """Add max pooling, unless there is nothing to pool."""
        return x if pool == (1, 1) else self.add("MaxPool", x, kernel_shape=pool, strides=pool)

    def rename(self, x, output):
        """Give a tensor that nothing refers to yet another name."""
        (node,) = (node for node in self.nodes if x in node.output)
        node.output[0] = node.name = output
        return output

    def classify(self, x, weight, bias, pooling):
        """Pool maps by their "max" or "mean", and add the linear layer.

        What the logits are made of becomes outputs, for who asks why.
        """
        x = self.rename(x, FEATURE_MAPS)
        x = self.add({"max": "GlobalMaxPool", "mean": "GlobalAveragePool"}[pooling], x)
        # A 1 × 1 convolution gives an image the same bits in every batch; a matrix product would not.
        weight = self.constant("head.weight", weight[:, :, None, None])
        bias = self.constant("head.bias", bias)
        x = self.add("Conv", x, weight, bias)
        # Constants, which cost nothing in a run, and which quantisation leaves as they are.
        self.add("Identity", weight, output=CLASS_WEIGHTS)
        self.add("Identity", bias, output=CLASS_BIASES)
        return self.add("Flatten", x)

    def spread_views(self, x, views):
        """Put the views of all images below each other, unless there is one."""
        if views == Views():
            return x
        edges = np.array([0, 0, 1, 1, 0, 0, 1, 1])
        padded = self.add("Pad", x, self.constant("views.edges", edges), mode="edge")
        axes = self.constant("views.axes", np.array([2, 3]))
        parts = []
        for i, (rows, cols, is_mirrored, _) in enumerate(views.listed()):
            starts = self.constant(f"views.{i}.starts", np.array([1 + rows, 1 + cols]))
            # Counted from the end, so that images of any size are served.
            ends = np.array([rows - 1 or LAST, cols - 1 or LAST])
            part = self.add("Slice", padded, starts, self.constant(f"views.{i}.ends", ends), axes)
            parts.append(self.mirror(part) if is_mirrored else part)
        return self.add("Concat", *parts, axis=0)

    def mirror(self, x):
        """Turn the columns round."""
        values = {"starts": -1, "ends": -LAST, "axes": 3, "steps": -1}
        return self.add("Slice", x, *(self.constant(f"mirror.{name}", [value]) for name, value in values.items()))

    def average_views(self, logits, views, n_classes):
        """Return the weighted mean of the logits of the views."""
        if views == Views():
            return self.add("Identity", logits, output=LOGITS)
        weights = np.array([weight for *_, weight in views.listed()], dtype=np.float32)
        shape = self.constant("views.shape", np.array([len(weights), -1, n_classes]))
        x = self.add("Reshape", logits, shape)
        x = self.add("Mul", x, self.constant("views.weights", weights[:, None, None]))
        return self.add("ReduceSum", x, self.constant("views.axis", [0]), keepdims=0, output=LOGITS)


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
        rows, map columns)`` (of several views, all of the first, then all of the second, and so on), whose maxima or
        means are what the linear layer sees; and its ``class_weights`` of shape ``(n_classes, n_filters, 1, 1)``
        and ``class_biases`` of shape ``(n_classes,)``. All are float32. A module of the user's own has the last three
        only where it looks at one view and ends in pooling and a linear layer.
    """
    if isinstance(network, ModuleNetwork):
        model, pooling = put_out_maps(export_module(network, normalisation, OPSET), normalisation)
    else:
        model, pooling = _write_layers(network, normalisation), network.pooling
    if pooling is not None:
        views = [(weight, is_mirrored) for *_, is_mirrored, weight in network.plan.views.listed()]
        metadata = {"pooling": pooling, "views": json.dumps(views)} | metadata
    _describe(model, network.plan.image_shape, metadata)
    return model.SerializeToString(deterministic=True)


def _write_layers(network, normalisation):
    """Write a network of ours, layer by layer."""
    plan, graph = network.plan, GraphWriter()
    x = graph.spread_views(graph.normalise(INPUT, normalisation), plan.views)
    x = graph.average_views(network.write(graph, x), plan.views, plan.n_classes)
    graph.add("Softmax", x, axis=1, output=PROBABILITIES)
    n_filters = network.head.in_features
    image_type = helper.np_dtype_to_tensor_dtype(normalisation.mean.dtype)
    images = helper.make_tensor_value_info(INPUT, image_type, ["batch", *plan.image_shape])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in {
            LOGITS: ["batch", plan.n_classes],
            PROBABILITIES: ["batch", plan.n_classes],
            FEATURE_MAPS: ["batch_of_views", n_filters, "map_rows", "map_columns"],
            CLASS_WEIGHTS: [plan.n_classes, n_filters, 1, 1],
            CLASS_BIASES: [plan.n_classes],
        }.items()
    ]
    return helper.make_model(
        helper.make_graph(graph.nodes, "classicvis", [images], outputs, graph.weights),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )


def _describe(model, image_shape, metadata):
    """Put into a model what it is and what images it takes."""
    rows, columns, channels = image_shape
    model.producer_name = "classicvis"
    about = {
        "format": FORMATS[-1],
        "layout": "NHWC",
        "rows": str(rows),
        "columns": str(columns),
        "channels": str(channels),
        "color_order": "RGB" if channels == 3 else "gray",
    }
    helper.set_model_props(model, {f"classicvis.{key}": value for key, value in (about | metadata).items()})
