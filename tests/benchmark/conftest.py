import numpy as np
import pytest

from classicvis.benchmark import Comparison, MethodRun
from classicvis.benchmark._pictures import make_picture
from classicvis.benchmark._runs import Costs


def make_costs(latency=0.001):
    return Costs(
        warm_up_seconds=0.1,
        fit_seconds=2.5,
        fit_peak_bytes=123_000_000,
        pass_images=40,
        pass_seconds=[0.2, 0.1, 0.1],
        latency_seconds=[latency] * 19 + [10 * latency],
        model_bytes=4_560_000,
    )


@pytest.fixture
def make_run():
    """Make the raw results of a method that has the given share of images wrong."""

    def make(name, y_true, n_wrong, *, n_classes, score_kind="probability", latency=0.001):
        y_pred = y_true.copy()
        y_pred[:n_wrong] = (y_true[:n_wrong] + 1) % n_classes
        scores = None
        if score_kind is not None:
            scores = np.full((len(y_true), n_classes), 0.1, dtype=np.float32)
            scores[np.arange(len(y_true)), y_pred] = np.linspace(0.5, 0.9, len(y_true))
        return MethodRun(
            name,
            f"Estimator(name={name!r})",
            y_pred=y_pred,
            scores=scores,
            score_kind=None if scores is None else score_kind,
            costs=make_costs(latency),
        )

    return make


@pytest.fixture
def make_comparison(make_run):
    """Make a comparison without running anything: 40 images by default, methods with 10, 2 and 11 wrong.

    `change` turns each run into another one.
    """

    def make(*, change=lambda run: run, n_classes=3, n_images=40, n_wrong=(10, 2, 11), failed=(), names=None, **fields):
        y_true = np.arange(n_images) % n_classes
        names = names or [f"method {letter}" for letter in "abcdefghij"[: len(n_wrong)]]
        runs = {
            name: make_run(name, y_true, wrong, n_classes=n_classes, latency=0.001 * 3**i)
            for i, (name, wrong) in enumerate(zip(names, n_wrong, strict=True))
        }
        for name in failed:
            runs[name] = MethodRun(name, "Broken()", error="ValueError: no way", traceback="Traceback: here")
        runs = {name: change(run) for name, run in runs.items()}
        image = np.zeros((28, 28), dtype=np.uint8)
        defaults = {
            "runs": runs,
            "y_true": y_true,
            "classes": np.arange(n_classes),
            "class_names": [f"class {i}" for i in range(n_classes)],
            "test_names": [f"image {i}" for i in range(n_images)],
            "is_cross_validated": False,
            "settings": {
                "images": f"{n_images} images, {n_classes} classes",
                "split": "a split",
                "random_state": "0",
                "images in a call of predict": "256",
                "date": "2026-01-01 00:00 UTC",
            },
            "environment": {"Python": "3.11", "processor": "a processor"},
            "pictures": {position: make_picture(image) for position in range(12)},
        }
        return Comparison(**defaults | fields)

    return make
