"""What one fresh process does: fit one method, predict, and measure what both cost."""

import contextlib
import json
import os
import pickle
import threading
import traceback
import warnings
from dataclasses import dataclass, field
from time import perf_counter

import cloudpickle
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from classicvis._files import write_whole
from classicvis.benchmark._data import load_data, take_rows
from classicvis.benchmark._memory import PeakMemory

N_WARM_UP_IMAGES = 16
PASSES_SECONDS, MAX_PASSES = 1.0, 5  # over the test images, for images per second
LATENCY_SECONDS, MIN_LATENCIES, MAX_LATENCIES = 3.0, 20, 200  # calls with a single image
N_UNTIMED_CALLS = 5


@dataclass(frozen=True)
class Job:
    """One fit of one method.

    Attributes
    ----------
    estimator : estimator
        A classifier, not fitted.
    train_rows : ndarray of shape (n_train,), dtype int, or None
        Rows of ``X`` and ``y`` to fit on; None stands for all.
    test_data : {"X", "X_test"}
        Which of the saved data to predict.
    test_rows : ndarray of shape (n_test,), dtype int, or None
        Rows of it.
    scorers : dict of str to callable
        Scorers of scikit-learn's kind, by name.
    batch_size : int
        Images in a call of `predict`.
    measure_costs : bool
        Whether to measure time, memory and size, or the predictions alone.
    """

    estimator: object
    train_rows: np.ndarray | None
    test_data: str
    test_rows: np.ndarray | None
    scorers: dict
    batch_size: int
    measure_costs: bool


@dataclass
class Costs:
    """What a fit, its predictions and its model cost.

    Attributes
    ----------
    warm_up_seconds : float
        What the transformers took on a few images before the fit; on a first call ever they compile here.
    fit_seconds : float
        The fit.
    fit_peak_bytes : int
        Rise of the peak of resident memory during the fit.
    pass_images : int
        Number of test images in a pass.
    pass_seconds : list of float
        Each pass of `predict` over the test images in batches.
    latency_seconds : list of float
        Each call of `predict` with a single image.
    model_bytes : int or None
        Size of the pickled model; None where it cannot be pickled.
    """

    warm_up_seconds: float
    fit_seconds: float
    fit_peak_bytes: int
    pass_images: int
    pass_seconds: list
    latency_seconds: list
    model_bytes: int | None


@dataclass
class Measurement:
    """What a process reports of its job.

    Attributes
    ----------
    y_pred : ndarray of shape (n_test,) or None
        Predicted labels; None after an error.
    scores : ndarray of shape (n_test, n_classes) or (n_test,), dtype float32, or None
        Probabilities, or decision values, where the method has any.
    score_kind : {"probability", "decision value", None}
        What `scores` holds.
    score_classes : ndarray of shape (n_classes,) or None
        The labels that the columns of `scores` stand for.
    scorer_values : dict of str to float or None
        By scorer; None where it failed.
    costs : Costs or None
        None where they were not asked for.
    warnings : list of str
        What the method warned of.
    error : str or None
        What went wrong, in one line.
    traceback : str or None
        The same in full.
    """

    y_pred: np.ndarray | None = None
    scores: np.ndarray | None = None
    score_kind: str | None = None
    score_classes: np.ndarray | None = None
    scorer_values: dict = field(default_factory=dict)
    costs: Costs | None = None
    warnings: list = field(default_factory=list)
    error: str | None = None
    traceback: str | None = None


def main(folder, job_name):
    """Do the job of this name that lies in the folder, and leave the measurement beside it."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    stages = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the method prints must not mix with the stages

    def report(stage):
        print(json.dumps(stage), file=stages, flush=True)

    report("reading")
    try:
        with open(os.path.join(folder, f"{job_name}.job"), "rb") as file:
            job = cloudpickle.load(file)
        measurement = measure(job, folder, report)
    except Exception as error:  # noqa: BLE001, whatever a method raises is its result
        measurement = Measurement(error=f"{type(error).__name__}: {error}".strip(), traceback=traceback.format_exc())
    write_whole(os.path.join(folder, f"{job_name}.measurement"), pickle.dumps(measurement, protocol=5))


def measure(job, folder, report):
    """Fit, predict, and measure.

    Parameters
    ----------
    job : Job
        What to do.
    folder : str
        Where the data are.
    report : callable
        Called with the name of each stage as it begins.

    Returns
    -------
    measurement : Measurement
        Predictions, scores and costs.
    """
    X, y = load_data(folder, "X"), load_data(folder, "y")
    X_train, y_train = take_rows(X, job.train_rows), take_rows(y, job.train_rows)
    test_labels = "y" if job.test_data == "X" else "y_test"
    X_test = take_rows(load_data(folder, job.test_data), job.test_rows)
    y_test = take_rows(load_data(folder, test_labels), job.test_rows)
    del X, y
    batches = [
        take_rows(X_test, slice(start, start + job.batch_size)) for start in range(0, len(y_test), job.batch_size)
    ]
    with warnings.catch_warnings(record=True) as caught:
        warm_up_seconds = _warm_up(job.estimator, X_train, y_train) if job.measure_costs else 0.0
        report("fitting")
        model, fit_seconds, fit_peak_bytes = _fit(job.estimator, X_train, y_train)
        report("predicting")
        result = Measurement()
        if job.measure_costs:
            result.y_pred, pass_seconds = _time_passes(model, batches)
            report("timing single images")
            latencies = _time_single_images(model, X_test, len(y_test))
            model_bytes = _attempt("Pickling the model", lambda: _pickled_bytes(model))
            result.costs = Costs(
                warm_up_seconds=warm_up_seconds,
                fit_seconds=fit_seconds,
                fit_peak_bytes=fit_peak_bytes,
                pass_images=len(y_test),
                pass_seconds=pass_seconds,
                latency_seconds=latencies,
                model_bytes=model_bytes,
            )
        else:
            result.y_pred = _predict(model, batches)
        _add_scores(result, model, batches)
        for name, scorer in job.scorers.items():
            result.scorer_values[name] = _attempt(
                f"The scorer {name!r}", lambda scorer=scorer: float(scorer(model, X_test, y_test))
            )
    result.warnings = list(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
    return result


def _exit_with_parent():
    """End this process when the other end of its standard input is closed, however the parent ended."""
    while os.read(0, 1):
        pass
    os._exit(1)


def _warm_up(estimator, X, y):
    """Let the transformers of a pipeline compile and import what they need, on a few images."""
    start = perf_counter()
    if isinstance(estimator, Pipeline) and len(estimator.steps) > 1:
        rows = slice(N_WARM_UP_IMAGES)
        transformers = clone(estimator[:-1]).set_params(memory=None)
        # A transformer may need more images than these; it then warms up in the fit, and fails there if ever.
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            transformers.fit_transform(take_rows(X, rows), take_rows(y, rows))
    return perf_counter() - start


def _fit(estimator, X, y):
    memory = PeakMemory()
    start = perf_counter()
    model = estimator.fit(X, y)
    seconds = perf_counter() - start
    return model, seconds, memory.rise()


def _predict(model, batches):
    return np.concatenate([np.asarray(model.predict(batch)) for batch in batches])


def _time_passes(model, batches):
    """Predict all batches until the time is up; return the first pass's labels and each pass's seconds."""
    model.predict(batches[0])  # what is made on the first call is no cost of the later ones
    y_pred, seconds = None, []
    while len(seconds) < MAX_PASSES and sum(seconds) < PASSES_SECONDS:
        start = perf_counter()
        labels = _predict(model, batches)
        seconds.append(perf_counter() - start)
        y_pred = labels if y_pred is None else y_pred
    return y_pred, seconds


def _time_single_images(model, X_test, n_test):
    rows = np.unique(np.linspace(0, n_test - 1, MAX_LATENCIES).astype(np.intp)).tolist()
    images = [take_rows(X_test, slice(row, row + 1)) for row in rows]
    for image in images[:N_UNTIMED_CALLS]:
        model.predict(image)
    seconds = []
    while len(seconds) < MIN_LATENCIES or (len(seconds) < MAX_LATENCIES and sum(seconds) < LATENCY_SECONDS):
        image = images[len(seconds) % len(images)]
        start = perf_counter()
        model.predict(image)
        seconds.append(perf_counter() - start)
    return seconds


def _pickled_bytes(model):
    counter = _ByteCounter()
    cloudpickle.CloudPickler(counter, protocol=5).dump(model)
    return counter.n_bytes


class _ByteCounter:
    """A file that keeps nothing but its length."""

    n_bytes = 0

    def write(self, content):
        self.n_bytes += len(memoryview(content).cast("B"))


def _add_scores(result, model, batches):
    for method, kind in (("predict_proba", "probability"), ("decision_function", "decision value")):
        if not (hasattr(model, method) and hasattr(model, "classes_")):
            continue
        score = getattr(model, method)
        scores = _attempt(method, lambda score=score: np.concatenate([score(batch) for batch in batches]))
        n_classes = len(model.classes_)
        if scores is not None and (scores.shape[1:] == (n_classes,) or (scores.ndim == 1 and n_classes == 2)):
            result.scores, result.score_kind = scores.astype(np.float32), kind
            result.score_classes = np.asarray(model.classes_)
            return


def _attempt(what, function):
    """Call a function that the comparison can do without; a failure becomes a warning and None."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001, it is told as a warning
        warnings.warn(f"{what} failed with {type(error).__name__}: {error}", stacklevel=2)
        return None
