"""What a fitted classifier keeps so that it can go on learning: plain arrays, which need no torch to be unpickled."""

from collections import OrderedDict
from typing import NamedTuple

import numpy as np

from classicvis.neural.training._normalisation import Normalisation


class Learned(NamedTuple):
    """The weights of a network before batch normalisation is folded into them, and what belongs to them."""

    weights: dict[str, np.ndarray]
    normalisation: Normalisation
    value_range: tuple  # least and largest pixel value in training
    dtype: str  # of the images in training
    seed: int
    n_steps: int  # of the optimizers
    n_passes: int = 0  # of partial_fit since the last fit
    momenta: dict = {}  # what the optimizers remember of each parameter, after partial_fit


def to_arrays(value):
    """Return a structure of tensors and plain data with arrays in the place of tensors, each a copy.

    Parameters
    ----------
    value : object
        Tensors, dictionaries, lists, tuples and plain data.

    Returns
    -------
    value : object
        The same structure.
    """
    import torch

    if isinstance(value, torch.Tensor):
        return np.array(value.detach().cpu().numpy(), order="C")
    return _map(to_arrays, value)


def to_tensors(value):
    """Return a structure of arrays and plain data with tensors in the place of arrays, each a copy; see `to_arrays`."""
    import torch

    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else _map(to_tensors, value)


def load_weights(network, weights):
    """Put weights into a network.

    Parameters
    ----------
    network : torch.nn.Module
        Changed in place.
    weights : dict of str to ndarray
        What it had in an earlier fit.

    Raises
    ------
    ValueError
        The network is not of the same shape.
    """
    now = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    before = {name: array.shape for name, array in weights.items()}
    if now != before:
        name = next(name for name in [*now, *before] if now.get(name) != before.get(name))
        raise ValueError(
            f"Training is to go on from the last fit, but {name} of its network has the shape {before.get(name)} where "
            f"the parameters now ask for {now.get(name)}: give the parameters of that fit, or set warm_start=False and "
            "call fit."
        )
    put_weights(network, to_tensors(weights))


def put_weights(network, weights):
    """Put tensors into a network in the place of all of its own; what it says of its version stays."""
    state = OrderedDict(weights)
    state._metadata = network.state_dict()._metadata
    network.load_state_dict(state)


def _map(function, value):
    if isinstance(value, dict):
        return {key: function(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(function(item) for item in value)
    return value
