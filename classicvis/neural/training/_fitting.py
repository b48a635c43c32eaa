"""From images to a fitted network: train with torch, write ONNX, make sure that both say the same."""

from functools import partial
from typing import NamedTuple

import numpy as np

from classicvis._optional import import_optional
from classicvis.neural.architectures._presets import Preset
from classicvis.neural.training._clock import Clock
from classicvis.neural.training._learned import Learned, to_arrays, to_tensors
from classicvis.neural.training._normalisation import Normalisation
from classicvis.neural.training._recipe import Recipe
from classicvis.neural.training._samples import split_samples

EXTRAS = "cnn,onnx"


class Task(NamedTuple):
    """What to train, and where and how: all but the images."""

    plan: tuple  # SmallPlan, AirbenchPlan, ResNetPlan or ModulePlan
    recipe: Recipe
    preset: Preset
    normalisation: Normalisation | None  # None: as learned, or else measured on the images
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
        `device` is "cuda" and CUDA is not available, or torch and onnxruntime do not agree.
    """
    from classicvis.neural.training._run import Run
    from classicvis.neural.training._schedule import OneCycle
    from classicvis.neural.training._settings import training_settings
    from classicvis.neural.training._training import isolated_torch, train_network

    training, validation, n_iter_no_change = samples, None, None
    if stopping is not None:
        training, validation = split_samples(samples, stopping.validation_fraction, task.seed)
        n_iter_no_change = stopping.n_iter_no_change
    device = choose_device(task.device)
    with isolated_torch(task.n_threads), training_settings(task.plan, task.recipe, device, task.seed):
        run = Run(task, training, device)
        lesson = run.lesson(validation, n_iter_no_change)
        n_steps = task.recipe.n_epochs * lesson.batches.n_batches
        state = run.begin(partial(OneCycle, n_steps=n_steps, clock=task.clock))
        task.clock.begin_training()
        if checkpoint is not None:
            checkpoint.resume(state, task.clock)

        def end_epoch():
            if checkpoint is not None:
                checkpoint.write(state, task.clock)
            return callbacks.end_task(lambda: run.snapshot(state))

        is_interrupted = train_network(
            state, lesson, task.clock, begin_epoch=callbacks.begin_task, end_epoch=end_epoch, verbose=task.verbose
        )
        return run.finish(state)._replace(is_interrupted=is_interrupted)


def fit_pass(task, samples, learning_curves):
    """Train a network for one pass over some samples of a stream, and write it as ONNX.

    Parameters
    ----------
    task : Task
        As in `fit_network`; the recipe has one epoch.
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
    from classicvis.neural.training._run import Run
    from classicvis.neural.training._schedule import InverseRoot
    from classicvis.neural.training._settings import training_settings
    from classicvis.neural.training._state import Progress
    from classicvis.neural.training._training import isolated_torch, run_epoch

    device = choose_device(task.device)
    n_passes = 0 if task.learned is None else task.learned.n_passes
    with isolated_torch(task.n_threads), training_settings(task.plan, task.recipe, device, task.seed):
        run = Run(task, samples, device)
        state = run.begin(InverseRoot)
        if task.learned is not None:
            state.schedule.n_done = task.learned.n_steps
        if n_passes > 0:
            state.load_momenta(to_tensors(task.learned.momenta))
        figures = run_epoch(state, run.lesson(), task.clock, epoch=n_passes)
        state.progress = Progress(learning_curves).after_epoch(state.network, figures)
        learned = {"n_passes": n_passes + 1, "momenta": to_arrays(state.momenta())}
        fitted = run.finish(state)
    return fitted._replace(learned=fitted.learned._replace(**learned))


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
