"""What one fresh process does: fit one method, predict, and measure what both cost."""

import contextlib
import json
import os
import pickle
import threading
import traceback
import warnings
from dataclasses import dataclass
from time import perf_counter

import cloudpickle
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from classicvis._files import write_whole
from classicvis.benchmark._data import load_data, take_rows
from classicvis.benchmark._dataset import encode_labels
from classicvis.benchmark._memory import PeakMemory
from classicvis.benchmark._runs import Costs, MethodRun

N_WARM_UP_IMAGES = 16  # enough for most transformers, and read in no time
PASSES_SECONDS, MAX_PASSES = 1.0, 5  # over the test images, for images per second
LATENCY_SECONDS, MIN_LATENCIES, MAX_LATENCIES = 3.0, 20, 200  # calls with a single image
N_UNTIMED_CALLS = 5  # what is cached on a first call does not belong to the later ones


@dataclass(frozen=True)
class Job:
    """One fit of one method.

    Attributes
    ----------
    name : str
        What the method is called.
    estimator : estimator
        A classifier, not fitted.
    train_rows : ndarray of shape (n_train,), dtype int, or None
        Rows of ``X`` and ``y`` to fit on; None means all.
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

    name: str
    estimator: object
    train_rows: np.ndarray | None
    test_data: str
    test_rows: np.ndarray | None
    scorers: dict
    batch_size: int
    measure_costs: bool


def main(folder, job_name):
    """Do the job of this name that lies in the folder, and write its run beside it."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    stages = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the method prints must not mix with the stages

    def report(stage):
        print(json.dumps(stage), file=stages, flush=True)

    report("reading")
    with open(os.path.join(folder, f"{job_name}.job"), "rb") as file:
        name, estimator = pickle.load(file)  # by itself: the job may be of classes that cannot be imported here
        try:
            run = measure(cloudpickle.load(file), folder, report)
        except Exception as error:  # noqa: BLE001, whatever a method raises is its result
            reason = f"{type(error).__name__}: {error}".strip()
            run = MethodRun(name, estimator, error=reason, traceback=traceback.format_exc())
    write_whole(os.path.join(folder, f"{job_name}.run"), pickle.dumps(run, protocol=5))


def save_job(job, folder, job_name):
    """Write a job into the folder of the data, for `main`."""
    with open(os.path.join(folder, f"{job_name}.job"), "wb") as file:
        pickle.dump((job.name, repr(job.estimator)), file, protocol=5)
        cloudpickle.dump(job, file, protocol=5)


def measure(job, folder, report, *, passes_seconds=PASSES_SECONDS, latency_seconds=LATENCY_SECONDS):
    """Fit, predict, and measure.

    Parameters
    ----------
    job : Job
        What to do.
    folder : str
        Where the data are.
    report : callable
        Called with the name of each stage as it begins.
    passes_seconds, latency_seconds : float
        How long to time passes over the test images, and calls with a single image.

    Returns
    -------
    run : MethodRun
        Predictions, scores and costs of one fold.
    """
    X, y = load_data(folder, "X"), load_data(folder, "y")
    classes = np.unique(y)
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
        costs = None
        if job.measure_costs:
            labels, pass_seconds = _time_passes(model, batches, passes_seconds)
            report("timing single images")
            latencies = _time_single_images(model, X_test, len(y_test), latency_seconds)
            model_bytes = _attempt("Pickling the model", lambda: _pickled_bytes(model))
            costs = Costs(
                warm_up_seconds=warm_up_seconds,
                fit_seconds=fit_seconds,
                fit_peak_bytes=fit_peak_bytes,
                pass_images=len(y_test),
                pass_seconds=pass_seconds,
                latency_seconds=latencies,
                model_bytes=model_bytes,
            )
        else:
            labels = _predict(model, batches)
        y_pred = encode_labels(labels, classes)
        if (y_pred < 0).any():
            raise ValueError(f"It predicts {labels[y_pred < 0].tolist()[0]!r}, a label that y does not have.")
        scores, score_kind = _score(model, batches, classes)
        scorer_values = {
            name: [_attempt(f"The scorer {name!r}", lambda scorer=scorer: float(scorer(model, X_test, y_test)))]
            for name, scorer in job.scorers.items()
        }
    return MethodRun(
        job.name,
        repr(job.estimator),
        y_pred=y_pred,
        scores=scores,
        score_kind=score_kind,
        scorer_values=scorer_values,
        costs=costs,
        warnings=list(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)),
    )


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


def _time_passes(model, batches, max_seconds):
    """Predict all batches until the time is up; return the first pass's labels and each pass's seconds."""
    model.predict(batches[0])  # what is made on the first call does not belong to the later ones
    y_pred, seconds = None, []
    while len(seconds) < MAX_PASSES and sum(seconds) < max_seconds:
        start = perf_counter()
        labels = _predict(model, batches)
        seconds.append(perf_counter() - start)
        y_pred = labels if y_pred is None else y_pred
    return y_pred, seconds


def _time_single_images(model, X_test, n_test, max_seconds):
    rows = np.unique(np.linspace(0, n_test - 1, MAX_LATENCIES).astype(np.intp)).tolist()
    images = [take_rows(X_test, slice(row, row + 1)) for row in rows]
    for image in images[:N_UNTIMED_CALLS]:
        model.predict(image)
    seconds = []
    while len(seconds) < MIN_LATENCIES or (len(seconds) < MAX_LATENCIES and sum(seconds) < max_seconds):
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


def _score(model, batches, classes):
    """Return the scores of a model, a column a class, and their kind; None and None where it gives none."""
    for method, kind in (("predict_proba", "probability"), ("decision_function", "decision value")):
        if not (hasattr(model, method) and hasattr(model, "classes_")):
            continue
        score = getattr(model, method)
        scores = _attempt(method, lambda score=score: np.concatenate([score(batch) for batch in batches]))
        n_classes = len(model.classes_)
        if scores is not None and (scores.shape[1:] == (n_classes,) or (scores.ndim == 1 and n_classes == 2)):
            return _align_scores(scores, kind, encode_labels(np.asarray(model.classes_), classes), len(classes)), kind
    return None, None


def _align_scores(scores, kind, codes, n_classes):
    """Return scores with a column for each class, also for those that the training images of a fold do not have."""
    if scores.ndim == 1:  # decision values of two classes, positive for the second
        scores = np.stack([np.zeros_like(scores), scores], axis=1)
    absent = 0.0 if kind == "probability" else -np.inf
    aligned = np.full((len(scores), n_classes), absent, dtype=np.float32)
    aligned[:, codes] = scores
    return aligned


def _attempt(what, function):
    """Call a function that the comparison can do without; a failure becomes a warning and None."""
    try:
        return function()
    except Exception as error:  # noqa: BLE001, the warning has it
        warnings.warn(f"{what} failed with {type(error).__name__}: {error}", stacklevel=2)
        return None
