"""A network that classifies: its output, whether it holds logits, and the class of each column."""

import json

import numpy as np

from classicvis.neural.running._model_files import FORMAT, LABELS, ModelFileError
from classicvis.neural.running._scores import as_logits, tell_kind

OUR_OUTPUT = "logits"
N_NOISE = 8  # images of noise; a few are enough to tell probabilities from logits
SIDE_OF_NOISE = 64  # pixels, for networks that take images of any size
FLOATS = ("tensor(float)", "tensor(float16)", "tensor(double)")


class LabelledNetwork:
    """A network that classifies.

    Parameters
    ----------
    network : ImageNetwork
        The network.
    settings : RunSettings
        For a run on noise, which shows what the output holds.
    labels : array-like or None
        In the order of the network's columns; None takes those in the metadata.
    output : str
        Name of the output, or "auto".
    scores : {"auto", "logits", "probabilities"}
        What the output holds.

    Attributes
    ----------
    network : ImageNetwork
        As given.
    kind : {"logits", "probabilities"}
        What the output holds.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    order : ndarray of shape (n_classes,), int
        The output of each class.

    Raises
    ------
    ValueError
        A parameter is missing, or does not fit the network.
    """

    def __init__(self, network, settings, labels, output, scores):
        self.network = network
        is_ours = FORMAT in network.metadata and output in ("auto", OUR_OUTPUT)
        outputs = {value.name: value for value in network.get_session(settings).get_outputs()}
        self._output = OUR_OUTPUT if is_ours else _name_of_output(outputs, output)
        if is_ours:
            n_outputs, kind = outputs[OUR_OUTPUT].shape[1], "logits"
        else:
            values = self._run_on_noise(settings)
            n_outputs, kind = values.shape[1], tell_kind(values)
        self.kind = _checked_kind(self._output, kind if scores == "auto" else scores)
        labels = _checked_labels(labels, network, n_outputs)
        self.order = np.argsort(labels)
        self.classes = labels[self.order]

    def run(self, images, settings):
        """Return the logits of images, of shape (n, n_classes), in the order of the classes."""
        values = self.network.run(images, settings, output=self._output, finish=_as_rows)
        return as_logits(values, self.kind)[:, self.order]

    def _run_on_noise(self, settings):
        size = self.network.preprocessing.size or (SIDE_OF_NOISE, SIDE_OF_NOISE)
        shape = (N_NOISE, *size, len(self.network.preprocessing.mean))
        noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        return self.network.run(noise, settings, output=self._output, finish=_as_rows)


def _name_of_output(outputs, output):
    if output in outputs:
        return output
    names_of_floats = [name for name, value in outputs.items() if value.type in FLOATS]
    if output == "auto" and names_of_floats:
        return names_of_floats[0]
    raise ValueError(f"output is {output!r}, but the network's outputs are {', '.join(map(repr, outputs))}: name one.")


def _checked_kind(output, kind):
    if kind is None:
        raise ValueError(
            f"The network's output {output!r} holds numbers between 0 and 1 that do not sum to 1: say whether they are "
            "'logits' or 'probabilities' by scores."
        )
    return kind


def _checked_labels(labels, network, n_outputs):
    if labels is None and LABELS in network.metadata:
        text = network.metadata[LABELS]
        try:
            return _checked_labels(json.loads(text), network, n_outputs)
        except ValueError as error:
            raise ModelFileError(f"{network.name} has {LABELS!r} = {text!r} in its metadata: {error}") from error
    if labels is None:
        raise ValueError(
            f"{network.name} does not name its classes: give labels, one for each of its {n_outputs} outputs, in their "
            "order."
        )
    labels = np.asarray(labels)
    n_classes = max(n_outputs, 2)
    if labels.ndim != 1 or len(labels) != n_classes:
        raise ValueError(
            f"labels has the shape {labels.shape}, but the network has {n_outputs} outputs: give {n_classes} labels."
        )
    names, counts = np.unique(labels, return_counts=True)
    if len(names) < len(labels):
        raise ValueError(f"labels has {names[counts > 1].tolist()[0]!r} twice: give each class a label of its own.")
    return labels


def _as_rows(values):
    return values.reshape(len(values), -1)
