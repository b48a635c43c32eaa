"""From images to a fitted network: train with torch, write ONNX, make sure that both say the same."""

import json
from typing import NamedTuple

import numpy as np

from classicvis._optional import import_optional
from classicvis.neural._normalisation import measure_normalisation
from classicvis.neural._samples import split_samples
from classicvis.neural._session import make_session, run_in_batches

EXTRAS = "cnn,onnx"
N_COMPARED = 128  # training images on which torch and onnxruntime are compared
TOLERANCE = 1e-4  # of the largest logit, or of 1


class FittedNetwork(NamedTuple):
    """What is kept of a training run."""

    onnx_model: bytes
    learning_curves: dict
    device: str


class StoppingRule(NamedTuple):
    """How early stopping goes about it."""

    validation_fraction: float
    n_iter_no_change: int


def require_libraries():
    """Import what training needs, or raise an ImportError that names both extras."""
    for name in ("torch", "onnx", "onnxruntime"):
        import_optional(name, extra=EXTRAS, purpose="Training a CNN")


def fit_network(plan, recipe, samples, *, normalisation=None, stopping=None, labels, device, n_threads, seed, verbose):
    """Train a network and write it as ONNX.

    Parameters
    ----------
    plan : SmallPlan, AirbenchPlan, ResNetPlan or ModulePlan
        What to train.
    recipe : Recipe
        How to train it.
    samples : Samples
        What to learn.
    normalisation : Normalisation, default=None
        What is done to pixel values. None: measured on the images to learn.
    stopping : StoppingRule, default=None
        Given, a part of the samples is set aside and tells when to stop.
    labels : ndarray of shape (n_classes,)
        Class labels, for the model's metadata.
    device : {"auto", "cpu", "cuda"}
        Where to train, and where the model will run.
    n_threads : int
        Threads of torch and onnxruntime.
    seed : int
        Seed of everything.
    verbose : bool
        Show a progress bar.

    Returns
    -------
    fitted : FittedNetwork
        The model, the learning curves, and where it was trained.

    Raises
    ------
    FloatingPointError
        Training diverged.
    RuntimeError
        CUDA was asked for and cannot be had, or torch and onnxruntime do not agree.
    """
    from classicvis.neural._evaluation import predict_logits
    from classicvis.neural._export import write_onnx
    from classicvis.neural._settings import training_settings
    from classicvis.neural._training import isolated_torch, make_network, train_network

    training, validation = samples, None
    if stopping is not None:
        training, validation = split_samples(samples, stopping.validation_fraction, seed)
    normalisation = normalisation or measure_normalisation(training.images)
    metadata = _describe(training.images, labels)
    training_device = choose_device(device)
    with isolated_torch(n_threads), training_settings(plan, recipe, training_device, seed):
        network = make_network(plan, seed, normalisation, training.images)
        if device == "cuda":  # that onnxruntime cannot have it is better known before the training
            make_session(write_onnx(network, normalisation, metadata), device=device, n_threads=n_threads)
        learning_curves = train_network(
            network,
            recipe,
            normalisation,
            training,
            validation,
            n_iter_no_change=None if stopping is None else stopping.n_iter_no_change,
            device=training_device,
            seed=seed,
            verbose=verbose,
        )
        model = write_onnx(network, normalisation, metadata)
        compared = training.images[:N_COMPARED]
        expected = predict_logits(network, normalisation, compared)
    actual = run_in_batches(make_session(model, device="cpu", n_threads=n_threads), compared)
    require_same_logits(actual, expected)
    return FittedNetwork(model, learning_curves, training_device)


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


def _describe(images, labels):
    """Return metadata on the data: the range of the pixel values and, if they are plain, the labels."""
    about = {"dtype": str(images.dtype), "minimum": str(images.min()), "maximum": str(images.max())}
    labels = labels.tolist()
    if all(isinstance(label, str | bool | int | float) for label in labels):
        about["labels"] = json.dumps(labels)
    return about
