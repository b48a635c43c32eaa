"""The outcome of a comparison: raw results, and what is derived from them on request."""

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np
from sklearn.metrics import confusion_matrix

from classicvis._files import write_whole
from classicvis._optional import import_optional
from classicvis.benchmark._metrics import confidence_in_prediction, mcnemar_exact, score_classes, wilson_interval
from classicvis.benchmark._table import format_p_value, format_table

SIGNIFICANCE_LEVEL = 0.05  # the usual one
FIGURES = (
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "balanced_accuracy",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "p_value_to_best",
    "fit_seconds",
    "images_per_second",
    "latency_median_ms",
    "latency_p95_ms",
    "model_bytes",
    "fit_peak_bytes",
)


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """What `compare` returns: the raw results of each method, and tables, plots and tests made from them.

    Attributes
    ----------
    runs : dict of str to MethodRun
        The raw results by method, in the order in which the methods were given.
    y_true : ndarray of shape (n_test,), dtype intp
        True classes of the test images, as indices into `classes`.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    class_names : list of str
        What to call them.
    test_names : list of str
        What to call the test images: their paths, or their rows.
    is_cross_validated : bool
        Whether predictions are pooled from several folds, so that intervals and tests are approximate.
    settings : dict of str to str
        How the comparison was made.
    environment : dict of str to str
        What it ran on.
    pictures : dict of int to Picture
        Pictures of the test images that a report shows, by position in `y_true`.
    notes : list of str
        What else a reader should know.
    """

    runs: dict
    y_true: np.ndarray
    classes: np.ndarray
    class_names: list
    test_names: list
    is_cross_validated: bool
    settings: dict
    environment: dict
    pictures: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    @cached_property
    def ranking(self):
        """Names of the methods that did not fail, best accuracy first; ties keep the order given."""
        names = [name for name, run in self.runs.items() if run.error is None]
        return sorted(names, key=lambda name: -np.count_nonzero(self._is_right(name)))

    @cached_property
    def metrics(self):
        """Figures of each method that did not fail, by method and name, best accuracy first."""
        return {name: self._measure_run(self.runs[name]) for name in self.ranking}

    @property
    def errors(self):
        """What went wrong, by the names of the methods that failed."""
        return {name: run.error for name, run in self.runs.items() if run.error is not None}

    @property
    def best(self):
        """Name of the method of the highest accuracy; None where all failed."""
        return self.ranking[0] if self.ranking else None

    def confusion_matrix(self, method):
        """Count the test images by true and predicted class.

        Parameters
        ----------
        method : str
            Name of a method that did not fail.

        Returns
        -------
        confusion : ndarray of shape (n_classes, n_classes), dtype int
            True classes are rows, predicted ones columns, in the order of `classes`.
        """
        return confusion_matrix(self.y_true, self.runs[method].y_pred, labels=np.arange(len(self.classes)))

    def test_difference(self, first, second):
        """Test by McNemar's exact test whether two methods are equally accurate.

        Parameters
        ----------
        first, second : str
            Names of methods that did not fail.

        Returns
        -------
        outcome : McNemar
            How many images each alone has right, and the p-value; approximate after a cross-validation, since
            the models of different folds have training images in common.
        """
        return mcnemar_exact(self._is_right(first), self._is_right(second))

    def verdict(self):
        """Say in words whether the best method is better than the next beyond chance.

        Returns
        -------
        verdict : str
            One or two sentences.
        """
        if len(self.ranking) < 2:
            return "Fewer than two methods have a result, so there is nothing to compare."
        best, second = self.ranking[:2]
        outcome = self.test_difference(best, second)
        return _put_in_words(best, second, outcome, self.is_cross_validated)

    def confident_errors(self, method, n_images):
        """Find the test images that a method has wrong and was most sure of.

        Parameters
        ----------
        method : str
            Name of a method that did not fail.
        n_images : int
            How many at most.

        Returns
        -------
        errors : list of (int, float or None)
            Positions in `y_true` and the confidence in the predicted class, highest first; None, in the order
            of the test images, where the method gives no scores.
        """
        run = self.runs[method]
        wrong = np.flatnonzero(run.y_pred != self.y_true)
        if run.scores is None:
            return [(int(position), None) for position in wrong[:n_images]]
        confidence = confidence_in_prediction(
            run.scores[wrong], run.y_pred[wrong], are_probabilities=run.score_kind == "probability"
        )
        order = np.argsort(-confidence, kind="stable")[:n_images]
        return [(int(wrong[i]), float(confidence[i])) for i in order]

    def to_frame(self):
        """Return the figures as a data frame with a row a method, best accuracy first, failed ones last.

        Returns
        -------
        frame : pandas.DataFrame
            `accuracy` with the limits of its 95 % Wilson interval, `accuracy_low` and `accuracy_high`;
            `balanced_accuracy`, `precision_macro`, `recall_macro`, `f1_macro`; ``score_`` and its name for
            each scorer that was asked for; `p_value_to_best` of McNemar's exact test, not corrected for the
            number of methods; `fit_seconds`, `images_per_second`, `latency_median_ms`, `latency_p95_ms`,
            `model_bytes`, `fit_peak_bytes`; and `error`.
        """
        pandas = import_optional("pandas", extra="compare", purpose="A table of the comparison")
        rows = list(self.metrics.values()) + [{} for _ in self.errors]
        index = pandas.Index([*self.metrics, *self.errors], name="method")
        frame = pandas.DataFrame(rows, index=index, columns=None if self.metrics else list(FIGURES))
        return frame.assign(error=[None] * len(self.metrics) + list(self.errors.values()))

    def plot(self, ax=None):
        """Plot accuracy against the latency of a single image.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        ax : matplotlib.axes.Axes
            Where it was drawn. The bars are 95 % intervals.
        """
        from classicvis.benchmark._plots import plot_accuracy_against_latency

        return plot_accuracy_against_latency(self, ax)

    def to_html(self, path, *, title="Comparison of image classifiers"):
        """Write a report as one HTML file that needs nothing else, no network either.

        Parameters
        ----------
        path : str or os.PathLike
            The file to write, whole or not at all.
        title : str, default="Comparison of image classifiers"
            Heading of the report.
        """
        from classicvis.benchmark._report import render_report

        write_whole(path, render_report(self, title))

    def to_csv(self, path):
        """Write the figures of `to_frame` as comma-separated values.

        Parameters
        ----------
        path : str or os.PathLike
            The file to write, whole or not at all.
        """
        write_whole(path, self.to_frame().to_csv())

    def to_json(self, path):
        """Write the raw results and the figures as JSON: all but the probabilities and decision values.

        Parameters
        ----------
        path : str or os.PathLike
            The file to write, whole or not at all.
        """
        content = {
            "settings": self.settings,
            "environment": self.environment,
            "notes": self.notes,
            "verdict": self.verdict(),
            "classes": self.classes.tolist(),
            "class_names": self.class_names,
            "test_names": self.test_names,
            "y_true": self.y_true.tolist(),
            "methods": {name: self._describe_run(run) for name, run in self.runs.items()},
        }
        write_whole(path, json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n")

    def __repr__(self):
        return format_table(self)

    def _is_right(self, method):
        return self.runs[method].y_pred == self.y_true

    def _measure_run(self, run):
        n_right, n_test = int(np.count_nonzero(run.y_pred == self.y_true)), len(self.y_true)
        low, high = wilson_interval(n_right, n_test)
        scores = score_classes(self.y_true, run.y_pred)
        return {
            "accuracy": n_right / n_test,
            "accuracy_low": low,
            "accuracy_high": high,
            "balanced_accuracy": scores.balanced_accuracy,
            "precision_macro": scores.precision,
            "recall_macro": scores.recall,
            "f1_macro": scores.f1,
            **{f"score_{name}": _mean(values) for name, values in run.scorer_values.items()},
            "p_value_to_best": self._p_value_to_best(run.name),
            **_summarise_costs(run.costs),
        }

    def _p_value_to_best(self, method):
        return None if method == self.best else self.test_difference(self.best, method).p_value

    def _describe_run(self, run):
        description = {
            "estimator": run.estimator,
            "error": run.error,
            "traceback": run.traceback,
            "warnings": run.warnings,
        }
        if run.error is None:
            description |= {
                "figures": self.metrics[run.name],
                "costs": asdict(run.costs),
                "scorer_values": run.scorer_values,
                "y_pred": run.y_pred.tolist(),
            }
        return description


def _summarise_costs(costs):
    latencies = np.array(costs.latency_seconds) * 1000
    return {
        "fit_seconds": costs.fit_seconds,
        "images_per_second": costs.pass_images / float(np.median(costs.pass_seconds)),
        "latency_median_ms": float(np.median(latencies)),
        "latency_p95_ms": float(np.percentile(latencies, 95)),
        "model_bytes": costs.model_bytes,
        "fit_peak_bytes": costs.fit_peak_bytes,
    }


def _mean(values):
    return None if None in values else float(np.mean(values))


def _put_in_words(best, second, outcome, is_approximate):
    counts = (
        f"{best} alone is right on {outcome.n_only_first:,} of the test images and {second} alone on "
        f"{outcome.n_only_second:,}"
    )
    test = f"McNemar's exact test, p {format_p_value(outcome.p_value)}"
    if outcome.p_value < SIGNIFICANCE_LEVEL:
        verdict = f"{best} is better than {second} beyond chance: {counts} ({test})."
    else:
        verdict = f"{best} and {second} cannot be told apart on these images: {counts} ({test})."
    if is_approximate:
        verdict += " The test is approximate, since the models of different folds share training images."
    return verdict
