"""The error for files of networks that cannot be used, and checks of what classicvis writes into such files."""

import json
import os
from contextlib import contextmanager

FORMAT = "classicvis.format"  # in the metadata of networks of classicvis
FORMATS = ("1", "2")  # that can be read; the last one is written
LABELS = "classicvis.labels"
LAYOUTS = {"NHWC": (1, 2, 3), "NCHW": (2, 3, 1)}  # the axes of rows, columns and channels
CHANNEL_ORDERS = {"RGB": 3, "BGR": 3, "gray": 1}  # with their numbers of channels
LIBRARIES = ("onnxruntime", "onnx", "google")  # "google" is protobuf


class ModelFileError(ValueError):
    """A file of a network, or of the state of its training, is damaged or holds something else.

    The message names the file, or the number of bytes given, and what in it is wrong.
    """


def describe_model(model):
    """Return how messages name a model: by its file, or by its number of bytes."""
    return f"The model of {len(model)} bytes" if isinstance(model, bytes) else f"The model {os.fspath(model)!r}"


@contextmanager
def name_model_in_errors(name, advice):
    """Turn the errors of onnx, onnxruntime and protobuf into one that names the model."""
    try:
        yield
    except Exception as error:
        is_of_library = type(error).__module__.partition(".")[0] in LIBRARIES
        if not is_of_library and not isinstance(error, UnicodeDecodeError):
            raise
        raise ModelFileError(f"{name} cannot be used ({error}): {advice}.") from error


def check_metadata(metadata, shape, name):
    """Check what the metadata of a network of classicvis say against the shape of its input.

    Metadata without `FORMAT` are of another program and pass.
    """
    if FORMAT not in metadata:
        return
    known = " and ".join(map(repr, FORMATS))
    _require(metadata[FORMAT] in FORMATS, name, metadata, FORMAT, f"this version of classicvis reads {known}")
    for field in ("layout", "color_order", "rows", "columns"):
        if f"classicvis.{field}" not in metadata:
            raise ModelFileError(f"{name} has no 'classicvis.{field}' in its metadata: write it again by save_onnx.")
    for field, allowed in (("layout", LAYOUTS), ("color_order", CHANNEL_ORDERS)):
        key = f"classicvis.{field}"
        _require(metadata[key] in allowed, name, metadata, key, f"it is one of {', '.join(map(repr, allowed))}")
    for field in ("rows", "columns"):
        key = f"classicvis.{field}"
        is_number = metadata[key].isascii() and metadata[key].isdigit() and int(metadata[key]) > 0
        _require(is_number, name, metadata, key, "it is a number of pixels above 0")
    told = int(metadata["classicvis.rows"]), int(metadata["classicvis.columns"])
    told = (*told, CHANNEL_ORDERS[metadata["classicvis.color_order"]])
    axes = LAYOUTS[metadata["classicvis.layout"]]
    for field, length, axis in zip(("rows", "columns", "color_order"), told, axes, strict=True):
        key = f"classicvis.{field}"
        _require(shape[axis] in (None, length), name, metadata, key, f"axis {axis} of its input has {shape[axis]}")
    if LABELS in metadata:
        _require(_are_labels(metadata[LABELS]), name, metadata, LABELS, "it is a JSON list of labels")


def _are_labels(text):
    try:
        labels = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(labels, list) and all(isinstance(label, str | int | float) for label in labels)


def _require(is_right, name, metadata, key, but):
    if not is_right:
        raise ModelFileError(
            f"{name} has {key!r} = {metadata[key]!r} in its metadata, but {but}: write it again by save_onnx."
        )
