"""scikit-learn's callbacks (1.9, experimental there) around the epochs of CNNClassifier."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.fixes import parse_version

from classicvis import _sklearn_compat
from classicvis.neural import CNNClassifier

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9")
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="this scikit-learn is older than callbacks")


class Recorder:
    """Notes what it is told, and asks to stop after some epochs."""

    def __init__(self, n_epochs=None):
        self.n_epochs = n_epochs
        self.events = []
        self.fitted = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X, y, metadata):
        self.events.append(f"begin {context.task_name}")
        self.data = X, y, metadata

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.events.append(f"end {context.task_name}")
        self.fitted.append(fitted_estimator)
        return context.task_name == "epoch" and context.task_id + 1 == self.n_epochs


class Plain(Recorder):
    """Asks for nothing."""

    def on_fit_task_begin(self, estimator, context):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context):
        self.events.append(f"end {context.task_name}")


def test_callbacks_are_there_where_scikit_learn_has_them():
    assert hasattr(CNNClassifier, "set_callbacks") == HAS_CALLBACKS


@needs_callbacks
def test_callbacks_are_told_of_fit_and_epochs(stripes, tiny):
    callback = Recorder()
    weights = np.ones(240)
    tiny.set_callbacks(callback).fit(*stripes, sample_weight=weights)
    epochs = ["begin epoch", "end epoch"] * 4
    assert callback.events == ["setup", "begin fit", *epochs, "end fit", "teardown"]
    assert callback.data[0] is stripes[0]
    assert callback.data[2]["sample_weight"] is weights


@needs_callbacks
def test_callbacks_get_classifiers_that_are_fitted_so_far(stripes, tiny):
    callback = Recorder()
    expected = clone(tiny).fit(*stripes)
    tiny.set_callbacks(callback).fit(*stripes)
    assert tiny.onnx_model_ == expected.onnx_model_
    assert [network.n_iter_ for network in callback.fitted] == [1, 2, 3, 4, 4]
    assert len({network.onnx_model_ for network in callback.fitted}) == 4
    assert callback.fitted[0].predict(stripes[0]).shape == (240,)
    assert callback.fitted[3].onnx_model_ == callback.fitted[4].onnx_model_ == tiny.onnx_model_


@needs_callbacks
@pytest.mark.parametrize("early_stopping", [False, True])
def test_callbacks_end_training(stripes, tiny, early_stopping):
    callback = Recorder(n_epochs=2)
    tiny.set_params(early_stopping=early_stopping).set_callbacks(callback).fit(*stripes)
    assert tiny.n_iter_ == 2
    assert callback.events[-3:] == ["end epoch", "end fit", "teardown"]
    assert callback.fitted[1].onnx_model_ == tiny.onnx_model_


@needs_callbacks
def test_callbacks_that_end_training_end_the_checkpoint_too(stripes, tiny, tmp_path):
    tiny.set_params(checkpoint=tmp_path / "state").set_callbacks(Recorder(n_epochs=2)).fit(*stripes)
    assert not (tmp_path / "state").exists()


@needs_callbacks
def test_callbacks_are_torn_down_when_training_fails(stripes, tiny):
    callback = Plain()
    with pytest.raises(FloatingPointError):
        tiny.set_params(learning_rate_init=1e38).set_callbacks(callback).fit(*stripes)
    assert callback.events[-2:] == ["begin epoch", "teardown"]


@needs_callbacks
def test_ctrl_c_in_a_callback_keeps_the_network(stripes, tiny):
    class Impatient(Plain):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch":
                raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Ctrl-C has ended training after 1 of 4 epochs"):
        tiny.set_callbacks(Impatient()).fit(*stripes)


@needs_callbacks
def test_scoring_monitor_draws_a_metric_curve(stripes, tiny):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    tiny.set_callbacks(monitor).fit(*stripes)
    log = monitor.get_logs().data
    curve = [row["accuracy"] for row in log if row["task_name"] == "epoch"]
    assert len(curve) == 4
    assert curve[-1] == tiny.score(*stripes)
    assert all(row["neg_log_loss"] < 0 for row in log)


@needs_callbacks
def test_progress_bar_shows_the_epochs(stripes, tiny, capsys):
    from sklearn.callback import ProgressBar

    tiny.set_callbacks(ProgressBar()).fit(*stripes)
    assert "CNNClassifier - fit" in capsys.readouterr().out


@needs_callbacks
def test_callbacks_of_a_search_reach_the_networks(stripes, tiny):
    callback = Plain()
    tiny.set_params(max_iter=2).set_callbacks(callback)
    GridSearchCV(tiny, {"learning_rate_init": [0.05, 0.1]}, cv=2, refit=False).fit(*stripes)
    assert callback.events.count("begin epoch") == callback.events.count("end epoch") == 8


def test_fit_without_the_callbacks_of_scikit_learn_is_the_same(stripes, tiny, monkeypatch):
    expected = clone(tiny).fit(*stripes)
    if HAS_CALLBACKS:
        monkeypatch.delattr(_sklearn_compat.CallbackSupportMixin, "_init_callback_context")
    assert tiny.fit(*stripes).onnx_model_ == expected.onnx_model_
