"""Training that ends before its last epoch: by Ctrl-C, or because the time is over."""

import os
import signal
import time

import numpy as np
import pytest
from sklearn.base import clone

from classicvis.neural.training import _run, _training
from classicvis.neural.training._batches import Batches
from classicvis.neural.training._clock import Clock
from classicvis.neural.training._schedule import InverseRoot, OneCycle


@pytest.fixture(autouse=True)
def heed_ctrl_c():
    """Let SIGINT raise a KeyboardInterrupt also where a shell runs the tests in the background and has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c_in(monkeypatch, *epochs):
    """Send SIGINT to this process in the middle of some epochs, counted from 0 over all fits."""
    of_epoch, begun = Batches.of_epoch, []

    def make_batches(batches, epoch, rng):
        begun.append(1)
        for i, batch in enumerate(of_epoch(batches, epoch, rng)):
            if i == 3 and len(begun) - 1 in epochs:
                signal.raise_signal(signal.SIGINT)
            yield batch

    monkeypatch.setattr(Batches, "of_epoch", make_batches)


def test_cnn_ctrl_c_keeps_the_last_epoch(stripes, tiny, monkeypatch):
    weights = {}
    run_epoch = _training.run_epoch

    def keep_weights(state, *args, epoch):
        figures = run_epoch(state, *args, epoch=epoch)
        weights[epoch] = {name: tensor.numpy().copy() for name, tensor in state.network.state_dict().items()}
        return figures

    monkeypatch.setattr(_training, "run_epoch", keep_weights)
    press_ctrl_c_in(monkeypatch, 2)
    with pytest.warns(UserWarning, match=r"Ctrl-C has ended training after 2 of 4 epochs, .* kept: fit again to train"):
        tiny.fit(*stripes)
    assert tiny.n_iter_ == 2
    assert {len(figures) for figures in tiny.learning_curves_.values()} == {2}
    for name, array in tiny._learned.weights.items():
        np.testing.assert_array_equal(array, weights[1][name])
    assert tiny.predict(stripes[0]).shape == (240,)


def test_cnn_ctrl_c_keeps_the_best_epoch_of_early_stopping(stripes, tiny, monkeypatch):
    scores = iter([0.5, 0.9, 0.7])
    monkeypatch.setattr(
        _training, "evaluate", lambda *args: {"validation_accuracy": next(scores), "validation_loss": 1.0}
    )
    tiny.set_params(early_stopping=True)
    press_ctrl_c_in(monkeypatch, 3)
    with pytest.warns(UserWarning, match="after 3 of 4 epochs"):
        tiny.fit(*stripes)
    scores = iter([0.5, 0.9])
    press_ctrl_c_in(monkeypatch, 2)
    with pytest.warns(UserWarning, match="after 2 of 4 epochs"):
        shorter = clone(tiny).fit(*stripes)
    assert shorter.onnx_model_ == tiny.onnx_model_


def test_cnn_ctrl_c_in_the_first_epoch_is_passed_on(stripes, tiny, monkeypatch):
    press_ctrl_c_in(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        tiny.fit(*stripes)
    assert not hasattr(tiny, "onnx_model_")


def test_cnn_second_ctrl_c_is_passed_on(stripes, tiny, monkeypatch):
    press_ctrl_c_in(monkeypatch, 1)
    monkeypatch.setattr(_run, "write_onnx", lambda *args: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        tiny.fit(*stripes)
    assert not hasattr(tiny, "onnx_model_")


def test_cnn_ctrl_c_leaves_the_checkpoint_to_go_on_from(stripes, tiny, monkeypatch, tmp_path):
    expected = clone(tiny).fit(*stripes)
    press_ctrl_c_in(monkeypatch, 2)
    tiny.set_params(checkpoint=tmp_path / "state")
    with pytest.warns(UserWarning, match="fit again, and training goes on from the checkpoint, to train to the end"):
        tiny.fit(*stripes)
    assert os.listdir(tmp_path) == ["state"]
    assert tiny.fit(*stripes).onnx_model_ == expected.onnx_model_
    assert os.listdir(tmp_path) == []


@pytest.mark.filterwarnings("error")
def test_cnn_is_fitted_though_the_warning_is_an_error(stripes, tiny, monkeypatch):
    press_ctrl_c_in(monkeypatch, 1)
    with pytest.raises(UserWarning, match="Ctrl-C has ended training"):
        tiny.fit(*stripes)
    assert tiny.n_iter_ == 1
    tiny.predict(stripes[0])


class FakeTime:
    """Stands for `perf_counter`."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def fake_time(monkeypatch):
    fake = FakeTime()
    monkeypatch.setattr("classicvis.neural.training._clock.perf_counter", fake)
    return fake


@pytest.mark.parametrize("early_stopping", [False, True])
def test_cnn_max_time_ends_training_with_a_learning_rate_near_zero(
    stripes, tiny, fake_time, monkeypatch, early_stopping
):
    rates, step = [], OneCycle.step

    def step_slowly(schedule):
        step(schedule)
        rates.append(schedule.optimizers[0].param_groups[0]["lr"])
        fake_time.now += 1.0

    monkeypatch.setattr(OneCycle, "step", step_slowly)
    tiny.set_params(max_iter=1000, max_time=50.0, early_stopping=early_stopping, n_iter_no_change=1000)
    tiny.fit(*stripes)
    assert len(rates) == (49 if early_stopping else 50)  # some milliseconds are kept for the validation images
    assert max(rates) == pytest.approx(0.1, rel=1e-3)
    assert rates[-1] < 0.006
    assert tiny.n_iter_ == 7  # of 8 steps each; the last one is cut off


def test_cnn_max_time_is_kept(stripes, tiny):
    start = time.perf_counter()
    tiny.set_params(max_iter=100_000, max_time=0.5).fit(*stripes)
    assert time.perf_counter() - start < 5
    assert 1 <= tiny.n_iter_ < 100_000


def test_cnn_max_time_that_is_not_reached_changes_nothing(stripes, tiny):
    model = clone(tiny).fit(*stripes).onnx_model_
    assert tiny.set_params(max_time=1e6).fit(*stripes).onnx_model_ == model


def test_cnn_max_time_leaves_a_step_at_least(stripes, tiny):
    tiny.set_params(max_time=1e-9).fit(*stripes)
    assert tiny.n_iter_ == 1
    assert tiny.learning_curves_["learning_rate"] == [0.0]


def test_clock_counts_earlier_time_and_keeps_a_reserve(fake_time):
    clock = Clock(10.0)
    fake_time.now = 2.0
    assert (clock.elapsed(), clock.share()) == (2.0, 0.2)
    clock.add(3.0)
    assert (clock.elapsed(), clock.share()) == (5.0, 0.5)
    clock.last_step = 5.0
    assert clock.has_time()
    clock.reserve = 2.0
    assert clock.share() == 0.625
    assert not clock.has_time()
    clock.last_step = 3.0
    assert clock.has_time()
    clock.reserve = 11.0
    assert clock.share() == 1.0


def test_clock_shares_the_time_that_is_left_for_training(fake_time):
    clock = Clock(10.0)
    fake_time.now = 4.0
    clock.begin_training()
    assert clock.share() == 0.0
    fake_time.now = 7.0
    assert clock.share() == 0.5
    assert clock.has_time()


def test_clock_without_a_limit_has_time():
    assert Clock().share() == 0.0
    assert Clock().has_time()


class FakeOptimizer:
    def __init__(self):
        self.param_groups = [{"lr": 2.0}, {"lr": 4.0}]


def test_one_cycle_follows_whichever_is_further_on(fake_time):
    optimizer = FakeOptimizer()
    schedule = OneCycle([optimizer], n_steps=10, clock=Clock(100.0))
    schedule.step()
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.5, 1.0])
    fake_time.now = 60.0
    assert schedule.learning_rate() == pytest.approx(1.0)
    fake_time.now = 100.0
    assert schedule.learning_rate() == 0.0


def test_inverse_root_rises_and_falls():
    schedule = InverseRoot([FakeOptimizer()])
    factors = []
    for _ in range(400):
        factors.append(schedule.factor())
        schedule.step()
    assert factors[0] == 0.01
    assert factors[99] == 1.0 == max(factors)
    assert factors[399] == pytest.approx(0.5)
