"""Writing a user's module as ONNX by torch's exporter."""

import logging
import warnings

import torch
from torch import nn

OLDEST_OPSET = 18  # that the exporter writes


class Exported(nn.Module):
    """A network with the normalisation before it and the probabilities behind it, as `write_onnx` has them."""

    def __init__(self, network, normalisation):
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.from_numpy(normalisation.mean))
        self.register_buffer("std", torch.from_numpy(normalisation.std))

    def forward(self, images):
        """Return logits and probabilities of raw images of shape (n, h, w, c)."""
        x = ((images - self.mean) / self.std).to(torch.float32)
        logits = self.network(x.permute(0, 3, 1, 2))
        return logits, torch.softmax(logits, dim=1)


def export_module(network, normalisation, opset):
    """Write a user's module as ONNX.

    Parameters
    ----------
    network : ModuleNetwork
        In evaluation mode, on the CPU.
    normalisation : Normalisation
        Goes into the graph.
    opset : int
        The least version of the operators.

    Returns
    -------
    model : onnx.ModelProto
        With the inputs and outputs of `write_onnx`, and without a word on the source files.

    Raises
    ------
    RuntimeError
        torch cannot export the module.
    """
    images = torch.zeros((2, *network.plan.image_shape), dtype=torch.from_numpy(normalisation.mean).dtype)
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)  # it tells of every package that it could also export and that is not there
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what torch calls inside itself
            program = torch.onnx.export(
                Exported(network, normalisation).eval(),
                (images,),
                dynamo=True,
                verbose=False,
                opset_version=max(opset, OLDEST_OPSET),
                input_names=["images"],
                output_names=["logits", "probabilities"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
            )
    except torch.onnx.errors.OnnxExporterError as error:
        raise RuntimeError(
            f"torch cannot export the module that architecture made ({_first_line(error)}): give one without "
            "control flow that depends on values, and that takes batches of any length."
        ) from error
    finally:
        log.setLevel(level)
    return _without_sources(program.model_proto)


def _first_line(error):
    lines = [line.strip() for line in str(error.__cause__ or error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def _without_sources(model):
    """Drop what the exporter notes of Python files and classes, which differs from machine to machine."""
    for part in (
        model,
        model.graph,
        *model.graph.node,
        *model.graph.input,
        *model.graph.output,
        *model.graph.value_info,
    ):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for tensor in model.graph.initializer:
        tensor.ClearField("metadata_props")
        tensor.ClearField("doc_string")
    for image in model.graph.input:
        image.type.tensor_type.shape.dim[0].dim_param = "batch"
    return model
