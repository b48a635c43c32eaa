"""Training a network: the loop over epochs, and leaving torch's settings as they were found."""

import math
from contextlib import closing, contextmanager
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from classicvis.neural.training._batches import Batches, to_tensor
from classicvis.neural.training._epoch import train_epoch
from classicvis.neural.training._evaluation import evaluate
from classicvis.neural.training._image_files import ImageFiles
from classicvis.neural.training._normalisation import Normalisation
from classicvis.neural.training._read_ahead import read_ahead
from classicvis.neural.training._recipe import Recipe
from classicvis.neural.training._samples import Samples

N_FIRST_SEEN = 2000  # images that a first layer is made from, or fewer large ones
VALUES_FIRST_SEEN = 2**24


class Lesson(NamedTuple):
    """What is learnt and how.

    `validation`, if given, tells the best epoch, and training ends after `n_iter_no_change` epochs without progress on
    it. `seed` is that of the order and the augmentation.
    """

    recipe: Recipe
    normalisation: Normalisation
    batches: Batches
    validation: Samples | None
    n_iter_no_change: int | None
    seed: int


@contextmanager
def isolated_torch(n_threads):
    """Set torch up for training within a `with` statement, and put everything back afterwards."""
    n_threads_before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            torch.autocast("cpu", enabled=False),
            torch.autocast("cuda", enabled=False),
        ):
            yield
    finally:
        torch.set_num_threads(n_threads_before)


def make_network(plan, seed, normalisation, images):
    """Return an untrained network, in evaluation mode.

    Parameters
    ----------
    plan : SmallPlan, AirbenchPlan, ResNetPlan or ModulePlan
        What to build.
    seed : int
        Seed of the weights.
    normalisation : Normalisation
        Mean and standard deviation of the images.
    images : ndarray or ImageFiles of shape (n, h, w, c)
        Some of the images to train on, which a first layer may be made from.

    Returns
    -------
    network : PooledLinear or ModuleNetwork
        On the CPU.
    """
    network = plan.build(seed).eval()
    if hasattr(network, "look_at"):
        n_seen = max(1, min(len(images), N_FIRST_SEEN, VALUES_FIRST_SEEN // math.prod(images.shape[1:])))
        rows = np.linspace(0, len(images) - 1, n_seen).astype(np.int64)  # from all over, should they be sorted
        network.look_at(to_tensor(normalisation.apply(images[rows])))
    return network


def train_network(state, lesson, clock, *, begin_epoch, end_epoch, verbose):
    """Train a network to the end of its recipe, of the time, or of the user's patience.

    Parameters
    ----------
    state : TrainingState
        Where to begin, and what goes on.
    lesson : Lesson
        What to learn and how.
    clock : Clock
        Tells when the time is over.
    begin_epoch : callable
        Called before every epoch.
    end_epoch : callable
        Called after every epoch; says whether to stop.
    verbose : bool
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    is_interrupted : bool
        Whether Ctrl-C ended training, after one epoch at least; before that the KeyboardInterrupt is passed on. The
        progress in the state is that of the last epoch that is over, while network and optimizers may be further on.

    Raises
    ------
    FloatingPointError
        The loss became NaN or infinite.
    """
    options = {"total": lesson.recipe.n_epochs, "initial": state.progress.n_epochs, "desc": "Training", "unit": "epoch"}
    with tqdm(**options, disable=None if verbose else True) as bar:
        try:
            while not _is_over(state.progress, lesson, clock):
                begin_epoch()
                figures = run_epoch(state, lesson, clock, epoch=state.progress.n_epochs)
                state.progress = state.progress.after_epoch(state.network, figures)
                bar.update()
                bar.set_postfix(loss=f"{figures['loss']:.3f}", refresh=False)
                if end_epoch():
                    break
        except KeyboardInterrupt:
            if state.progress.n_epochs == 0:
                raise
            return True
    return False


def run_epoch(state, lesson, clock, *, epoch):
    """Train a network for one epoch, or as much of it as there is time for, and measure how good it is.

    Parameters
    ----------
    state : TrainingState
        Its network, optimizers and schedule go on.
    lesson, clock : Lesson, Clock
        As in `train_network`.
    epoch : int
        Which epoch it is, from 0 on: the same one draws the same numbers.

    Returns
    -------
    figures : dict of str to float
        What to add to the learning curves.

    Raises
    ------
    FloatingPointError
        The loss became NaN or infinite.
    """
    start = perf_counter()
    figures = {"learning_rate": state.schedule.learning_rate()}
    rng = np.random.default_rng([lesson.seed, epoch])
    if state.network.plan.draws_globally:
        torch.manual_seed(int(rng.integers(2**31)))
    batches = lesson.batches.of_epoch(epoch, rng)
    if isinstance(lesson.batches.samples.images, ImageFiles):
        batches = read_ahead(batches)
    with closing(batches):
        figures |= train_epoch(state.stepper, state.schedule, _within_time(batches, clock))
    if not np.isfinite(figures["loss"]):
        raise FloatingPointError(
            f"The loss became {figures['loss']} in epoch {epoch + 1} with "
            f"learning_rate_init={lesson.recipe.learning_rate}: lower it, or look for extreme pixel values."
        )
    if lesson.validation is not None:
        evaluation = perf_counter()
        figures |= evaluate(state.network, lesson.normalisation, lesson.validation)
        clock.reserve = perf_counter() - evaluation
    return figures | {"seconds": perf_counter() - start}


def _is_over(progress, lesson, clock):
    if progress.n_epochs >= lesson.recipe.n_epochs or (progress.n_epochs > 0 and not clock.has_time()):
        return True
    return lesson.validation is not None and progress.n_epochs > 0 and progress.n_waited >= lesson.n_iter_no_change


def _within_time(batches, clock):
    """Yield the first batch, and the others while there is time for one more step like the last."""
    for batch in batches:
        start = clock.elapsed()
        yield batch
        if clock.limit is not None and torch.cuda.is_initialized():
            torch.cuda.synchronize()
        clock.last_step = clock.elapsed() - start
        if not clock.has_time():
            return
