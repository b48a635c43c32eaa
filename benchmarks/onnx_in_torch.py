"""An ONNX network run by torch, operator by operator: what torch eager takes for the same network and weights."""

import numpy as np
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper
from torch import nn


class TorchNetwork(nn.Module):
    """A convolutional network in ONNX as a torch module.

    Parameters
    ----------
    model : onnx.ModelProto
        Of the operators in `OPERATORS`.
    output : str
        What to return.
    is_folded : bool, default=False
        Whether biases are added by the convolutions. In training each has a batch normalisation behind it, which torch
        eager runs in prediction too; False runs one that adds the bias.
    """

    def __init__(self, model, output, is_folded=False):
        super().__init__()
        self.output = output
        operators = OPERATORS if is_folded else OPERATORS | {"Conv": _convolve_and_normalise}
        self.input = model.graph.input[0].name
        self.constants = {}
        for tensor in model.graph.initializer:
            values = torch.from_numpy(numpy_helper.to_array(tensor).copy())
            is_filter = values.ndim == 4 and values.is_floating_point()
            self.constants[tensor.name] = values.to(memory_format=torch.channels_last) if is_filter else values
        self.steps = []
        for node in model.graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                self.constants[node.output[0]] = torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
            else:
                self.steps.append((operators[node.op_type], list(node.input), node.output[0], attributes))

    @torch.inference_mode()
    def forward(self, x):
        """Return the output for a batch."""
        values = self.constants | {self.input: x}
        for operator, inputs, output, attributes in self.steps:
            values[output] = operator(attributes, *(values[name] if name else None for name in inputs))
            if output == self.output:
                return values[output]
        raise ValueError(f"The network has no output {self.output!r}.")


def _convolve(attributes, x, weight, bias=None):
    pads = attributes.get("pads", [0] * 4)
    strides, groups = attributes.get("strides", [1, 1]), attributes.get("group", 1)
    if pads[:2] != pads[2:]:
        x, pads = F.pad(x, (pads[1], pads[3], pads[0], pads[2])), [0, 0]
    return F.conv2d(x, weight, bias, strides, pads[:2], groups=groups)


def _convolve_and_normalise(attributes, x, weight, bias=None):
    is_head = x.shape[2:] == (1, 1)
    if bias is None or is_head:
        return _convolve(attributes, x, weight, bias)
    ones = torch.ones_like(bias)
    return F.batch_norm(_convolve(attributes, x, weight), torch.zeros_like(bias), ones, ones, bias, eps=0.0)


def _pool_max(attributes, x):
    return F.max_pool2d(x, attributes["kernel_shape"], attributes.get("strides"), attributes.get("pads", [0, 0])[:2])


def _multiply(attributes, x, weight, bias=None):
    product = x @ (weight.T if attributes.get("transB") else weight)
    return product if bias is None else product + bias


def _slice(attributes, x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), axes, steps, strict=True):
        rows = np.arange(x.shape[axis])[start:end:step]
        if step > 0:
            x = x[(slice(None),) * (axis % x.ndim) + (slice(start, end, step),)]
        else:
            x = x.index_select(axis, torch.from_numpy(rows.copy()))
    return x


def _pad(attributes, x, pads, value=None):
    n = len(pads) // 2
    in_order = [int(pads[axis + end * n]) for axis in reversed(range(n)) for end in (0, 1)]
    if attributes.get("mode", b"constant") == b"edge":
        return F.pad(x, in_order[:4], mode="replicate")
    return F.pad(x, in_order, value=0.0 if value is None else float(value))


def _reduce(function, attributes, x, axes=None):
    axes = attributes.get("axes") if axes is None else axes.tolist()
    return function(x, dim=tuple(axes), keepdim=bool(attributes.get("keepdims", 1)))


def _reshape(attributes, x, shape):
    return x.reshape([x.shape[i] if length == 0 else length for i, length in enumerate(shape.tolist())])


def _clip(attributes, x, low=None, high=None):
    return torch.clamp(x, low, high)


def _cast(attributes, x):
    return x.to(torch.from_numpy(np.empty(0, helper.tensor_dtype_to_np_dtype(attributes["to"]))).dtype)


OPERATORS = {
    "Add": lambda attributes, a, b: a + b,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda attributes, *parts: torch.cat(parts, attributes["axis"]),
    "Conv": _convolve,
    "Div": lambda attributes, a, b: a / b,
    "Erf": lambda attributes, x: torch.erf(x),
    "Flatten": lambda attributes, x: x.flatten(1),
    "Gemm": _multiply,
    "GlobalAveragePool": lambda attributes, x: x.mean(dim=(2, 3), keepdim=True),
    "GlobalMaxPool": lambda attributes, x: x.amax(dim=(2, 3), keepdim=True),
    "Identity": lambda attributes, x: x,
    "MatMul": _multiply,
    "MaxPool": _pool_max,
    "Mul": lambda attributes, a, b: a * b,
    "Pad": _pad,
    "ReduceMean": lambda *inputs: _reduce(torch.mean, *inputs),
    "ReduceSum": lambda *inputs: _reduce(torch.sum, *inputs),
    "Relu": lambda attributes, x: F.relu(x),
    "Reshape": _reshape,
    "Slice": _slice,
    "Softmax": lambda attributes, x: F.softmax(x, attributes.get("axis", -1)),
    "Sub": lambda attributes, a, b: a - b,
    "Transpose": lambda attributes, x: x.permute(attributes["perm"]),
}
