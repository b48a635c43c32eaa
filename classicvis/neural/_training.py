"""Training a network: the loop, its schedule, and leaving torch's settings as they were found."""

from contextlib import contextmanager
from time import perf_counter

import numpy as np
import torch
from tqdm import tqdm

from classicvis.neural._batches import Batches, to_tensor
from classicvis.neural._epoch import Stepper, train_epoch
from classicvis.neural._evaluation import evaluate

WARM_UP = 0.2  # share of the steps in which the learning rate rises; then it falls to zero, both linearly
N_FIRST_SEEN = 5000  # images that a first layer is made from


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
    images : ndarray of shape (n, h, w, c)
        Some of the images to train on, which a first layer may be made from.

    Returns
    -------
    network : PooledLinear or ModuleNetwork
        On the CPU.
    """
    network = plan.build(seed).eval()
    network.look_at(to_tensor(normalisation.apply(images[:N_FIRST_SEEN])))
    return network


def train_network(
    network, recipe, normalisation, training, validation=None, *, n_iter_no_change=None, device, seed, verbose
):
    """Train a network in place.

    Parameters
    ----------
    network : PooledLinear or ModuleNetwork
        Comes back on the CPU and in evaluation mode.
    recipe : Recipe
        How to train it.
    normalisation : Normalisation
        Mean and standard deviation of the images.
    training : Samples
        What to learn.
    validation : Samples, default=None
        Images that tell the best epoch and when to stop; None trains to the end.
    n_iter_no_change : int, default=None
        Epochs without progress on the validation images after which training stops.
    device : {"cpu", "cuda"}
        Where to train.
    seed : int
        Seed of the order and the augmentation.
    verbose : bool
        Show a progress bar, if the output is a terminal.

    Returns
    -------
    learning_curves : dict of str to list of float
        One figure an epoch.

    Raises
    ------
    FloatingPointError
        The loss became NaN or infinite.
    """
    training = training.with_mean_weight_one()
    network.to(device=device, memory_format=torch.channels_last)
    rng = np.random.default_rng(seed)
    n_batches = max(1, training.n_samples // recipe.batch_size)
    optimizers = network.make_optimizers(recipe)
    stepper = Stepper(network, optimizers, recipe)
    batches = Batches(training, recipe, normalisation, n_batches, device)
    schedule = OneCycle(optimizers, n_steps=recipe.n_epochs * n_batches)
    curves = _empty_curves(validation)
    best = BestState(n_iter_no_change) if validation is not None else None
    with tqdm(total=recipe.n_epochs, desc="Training", unit="epoch", disable=None if verbose else True) as bar:
        for epoch in range(recipe.n_epochs):
            start = perf_counter()
            figures = {"learning_rate": schedule.learning_rate()}
            figures |= train_epoch(stepper, schedule, batches.of_epoch(epoch, rng))
            if not np.isfinite(figures["loss"]):
                raise FloatingPointError(
                    f"The loss became {figures['loss']} in epoch {epoch + 1} with "
                    f"learning_rate_init={recipe.learning_rate}: lower it, or look for extreme pixel values."
                )
            if validation is not None:
                figures |= evaluate(network, normalisation, validation)
            figures["seconds"] = perf_counter() - start
            for name, value in figures.items():
                curves[name].append(float(value))
            bar.update()
            bar.set_postfix(loss=f"{figures['loss']:.3f}", refresh=False)
            if best is not None and best.is_over(network, figures):
                break
    if best is not None:
        best.restore(network)
    network.to(device="cpu", memory_format=torch.contiguous_format).eval()
    return curves


class OneCycle:
    """Raises the learning rate of some optimizers from near zero to its peak, and lowers it to zero."""

    def __init__(self, optimizers, n_steps):
        self.groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        self.peaks = [group["lr"] for group in self.groups]
        self.n_steps = n_steps
        self.n_done = 0

    def factor(self):
        """Return the present share of the peak."""
        done = (self.n_done + 0.5) / self.n_steps
        return done / WARM_UP if done < WARM_UP else (1 - done) / (1 - WARM_UP)

    def learning_rate(self):
        """Return the present learning rate."""
        return self.peaks[0] * self.factor()

    def step(self):
        """Set the learning rates for the next step of the optimizers."""
        factor = self.factor()
        for group, peak in zip(self.groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        self.n_done += 1


class BestState:
    """Remembers the weights of the best epoch: most accurate on the validation images, then least loss."""

    def __init__(self, n_iter_no_change):
        self.n_iter_no_change = n_iter_no_change
        self.n_waited = 0
        self.score = None
        self.state = None

    def is_over(self, network, figures):
        """Take an epoch in; say whether there has been no progress for too long."""
        score = (figures["validation_accuracy"], -figures["validation_loss"])
        if self.score is None or score > self.score:
            self.score = score
            self.state = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
            self.n_waited = 0
        else:
            self.n_waited += 1
        return self.n_waited >= self.n_iter_no_change

    def restore(self, network):
        """Put the best weights back."""
        network.load_state_dict(self.state)


def _empty_curves(validation):
    names = ["loss", "accuracy", "learning_rate", "seconds"]
    if validation is not None:
        names += ["validation_loss", "validation_accuracy"]
    return {name: [] for name in names}
