"""A training run: a network on its way from the first weights to ONNX."""

import json
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch

from classicvis.neural.graphs._export import write_onnx
from classicvis.neural.running._session import make_session, run_in_batches
from classicvis.neural.training._batches import Batches
from classicvis.neural.training._epoch import Stepper
from classicvis.neural.training._evaluation import predict_logits
from classicvis.neural.training._learned import Learned, load_weights, to_arrays
from classicvis.neural.training._normalisation import measure_normalisation
from classicvis.neural.training._state import TrainingState
from classicvis.neural.training._training import Lesson, make_network

N_COMPARED = 128  # training images on which torch and onnxruntime are compared
TOLERANCE = 1e-4  # of the largest logit, or of 1


class FittedNetwork(NamedTuple):
    """What is kept of a training run."""

    onnx_model: bytes
    learning_curves: dict
    device: str
    learned: Learned
    is_interrupted: bool = False


class Run:
    """Makes what a task asks for, and writes what comes of it, within `isolated_torch`.

    Parameters
    ----------
    task : Task
        What to train, and where and how.
    samples : Samples
        What to learn.
    device : {"cpu", "cuda"}
        Where to train.

    Raises
    ------
    RuntimeError
        CUDA was asked for and onnxruntime does not have it, which is better known before the training.
    """

    def __init__(self, task, samples, device):
        images, learned = samples.images, task.learned
        self.task = task
        self.device = device
        self.samples = samples.with_mean_weight_one()
        self.value_range, self.dtype = (images.min(), images.max()), str(images.dtype)
        self.normalisation = task.normalisation
        if learned is not None:
            least, largest = learned.value_range
            self.value_range = min(least, self.value_range[0]), max(largest, self.value_range[1])
            self.dtype = learned.dtype
            self.normalisation = self.normalisation or learned.normalisation
        self.normalisation = self.normalisation or measure_normalisation(images)
        self.network = make_network(task.plan, task.seed, self.normalisation, images)
        if learned is not None:
            load_weights(self.network, learned.weights)
        if task.device == "cuda":
            model = write_onnx(self.network, self.normalisation, self._metadata())
            make_session(model, device=task.device, n_threads=task.n_threads)
        self.network.to(device=device, memory_format=torch.channels_last)

    def lesson(self, validation=None, n_iter_no_change=None):
        """Return what is learnt; see `Lesson` for the arguments."""
        recipe = self.task.recipe
        n_batches = max(1, self.samples.n_samples // recipe.batch_size)
        batches = Batches(self.samples, recipe, self.normalisation, n_batches, self.device)
        return Lesson(recipe, self.normalisation, batches, validation, n_iter_no_change, self.task.seed)

    def begin(self, make_schedule):
        """Return the state of training at its beginning; `make_schedule` makes a schedule for optimizers."""
        optimizers = self.network.make_optimizers(self.task.recipe)
        return TrainingState(Stepper(self.network, optimizers, self.task.recipe), make_schedule(optimizers))

    def snapshot(self, state):
        """Return what `finish` would return now, and leave the network as it is."""
        return self._write(deepcopy(self.network), state)

    def finish(self, state):
        """Take the best network to the CPU, write it as ONNX, and make sure that both say the same."""
        return self._write(self.network, state)

    def _write(self, network, state):
        state.progress.restore_best(network)
        network.to(device="cpu", memory_format=torch.contiguous_format).eval()
        model = write_onnx(network, self.normalisation, self._metadata())
        compared = self.samples.images[:N_COMPARED]
        session = make_session(model, device="cpu", n_threads=self.task.n_threads)
        require_same_logits(run_in_batches(session, compared), predict_logits(network, self.normalisation, compared))
        learned = Learned(
            weights=to_arrays(dict(network.state_dict())),
            normalisation=self.normalisation,
            value_range=self.value_range,
            dtype=self.dtype,
            seed=self.task.seed,
            n_steps=state.schedule.n_done,
        )
        return FittedNetwork(model, state.progress.learning_curves, self.device, learned)

    def _metadata(self):
        """Return metadata on the data: the range of the pixel values and, if they are plain, the labels."""
        least, largest = self.value_range
        about = {"dtype": self.dtype, "minimum": str(least), "maximum": str(largest)}
        labels = self.task.labels.tolist()
        if all(isinstance(label, str | bool | int | float) for label in labels):
            about["labels"] = json.dumps(labels)
        return about


def require_same_logits(actual, expected):
    """Raise a RuntimeError where onnxruntime's logits are not those of torch.

    Parameters
    ----------
    actual, expected : ndarray of shape (n, n_classes)
        Logits of onnxruntime and of torch for the same images.
    """
    tolerance = TOLERANCE * max(1.0, float(np.abs(expected).max()))
    difference = float(np.abs(actual - expected).max())
    if not difference <= tolerance:
        raise RuntimeError(
            f"The ONNX model's logits differ from torch's by {difference:.2g}, where {tolerance:.2g} is "
            "allowed, so it is not accepted: report it, with the versions of torch and onnxruntime."
        )
