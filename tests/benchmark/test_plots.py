from dataclasses import replace
from itertools import cycle

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from classicvis.benchmark._plots import plot_accuracy_against_latency


@pytest.fixture(autouse=True)
def headless():
    backend = mpl.get_backend()
    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")
    pyplot.switch_backend(backend)


def labels_of(ax):
    return [text for text in ax.texts if text.get_text()]


def shared_area(first, second):
    width = min(first.x1, second.x1) - max(first.x0, second.x0)
    height = min(first.y1, second.y1) - max(first.y0, second.y0)
    return max(width, 0) * max(height, 0)


def test_plot_shows_each_method_once(make_comparison):
    ax = make_comparison(failed=["broken"]).plot()
    assert [text.get_text().partition(",")[0] for text in labels_of(ax)] == [
        "method b",
        "method a",
        "method c",
    ]
    assert ax.get_xscale() == "log"
    assert "latency" in ax.get_xlabel()
    assert "accuracy" in ax.get_ylabel()


def test_plot_draws_where_it_is_told(make_comparison):
    ax = Figure().subplots()
    assert make_comparison().plot(ax) is ax


def test_plot_draws_the_intervals(make_comparison):
    comparison = make_comparison(n_wrong=(10,))
    ax = comparison.plot()
    [bar] = ax.collections
    low, high = (row[1] for row in bar.get_segments()[0])
    metrics = comparison.metrics["method a"]
    assert (low, high) == pytest.approx((100 * metrics["accuracy_low"], 100 * metrics["accuracy_high"]))


def test_plot_of_nothing(make_comparison):
    with pytest.raises(ValueError, match="All methods failed, so there is nothing to plot"):
        make_comparison(n_wrong=(), failed=["broken"]).plot()


@pytest.mark.parametrize("n_methods", [2, 4, 8])
@pytest.mark.parametrize("latencies", [[0.001], [0.001, 0.0012], [0.001, 0.01, 0.0011]], ids=["one", "two", "three"])
@pytest.mark.parametrize("spread", [0, 1, 4])
def test_plot_labels_do_not_cover_each_other(make_comparison, n_methods, latencies, spread):
    turns = cycle(latencies)

    def change(run):
        return replace(run, costs=replace(run.costs, latency_seconds=[next(turns)] * 20))

    comparison = make_comparison(n_wrong=[3 + spread * i for i in range(n_methods)], change=change)
    ax = comparison.plot()
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in labels_of(ax)]
    assert len(boxes) == n_methods
    inside = ax.get_window_extent()
    for i, box in enumerate(boxes):
        assert shared_area(box, inside) == pytest.approx(box.width * box.height, rel=0.02)
        assert all(shared_area(box, other) < 1 for other in boxes[:i])


def test_plot_survives_figures_of_0_and_1(make_comparison):
    comparison = make_comparison(n_wrong=(0, 40))
    ax = plot_accuracy_against_latency(comparison)
    assert np.isfinite(ax.get_ylim()).all()
