"""A fit that is killed goes on from its checkpoint, and ends as if it had not been."""

import os
import re
import signal
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest
import torch
from sklearn.base import clone
from stripes import make_stripes

from classicvis.neural import CNNClassifier, ModelFileError
from classicvis.neural.training import _checkpoint, _run, _training

# Kills itself with SIGKILL where it is told to.
SCRIPT = """
    import os, signal, sys
    from classicvis import _files
    from classicvis.neural import CNNClassifier
    from classicvis.neural.training import _batches, _training
    from stripes import make_stripes

    def kill_at(module, name, n_calls):
        function, n_done = getattr(module, name), 0
        def wrapped(*args, **kwargs):
            nonlocal n_done
            n_done += 1
            if n_done == n_calls:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)
        setattr(module, name, wrapped)

    place, early_stopping, path = sys.argv[1:]
    if place == "in an epoch":
        of_epoch = _batches.Batches.of_epoch
        def make_batches(batches, epoch, rng):
            for i, batch in enumerate(of_epoch(batches, epoch, rng)):
                if (epoch, i) == (3, 2):
                    os.kill(os.getpid(), signal.SIGKILL)
                yield batch
        _batches.Batches.of_epoch = make_batches
    elif place == "while writing":
        kill_at(_files.os, "replace", 3)
    elif place == "after writing":
        kill_at(_training, "run_epoch", 3)
    network = CNNClassifier(widths=(4, 4), max_iter=6, n_threads=1, random_state=0, checkpoint=path)
    network.set_params(early_stopping=early_stopping == "True", n_iter_no_change=2).fit(*make_stripes())
    sys.stdout.buffer.write(network.onnx_model_)
"""


def run_script(place, early_stopping, path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", dedent(SCRIPT), place, str(early_stopping), str(path)]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


@pytest.fixture
def six_epochs(tmp_path):
    return CNNClassifier(
        widths=(4, 4), max_iter=6, n_iter_no_change=2, n_threads=1, random_state=0, checkpoint=tmp_path / "state"
    )


@pytest.fixture
def broken_off(six_epochs, stripes, monkeypatch):
    """A classifier whose fit has failed in its third epoch."""
    break_off_in_third_epoch(six_epochs, stripes, monkeypatch)
    return six_epochs


def break_off_in_third_epoch(network, data, monkeypatch):
    run_epoch = _training.run_epoch

    def fail(*args, epoch):
        if epoch == 2:
            raise OSError("power cut")
        return run_epoch(*args, epoch=epoch)

    with monkeypatch.context() as patch:
        patch.setattr(_training, "run_epoch", fail)
        with pytest.raises(OSError, match="power cut"):
            network.fit(*data)


@pytest.mark.parametrize(
    ("place", "early_stopping", "n_epochs"),
    [("in an epoch", False, 3), ("while writing", True, 2), ("after writing", False, 2)],
)
def test_cnn_killed_goes_on_to_the_same_bytes(six_epochs, stripes, tmp_path, place, early_stopping, n_epochs):
    killed = run_script(place, early_stopping, tmp_path / "state")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    saved = torch.load(tmp_path / "state", weights_only=True)
    assert len(saved["state"]["progress"]["learning_curves"]["loss"]) == n_epochs
    assert len(os.listdir(tmp_path)) == (2 if place == "while writing" else 1)
    six_epochs.set_params(early_stopping=early_stopping)
    resumed = clone(six_epochs).fit(*stripes)
    assert os.listdir(tmp_path) == []
    unbroken = six_epochs.set_params(checkpoint=None).fit(*stripes)
    assert resumed.onnx_model_ == unbroken.onnx_model_
    assert resumed.recipe_ == unbroken.recipe_
    for name, figures in unbroken.learning_curves_.items():
        if name != "seconds":
            assert resumed.learning_curves_[name] == figures


def test_cnn_gives_the_same_bytes_in_another_process(six_epochs, stripes, tmp_path):
    done = run_script("nowhere", True, tmp_path / "other")
    assert done.stdout == six_epochs.set_params(early_stopping=True).fit(*stripes).onnx_model_, done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "settings", [{"random_state": None}, {"horizontal_flip": True, "batch_size": 50}, {"max_time": 1000.0}]
)
def test_cnn_checkpoint_is_taken_up_under_any_setting(six_epochs, stripes, monkeypatch, settings):
    break_off_in_third_epoch(six_epochs.set_params(**settings), stripes, monkeypatch)
    seed = torch.load(six_epochs.checkpoint, weights_only=True)["seed"]
    six_epochs.fit(*stripes)
    assert six_epochs.recipe_["seed"] == seed
    assert six_epochs.n_iter_ == 6


def test_cnn_checkpoint_of_a_random_state_wants_the_same_state(six_epochs, stripes, monkeypatch):
    six_epochs.set_params(random_state=np.random.RandomState(3))
    break_off_in_third_epoch(six_epochs, stripes, monkeypatch)
    with pytest.raises(ValueError, match=r"as seed was \d+ and is \d+:"):
        six_epochs.fit(*stripes)
    assert six_epochs.set_params(random_state=np.random.RandomState(3)).fit(*stripes).n_iter_ == 6


def test_cnn_checkpoint_of_two_threads_gives_the_same_bytes(six_epochs, stripes, monkeypatch):
    six_epochs.set_params(n_threads=2, max_iter=3)
    break_off_in_third_epoch(six_epochs, stripes, monkeypatch)
    model = six_epochs.fit(*stripes).onnx_model_
    assert six_epochs.fit(*stripes).onnx_model_ == model


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_iter": 7}, "max_iter was 6 and is 7"),
        ({"widths": (4, 6), "padding": 1}, r"padding was None and is 1 and widths was \(4, 4\) and is \(4, 6\)"),
        ({"random_state": 1}, "random_state was 0 and is 1"),
        ({"n_threads": 2}, "n_threads was 1 and is 2"),
    ],
)
def test_cnn_checkpoint_of_other_parameters_is_an_error(broken_off, stripes, settings, message):
    before = broken_off.checkpoint.read_bytes()
    with pytest.raises(
        ValueError, match=rf"belongs to another fit, as {message}.*: give what .*, remove it .*, or give"
    ):
        broken_off.set_params(**settings).fit(*stripes)
    assert broken_off.checkpoint.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[::-1], y, None), "images differ:"),
        (lambda X, y: (X, 1 - y, None), "labels differ:"),
        (lambda X, y: (X, np.where(y, "b", "a"), None), "labels differ:"),
        (lambda X, y: (X, y, 1 + y), "weights of images differ:"),
        (lambda X, y: (make_stripes(seed=1)[0], y, None), "images differ:"),
    ],
)
def test_cnn_checkpoint_of_other_data_is_an_error(broken_off, stripes, change, message):
    with pytest.raises(ValueError, match=f"belongs to another fit, as {message}"):
        broken_off.fit(*change(*stripes))


def test_cnn_checkpoint_of_another_version_is_an_error(broken_off, stripes, monkeypatch):
    monkeypatch.setattr(_checkpoint, "version", lambda name: "9.9")
    with pytest.raises(ValueError, match=r"as version of classicvis was .* and is 9\.9:"):
        broken_off.fit(*stripes)
    monkeypatch.setattr(_checkpoint, "FORMAT_NUMBER", 2)
    with pytest.raises(ValueError, match="written in format 1 where this version reads format 2"):
        broken_off.fit(*stripes)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", "truncated", "a pickle"])
def test_cnn_file_that_is_no_checkpoint_is_an_error(broken_off, stripes, content):
    whole = broken_off.checkpoint.read_bytes()
    if content == "truncated":
        content = whole[: len(whole) // 2]
    elif content == "a pickle":  # which must not be run
        torch.save(re.compile("a"), broken_off.checkpoint)
        content = broken_off.checkpoint.read_bytes()
    broken_off.checkpoint.write_bytes(content)
    with pytest.raises(ValueError, match="which is not of CNNClassifier: remove it, or give another name"):
        broken_off.fit(*stripes)
    assert broken_off.checkpoint.read_bytes() == content


@pytest.mark.parametrize("field", ["parameters", "data", "seed", "seconds", "state"])
@pytest.mark.parametrize("value", ["missing", None, "text"])
def test_cnn_checkpoint_with_a_damaged_field_is_named(broken_off, stripes, field, value):
    content = torch.load(broken_off.checkpoint, weights_only=True)
    if value == "missing":
        del content[field]
    else:
        content[field] = value
    torch.save(content, broken_off.checkpoint)
    with pytest.raises(ModelFileError, match=rf"checkpoint is '.*', whose '{field}' is missing or damaged"):
        broken_off.fit(*stripes)


@pytest.mark.parametrize("field", ["network", "optimizers", "n_steps", "progress"])
def test_cnn_checkpoint_with_a_damaged_state_is_named(broken_off, stripes, field):
    content = torch.load(broken_off.checkpoint, weights_only=True)
    del content["state"][field]
    torch.save(content, broken_off.checkpoint)
    with pytest.raises(
        ModelFileError, match=rf"checkpoint is '.*', whose 'state' is damaged \(KeyError\('{field}'\)\)"
    ):
        broken_off.fit(*stripes)


@pytest.mark.parametrize("content", [[1, 2], {"weights": torch.zeros(2)}, torch.zeros(3)])
def test_cnn_checkpoint_of_other_content_is_an_error(broken_off, stripes, content):
    torch.save(content, broken_off.checkpoint)
    with pytest.raises(ModelFileError, match="which is not of CNNClassifier: remove it, or give another name"):
        broken_off.fit(*stripes)


def test_cnn_checkpoint_in_a_folder_that_is_missing_is_an_error(six_epochs, stripes, tmp_path):
    with pytest.raises(ValueError, match="in a folder that does not exist: make the folder first"):
        six_epochs.set_params(checkpoint=str(tmp_path / "none" / "state")).fit(*stripes)


def test_cnn_checkpoint_is_removed_when_a_fit_ends(six_epochs, stripes, tmp_path):
    model = six_epochs.fit(*stripes).onnx_model_
    assert os.listdir(tmp_path) == []
    assert six_epochs.fit(*stripes).onnx_model_ == model


def test_cnn_checkpoint_keeps_what_is_complete_where_writing_the_model_fails(six_epochs, stripes, monkeypatch):
    def refuse(actual, expected):
        raise RuntimeError("not accepted")

    with monkeypatch.context() as patch:
        patch.setattr(_run, "require_same_logits", refuse)
        with pytest.raises(RuntimeError, match="not accepted"):
            six_epochs.fit(*stripes)
        patch.undo()
        patch.setattr(_training, "run_epoch", None)  # nothing is left to train
        assert six_epochs.fit(*stripes).n_iter_ == 6


def make_module_with_dropout(image_shape, n_classes):
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.3), torch.nn.Linear(144, n_classes))


@pytest.mark.parametrize(
    "settings", [{"architecture": make_module_with_dropout, "widths": None}, {"architecture": "airbench"}]
)
def test_cnn_checkpoint_serves_every_architecture(six_epochs, stripes, monkeypatch, settings):
    six_epochs.set_params(max_iter=3, horizontal_flip=True, **settings)
    expected = clone(six_epochs).set_params(checkpoint=None).fit(*stripes).onnx_model_
    break_off_in_third_epoch(six_epochs, stripes, monkeypatch)
    assert six_epochs.fit(*stripes).onnx_model_ == expected


def test_cnn_checkpoint_of_another_module_of_the_same_name_is_an_error(six_epochs, stripes, monkeypatch):
    def make_module(image_shape, n_classes):
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(144, n_classes))

    six_epochs.set_params(architecture=make_module, widths=None)
    break_off_in_third_epoch(six_epochs, stripes, monkeypatch)

    def make_module(image_shape, n_classes):
        return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(144, n_classes, bias=False))

    with pytest.raises(ValueError, match="as the network that architecture makes is another one:"):
        six_epochs.set_params(architecture=make_module).fit(*stripes)
