"""From images to a fitted network: train with torch, write ONNX, make sure that both say the same."""

import json
from copy import deepcopy
from typing import NamedTuple

import numpy as np

from classicvis._optional import import_optional
from classicvis.neural._augmentation import measure_normalisation
from classicvis.neural._clock import Clock
from classicvis.neural._learned import Learned, load_weights, to_arrays, to_tensors
from classicvis.neural._plan import NetworkPlan
from classicvis.neural._recipe import Recipe
from classicvis.neural._samples import split_samples
from classicvis.neural._session import make_session, run_in_batches

EXTRAS = "cnn,onnx"
N_COMPARED = 128  # training images on which torch and onnxruntime are compared
TOLERANCE = 1e-4  # of the largest logit, or of 1


class Task(NamedTuple):
    """What to train, and where and how: all but the images."""

    plan: NetworkPlan
    recipe: Recipe
    labels: np.ndarray  # of the classes, for the model's metadata
    device: str  # "auto", "cpu" or "cuda": where to train, and where the model will run
    n_threads: int  # of torch and onnxruntime
    seed: int
    clock: Clock
    verbose: bool = False
    learned: Learned | None = None  # what to begin with; None begins anew


class StoppingRule(NamedTuple):
    """How early stopping goes about it."""

    validation_fraction: float
    n_iter_no_change: int


class FittedNetwork(NamedTuple):
    """What is kept of a training run."""

    onnx_model: bytes
    learning_curves: dict
    device: str
    learned: Learned
    is_interrupted: bool = False


def require_libraries():
    """Import what training needs, or raise an ImportError that names both extras."""
    for name in ("torch", "onnx", "onnxruntime"):
        import_optional(name, extra=EXTRAS, purpose="Training a CNN")


def fit_network(task, samples, *, stopping=None, checkpoint=None, callbacks):
    """Train a network and write it as ONNX.

    Parameters
    ----------
    task : Task
        What to train, and where and how.
    samples : Samples
        What to learn.
    stopping : StoppingRule, default=None
        Given, a part of the samples is set aside and tells when to stop.
    checkpoint : Checkpoint, default=None
        Takes the state after every epoch, and may hold one to go on from.
    callbacks : FitCallbacks
        Are told of every epoch.

    Returns
    -------
    fitted : FittedNetwork
        The model and what belongs to it.

    Raises
    ------
    FloatingPointError
        Training diverged.
    RuntimeError
        CUDA was asked for and cannot be had, or torch and onnxruntime do not agree.
    """
    from classicvis.neural._optimizers import make_optimizers
    from classicvis.neural._schedule import OneCycle
    from classicvis.neural._state import TrainingState
    from classicvis.neural._training import Lesson, isolated_torch, train_network

    training, validation, n_iter_no_change = samples, None, None
    if stopping is not None:
        training, validation = split_samples(samples, stopping.validation_fraction, task.seed)
        n_iter_no_change = stopping.n_iter_no_change
    with isolated_torch(task.n_threads):
        run = _Run(task, training.images)
        lesson = Lesson(
            task.recipe, run.normalisation, training.with_mean_weight_one(), validation, n_iter_no_change, task.seed
        )
        n_steps = task.recipe.n_epochs * lesson.n_batches
        state = TrainingState(run.network, OneCycle(make_optimizers(run.network, task.recipe), n_steps, task.clock))

        def end_epoch():
            if checkpoint is not None:
                checkpoint.write(state, task.clock)
            return callbacks.end_task(lambda: run.snapshot(state))

        if checkpoint is not None:
            checkpoint.resume(state, task.clock)
        is_interrupted = train_network(
            state, lesson, task.clock, begin_epoch=callbacks.begin_task, end_epoch=end_epoch, verbose=task.verbose
        )
        fitted = run.finish(state)
    return fitted._replace(is_interrupted=is_interrupted)


def fit_pass(task, samples, learning_curves):
    """Train a network for one pass over some samples of a stream, and write it as ONNX.

    Parameters
    ----------
    task : Task
        As in `fit_network`; the recipe's number of epochs is of no effect.
    samples : Samples
        What to learn.
    learning_curves : dict of str to list of float
        Of the passes before, or empty.

    Returns
    -------
    fitted : FittedNetwork
        The model and what belongs to it.

    Raises
    ------
    FloatingPointError, RuntimeError
        As in `fit_network`.
    """
    from classicvis.neural._optimizers import make_optimizers
    from classicvis.neural._schedule import InverseRoot
    from classicvis.neural._state import Progress, TrainingState
    from classicvis.neural._training import Lesson, isolated_torch, run_epoch

    n_passes = 0 if task.learned is None else task.learned.n_passes
    with isolated_torch(task.n_threads):
        run = _Run(task, samples.images)
        lesson = Lesson(task.recipe, run.normalisation, samples.with_mean_weight_one(), None, None, task.seed)
        state = TrainingState(run.network, InverseRoot(make_optimizers(run.network, task.recipe)))
        if task.learned is not None:
            state.schedule.n_done = task.learned.n_steps
        if n_passes > 0:
            state.load_momenta(to_tensors(task.learned.momenta))
        state.progress = Progress(learning_curves)
        figures = run_epoch(state, lesson, task.clock, epoch=n_passes)
        state.progress = state.progress.after_epoch(state.network, figures)
        momenta = to_arrays(state.momenta())
        fitted = run.finish(state)
    return fitted._replace(learned=fitted.learned._replace(n_passes=n_passes + 1, momenta=momenta))


class _Run:
    """A task's network on its way from the first weights to ONNX, within `isolated_torch`."""

    def __init__(self, task, images):
        from classicvis.neural._export import write_onnx
        from classicvis.neural._training import make_network, move_network

        self.task = task
        self.compared = images[:N_COMPARED]
        self.value_range, self.dtype = (images.min(), images.max()), str(images.dtype)
        if task.learned is None:
            self.normalisation = measure_normalisation(images)
        else:
            least, largest = task.learned.value_range
            self.value_range = min(least, self.value_range[0]), max(largest, self.value_range[1])
            self.dtype = task.learned.dtype
            self.normalisation = task.learned.normalisation
        self.device = choose_device(task.device)
        self.network = make_network(task.plan, task.seed)
        if task.learned is not None:
            load_weights(self.network, task.learned.weights)
        if task.device == "cuda":  # that onnxruntime cannot have it is better known before the training
            model = write_onnx(self.network, self.normalisation, self._metadata())
            make_session(model, device=task.device, n_threads=task.n_threads)
        move_network(self.network, self.device)

    def snapshot(self, state):
        """Return what `finish` would return now, and leave the state as it is."""
        from classicvis.neural._state import TrainingState

        copy = TrainingState(deepcopy(self.network), state.schedule)
        copy.progress = state.progress
        return self.finish(copy)

    def finish(self, state):
        """Take the best network to the CPU, and write it as ONNX."""
        from classicvis.neural._evaluation import predict_logits
        from classicvis.neural._export import write_onnx
        from classicvis.neural._training import move_network

        network = state.network
        state.restore_best()
        move_network(network, "cpu").eval()
        model = write_onnx(network, self.normalisation, self._metadata())
        expected = predict_logits(network, self.normalisation, self.compared)
        actual = run_in_batches(make_session(model, device="cpu", n_threads=self.task.n_threads), self.compared)
        require_same_logits(actual, expected)
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


def choose_device(device):
    """Return where to train: "cuda" or "cpu".

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
        "auto" takes CUDA where torch has it.

    Returns
    -------
    device : {"cpu", "cuda"}
        Where to train.

    Raises
    ------
    RuntimeError
        CUDA was asked for and torch does not have it.
    """
    import torch

    if device == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise RuntimeError(
            f"device='cuda' was asked for, but torch {torch.__version__} finds no GPU that it can use: "
            "install a CUDA build of torch on a machine with an NVIDIA GPU, or set device='auto' or 'cpu'."
        )
    return "cpu"


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
