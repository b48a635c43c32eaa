"""How CNNClassifier trains: repeatable, with no trace in global settings, and clear about what goes wrong."""

import random
import threading
import tracemalloc

import numpy as np
import pytest
import torch
from sklearn.base import clone
from stripes import make_stripes

from classicvis.neural import CNNClassifier
from classicvis.neural.training import _training


def snapshot_of_globals():
    return (
        torch.get_rng_state().numpy().tobytes(),
        str(np.random.get_state()),  # noqa: NPY002, it is what must not change
        random.getstate(),
        torch.get_num_threads(),
        torch.get_num_interop_threads(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_autocast_enabled("cpu"),
        torch.backends.mkldnn.enabled,
        torch.are_deterministic_algorithms_enabled(),
    )


@pytest.mark.parametrize("random_state", [None, 0, "instance"])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_cnn_fit_leaves_global_settings_alone(stripes, tiny, random_state, n_threads):
    random_state = np.random.RandomState(0) if random_state == "instance" else random_state
    before = snapshot_of_globals()
    tiny.set_params(random_state=random_state, n_threads=n_threads, max_iter=1).fit(*stripes).predict(stripes[0])
    assert snapshot_of_globals() == before


def test_cnn_fit_leaves_global_settings_alone_when_it_fails(stripes, tiny, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_training, "train_epoch", interrupt)
    n_threads = torch.get_num_threads()
    before = snapshot_of_globals()
    with pytest.raises(KeyboardInterrupt):
        tiny.set_params(n_threads=n_threads + 1).fit(*stripes)
    assert snapshot_of_globals() == before


@pytest.mark.parametrize(
    "context",
    [
        torch.no_grad,
        torch.inference_mode,
        lambda: torch.autocast("cpu", dtype=torch.bfloat16),
        lambda: torch.device("meta"),
    ],
)
def test_cnn_fit_does_not_see_the_caller_s_torch_context(stripes, tiny, context):
    expected = clone(tiny).fit(*stripes).onnx_model_
    with context():
        assert tiny.fit(*stripes).onnx_model_ == expected


def test_cnn_fit_does_not_see_the_default_dtype(stripes, tiny):
    expected = clone(tiny).fit(*stripes).onnx_model_
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert tiny.fit(*stripes).onnx_model_ == expected
    finally:
        torch.set_default_dtype(dtype)


def test_cnn_gives_the_same_bytes_for_the_same_seed_only(stripes, tiny):
    model = clone(tiny).fit(*stripes).onnx_model_
    assert clone(tiny).fit(*stripes).onnx_model_ == model
    assert clone(tiny).set_params(random_state=1).fit(*stripes).onnx_model_ != model


def test_cnn_gives_the_same_bytes_with_two_threads(stripes, tiny):
    tiny.set_params(n_threads=2, max_iter=1)
    assert clone(tiny).fit(*stripes).onnx_model_ == clone(tiny).fit(*stripes).onnx_model_


def test_cnn_gives_the_same_bytes_in_a_thread(stripes, tiny):
    models = []
    threads = [threading.Thread(target=lambda: models.append(clone(tiny).fit(*stripes).onnx_model_)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(models) == {tiny.fit(*stripes).onnx_model_}
    assert len(models) == 3


def test_cnn_without_a_seed_differs_each_time(stripes, tiny):
    tiny.set_params(random_state=None, max_iter=1)
    assert clone(tiny).fit(*stripes).onnx_model_ != clone(tiny).fit(*stripes).onnx_model_


def test_cnn_seed_of_the_recipe_repeats_the_run_of_an_instance(stripes, tiny):
    random_state = np.random.RandomState(5)
    first = clone(tiny).set_params(random_state=random_state, max_iter=1).fit(*stripes)
    second = clone(tiny).set_params(random_state=random_state, max_iter=1).fit(*stripes)
    assert first.recipe_["seed"] != second.recipe_["seed"]
    again = clone(tiny).set_params(random_state=np.random.RandomState(5), max_iter=1).fit(*stripes)
    assert again.onnx_model_ == first.onnx_model_


def test_cnn_does_not_write_to_x(stripes, tiny):
    X, y = stripes
    X = X.astype(np.float32)
    X.flags.writeable = y.flags.writeable = False
    before = X.copy()
    tiny.set_params(max_iter=1, horizontal_flip=True).fit(X, y).predict(X)
    np.testing.assert_array_equal(X, before)
    y.flags.writeable = True


def test_cnn_reads_a_memory_map(stripes, tiny, tmp_path):
    X, y = stripes
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert clone(tiny).fit(mapped, y).onnx_model_ == tiny.fit(X, y).onnx_model_


@pytest.mark.parametrize("rate", [1e20, 1e38])
def test_cnn_divergence_is_an_error(stripes, tiny, rate):
    with pytest.raises(FloatingPointError, match=r"loss became .* learning_rate_init=.* lower it"):
        tiny.set_params(learning_rate_init=rate).fit(*stripes)
    assert not hasattr(tiny, "onnx_model_")


def test_cnn_early_stopping_keeps_the_best_epoch():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 6, 6)), rng.integers(0, 2, 120)  # nothing to learn
    network = CNNClassifier(
        widths=(8, 8), max_iter=60, early_stopping=True, n_iter_no_change=3, n_threads=1, random_state=0
    ).fit(X, y)
    accuracies = network.learning_curves_["validation_accuracy"]
    losses = network.learning_curves_["validation_loss"]
    assert network.n_iter_ == len(accuracies) < 60
    scores = list(zip(accuracies, [-loss for loss in losses], strict=True))
    assert len(scores) - 1 - scores.index(max(scores)) == 3


def test_cnn_early_stopping_scores_what_it_set_aside(stripes, monkeypatch):
    seen = []
    evaluate = _training.evaluate
    monkeypatch.setattr(_training, "evaluate", lambda *args: seen.append(args[2]) or evaluate(*args))
    network = CNNClassifier(widths=(4, 4), max_iter=3, early_stopping=True, n_threads=1, random_state=0)
    network.set_params(validation_fraction=0.25).fit(*stripes)
    assert seen[0].n_samples == 60
    np.testing.assert_array_equal(np.bincount(seen[0].targets), [30, 30])
    curves = network.learning_curves_
    best = int(np.lexsort((np.negative(curves["validation_loss"]), curves["validation_accuracy"]))[-1])
    labels = network.predict(seen[0].images[..., 0])
    assert np.mean(labels == seen[0].targets) == pytest.approx(curves["validation_accuracy"][best])


@pytest.mark.parametrize("y", [np.r_[np.zeros(20), 1], np.arange(30) // 2, [0, 1, 0, 1]])
def test_cnn_early_stopping_with_too_few_images_is_an_error(tiny, y):
    X = np.random.default_rng(0).random((len(y), 4, 4))
    with pytest.raises(ValueError, match="every class must be in both parts"):
        tiny.set_params(early_stopping=True).fit(X, y)


def test_cnn_padding_and_flip_change_the_training(stripes, tiny):
    models = {
        clone(tiny).set_params(padding=padding, horizontal_flip=flip, max_iter=1).fit(*stripes).onnx_model_
        for padding in (0, 2)
        for flip in (False, True)
    }
    assert len(models) == 4


def test_cnn_learning_rate_rises_and_falls(stripes, tiny):
    rates = tiny.set_params(max_iter=10).fit(*stripes).learning_curves_["learning_rate"]
    peak = int(np.argmax(rates))
    assert peak == 2
    assert np.all(np.diff(rates[: peak + 1]) > 0)
    assert np.all(np.diff(rates[peak:]) < 0)
    assert max(rates) == pytest.approx(0.1, rel=0.02)


def test_cnn_verbose_shows_a_bar_on_a_terminal_only(stripes, tiny, capsys, monkeypatch):
    tiny.set_params(verbose=True, max_iter=2).fit(*stripes)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    clone(tiny).fit(*stripes)
    assert "Training: 100%" in capsys.readouterr().err
    clone(tiny).set_params(verbose=False).fit(*stripes)
    assert capsys.readouterr().err == ""


def test_cnn_fit_makes_no_copy_of_the_images(tiny):
    X, y = make_stripes(6000, size=32)
    tiny.set_params(max_iter=1, batch_size=16).fit(X[:100], y[:100])
    tracemalloc.start()
    try:
        tiny.fit(X, y)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.6 * X.nbytes
