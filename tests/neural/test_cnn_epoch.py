"""Steps that fit into memory, in the precision asked for."""

import numpy as np
import pytest
import torch

from classicvis.neural.training._epoch import Stepper
from classicvis.neural.training._recipe import Recipe


class Cramped(torch.nn.Module):
    """A linear network on a device that has room for a few images only."""

    def __init__(self, room):
        super().__init__()
        self.room = room
        self.sizes = []
        self.linear = torch.nn.Linear(4, 3, device="cpu", dtype=torch.float32)
        with torch.no_grad():
            self.linear.weight.copy_(torch.arange(12.0).view(3, 4) / 12)
            self.linear.bias.zero_()

    def forward(self, x):
        self.sizes.append(len(x))
        if len(x) > self.room:
            raise torch.OutOfMemoryError("no room")
        return self.linear(x)


def make_stepper(network, **settings):
    optimizers = [torch.optim.SGD(network.parameters(), lr=0.1)]
    recipe = Recipe(1, 16, 0.1, 0, 0.1, (0, 0), (0, 0), horizontal_flip=False, **settings)
    return Stepper(network, optimizers, recipe)


def make_batch(n_images=11):
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randn((n_images, 4), generator=generator),
        torch.arange(n_images) % 3,
        torch.rand(n_images, generator=generator),
    )


def test_step_without_room_is_split_and_gives_the_same_weights():
    roomy, cramped = Cramped(100), Cramped(3)
    expected = make_stepper(roomy).step(*make_batch())
    stepper = make_stepper(cramped)
    with pytest.warns(RuntimeWarning, match=r"batch of 11 images does not fit .* is split into [24] parts") as warned:
        figures = stepper.step(*make_batch())
    assert len(warned) == 2
    torch.testing.assert_close(cramped.linear.weight, roomy.linear.weight)
    torch.testing.assert_close(figures, expected)
    cramped.sizes.clear()
    stepper.step(*make_batch())
    assert cramped.sizes == [3, 3, 3, 2]


def test_step_without_room_for_two_images_is_an_error():
    stepper = make_stepper(Cramped(1))
    with pytest.warns(RuntimeWarning), pytest.raises(torch.OutOfMemoryError):
        stepper.step(*make_batch(8))


def test_step_in_bfloat16_is_near_that_in_float32_also_within_an_outer_autocast():
    steps = {}
    for precision in ("float32", "bfloat16"):
        network = Cramped(100)
        stepper = make_stepper(network, precision=precision)
        with torch.autocast("cpu", enabled=False):
            for _ in range(5):
                loss, _ = stepper.step(*make_batch())
        assert loss.dtype == torch.float64
        steps[precision] = network.linear.weight.detach().numpy()
    assert np.abs(steps["float32"] - np.arange(12).reshape(3, 4) / 12).max() > 0.03
    np.testing.assert_allclose(steps["bfloat16"], steps["float32"], atol=2e-3)


def test_compile_is_asked_of_torch_once(monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "compile", lambda network: asked.append(network) or network)
    network = Cramped(100)
    stepper = make_stepper(network, compile=True)
    stepper.step(*make_batch())
    stepper.step(*make_batch())
    assert asked == [network]
