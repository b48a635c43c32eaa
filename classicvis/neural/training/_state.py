"""The state of a training run: all that the next epoch depends on, so that it can be put away and taken up again."""

from typing import NamedTuple

from classicvis.neural.training._learned import put_weights


class Progress(NamedTuple):
    """What has been reached at the end of an epoch. It is replaced as a whole, so that no interruption splits it."""

    learning_curves: dict = {}
    best_epoch: int = 0
    best_score: tuple = ()
    best_weights: dict | None = None

    @property
    def n_epochs(self):
        """Number of epochs that are over."""
        return len(self.learning_curves.get("loss", ()))

    @property
    def n_waited(self):
        """Number of epochs since the best one."""
        return self.n_epochs - self.best_epoch

    def after_epoch(self, network, figures):
        """Return the progress with one more epoch.

        Parameters
        ----------
        network : torch.nn.Module
            What the epoch has made of it. The best one is the most accurate on the validation images, then that with
            the least loss; without validation images, the latest.
        figures : dict of str to float
            What the epoch adds to the learning curves.
        """
        figures = {name: float(figure) for name, figure in figures.items()}
        curves = {name: [*self.learning_curves.get(name, ()), figure] for name, figure in figures.items()}
        if "validation_accuracy" in figures:
            score = (figures["validation_accuracy"], -figures["validation_loss"])
        else:
            score = (self.n_epochs + 1,)
        if score <= self.best_score:
            return self._replace(learning_curves=curves)
        weights = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        return Progress(curves, self.n_epochs + 1, score, weights)

    def restore_best(self, network):
        """Put the weights of the best epoch back into the network."""
        put_weights(network, self.best_weights)


class TrainingState:
    """What a step changes, network, optimizers and schedule, and the progress so far.

    The random numbers of an epoch follow from the seed and the number of the epoch, and so are no part of it.

    Parameters
    ----------
    stepper : Stepper
        Of a network on the device of training.
    schedule : Schedule
        Of the stepper's optimizers.
    """

    def __init__(self, stepper, schedule):
        self.stepper = stepper
        self.schedule = schedule
        self.progress = Progress()

    @property
    def network(self):
        """What is trained."""
        return self.stepper.network

    @property
    def optimizers(self):
        """What trains it."""
        return self.stepper.optimizers

    def momenta(self):
        """Return what the optimizers remember of their steps, by the name of the parameter."""
        momenta = {}
        for optimizer in self.optimizers:
            names = self._names_in(optimizer)
            momenta |= {names[i]: its_momenta for i, its_momenta in optimizer.state_dict()["state"].items()}
        return momenta

    def load_momenta(self, momenta):
        """Let the optimizers remember what `momenta` gave; their settings stay, and other parameters begin anew."""
        for optimizer in self.optimizers:
            state = {i: momenta[name] for i, name in enumerate(self._names_in(optimizer)) if name in momenta}
            optimizer.load_state_dict(optimizer.state_dict() | {"state": state})

    def _names_in(self, optimizer):
        """Return the names of an optimizer's parameters, in its order."""
        names = {id(parameter): name for name, parameter in self.network.named_parameters()}
        return [names[id(parameter)] for group in optimizer.param_groups for parameter in group["params"]]

    def state_dict(self):
        """Return the state, as tensors and plain data."""
        progress = self.progress._asdict()
        if self.progress.n_waited == 0:  # they are the present ones
            progress["best_weights"] = None
        return {
            "network": self.network.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "n_steps": self.schedule.n_done,
            "progress": progress,
        }

    def load_state_dict(self, state):
        """Take up a state that `state_dict` gave."""
        put_weights(self.network, state["network"])
        for optimizer, its_state in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(its_state)
        self.schedule.n_done = state["n_steps"]
        progress = Progress(**state["progress"])
        self.progress = progress._replace(best_weights=progress.best_weights or state["network"])
