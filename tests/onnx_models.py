"""Small ONNX networks as others make them: for tests of what runs networks from elsewhere."""

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, load_from_string, numpy_helper

OPSET, IR_VERSION = 17, 8
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 3), dtype=np.uint8)
RGB = {"mean": (120, 110, 100), "std": (60, 50, 40), "channel_order": "RGB", "n_threads": 1}
PREPARED = ((IMAGES - np.array(RGB["mean"])) / np.array(RGB["std"])).transpose(0, 3, 1, 2).astype(np.float32)


class Graph:
    """Collects nodes and weights drawn from a generator."""

    def __init__(self, seed=0):
        self.nodes, self.weights = [], []
        self.rng = np.random.default_rng(seed)

    def add(self, operator, *inputs, output=None, **attributes):
        output = output or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def weight(self, *shape, scale=0.5):
        return self.constant(self.rng.normal(size=shape, scale=scale).astype(np.float32))

    def constant(self, values):
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def model(self, input_shape, outputs, elem_type=TensorProto.FLOAT):
        """Return the model's bytes; outputs are pairs of a name and a shape."""
        graph = helper.make_graph(
            self.nodes,
            "network",
            [helper.make_tensor_value_info("input", elem_type, input_shape)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
            self.weights,
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION).SerializeToString()


def make_convolutional(input_shape=("n", 3, 8, 8), n_classes=3, *, layout="NCHW", width=5, softmax=False, head="Gemm"):
    """A convolution, pooling, and a last layer that is a Gemm, a MatMul with Add, or a 1 × 1 convolution."""
    graph = Graph()
    n_channels = input_shape[1 if layout == "NCHW" else 3]
    x = "input" if layout == "NCHW" else graph.add("Transpose", "input", perm=[0, 3, 1, 2])
    x = graph.add("Conv", x, graph.weight(width, n_channels, 3, 3), graph.weight(width), pads=[1, 1, 1, 1])
    x = graph.add("Relu", x, output="maps")
    pooled = graph.add("GlobalAveragePool", x, output="pooled")
    flat = graph.add("Flatten", pooled, output="flat")
    logits = "scores" if softmax else "output"
    if head == "Gemm":
        graph.add("Gemm", flat, graph.weight(width, n_classes), graph.weight(n_classes), output=logits)
    elif head == "MatMul":
        x = graph.add("MatMul", flat, graph.weight(width, n_classes))
        graph.add("Add", x, graph.weight(n_classes), output=logits)
    else:
        x = graph.add("Conv", pooled, graph.weight(n_classes, width, 1, 1), graph.weight(n_classes))
        graph.add("Reshape", x, graph.constant(np.array([-1, n_classes])), output=logits)
    if softmax:
        graph.add("Softmax", logits, axis=1, output="output")
    return graph.model(input_shape, [("output", ["n", n_classes])])


def make_squeeze(n_classes=4):
    """Classes by a 1 × 1 convolution before the pooling, as in SqueezeNet."""
    graph = Graph()
    x = graph.add("Conv", "input", graph.weight(6, 3, 3, 3), strides=[2, 2])
    x = graph.add("Relu", x, output="features")
    x = graph.add("Conv", x, graph.weight(n_classes, 6, 1, 1), kernel_shape=[1, 1])
    x = graph.add("GlobalAveragePool", graph.add("Relu", x))
    graph.add("Softmax", graph.add("Flatten", x), output="output")
    return graph.model(["n", 3, 9, 9], [("output", ["n", n_classes])])


def make_vit(n_classes=3, width=4, patch=4, side=8):
    """Patches, a class token, one layer of attention, and a last layer on the class token."""
    graph = Graph()
    n_patches = (side // patch) ** 2
    x = graph.add("Conv", "input", graph.weight(width, 3, patch, patch), strides=[patch, patch])
    x = graph.add("Transpose", graph.add("Reshape", x, graph.constant(np.array([0, width, -1]))), perm=[0, 2, 1])
    shape = graph.add("Shape", x)
    n = graph.add("Gather", shape, graph.constant(np.array([0])), axis=0)
    target = graph.add("Concat", n, graph.constant(np.array([1, width])), axis=0)
    token = graph.add("Expand", graph.weight(1, 1, width), target)
    x = graph.add("Add", graph.add("Concat", token, x, axis=1), graph.weight(1, n_patches + 1, width))
    query, key, value = (graph.add("MatMul", x, graph.weight(width, width)) for _ in range(3))
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 2, 1]))
    attended = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    x = graph.add("Add", x, attended)
    ones, zeros = graph.constant(np.ones(width, np.float32)), graph.constant(np.zeros(width, np.float32))
    x = graph.add("LayerNormalization", x, ones, zeros, axis=-1, output="tokens")
    x = graph.add("Gather", x, graph.constant(np.array(0)), axis=1, output="class_token")
    graph.add("Gemm", x, graph.weight(width, n_classes), output="logits")
    return graph.model(["n", 3, side, side], [("logits", ["n", n_classes])])


def make_convnext(n_classes=3, width=6):
    """A patchify stem, one block with channels last inside, and a normalised, pooled last layer."""
    graph = Graph()
    stem = graph.add("Conv", "input", graph.weight(width, 3, 4, 4), strides=[4, 4])
    x = graph.add("Conv", stem, graph.weight(width, 1, 3, 3), group=width, pads=[1, 1, 1, 1])
    x = graph.add("Transpose", x, perm=[0, 2, 3, 1])
    ones, zeros = graph.constant(np.ones(width, np.float32)), graph.constant(np.zeros(width, np.float32))
    x = graph.add("LayerNormalization", x, ones, zeros, axis=-1, output="channels_last")
    x = graph.add("MatMul", graph.add("Relu", graph.add("MatMul", x, graph.weight(width, 24))), graph.weight(24, width))
    x = graph.add("Add", stem, graph.add("Transpose", x, perm=[0, 3, 1, 2]), output="stage")
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    x = graph.add("LayerNormalization", x, ones, zeros, axis=-1, output="features")
    graph.add("Gemm", x, graph.weight(width, n_classes), output="logits")
    return graph.model(["n", 3, 16, 16], [("logits", ["n", n_classes])])


def make_network_of_any_size(n_classes=3):
    """Takes grey images of any size, rows of one pixel too, with the channel last."""
    return make_convolutional(("n", "rows", "columns", 1), n_classes, layout="NHWC", width=4)


def values_of(model, name, x=PREPARED):
    """What onnxruntime gives for a tensor of the whole network."""
    model = load_from_string(model)
    del model.graph.output[:]
    model.graph.output.extend([helper.make_tensor_value_info(name, TensorProto.FLOAT, None)])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run([name], {"input": x})[0]
