"""Accuracy against latency, with intervals, and labels that do not cover each other."""

import numpy as np

from classicvis._optional import import_optional
from classicvis.benchmark._table import format_number

FIGURE_SIZE = (8.0, 4.5)  # inches
MARKER_RADIUS = 5.0  # points
LABEL_DISTANCES = range(9, 160, 6)  # points
N_DIRECTIONS = 24
LEADER_FROM = 15  # points; a label farther away gets a line to its marker


def plot_accuracy_against_latency(comparison, ax=None):
    """Draw each method as a point: the latency of a single image, the accuracy, and its 95 % interval.

    Parameters
    ----------
    comparison : Comparison
        What to draw; at least one method must not have failed.
    ax : matplotlib.axes.Axes, default=None
        Where to draw; None makes a figure.

    Returns
    -------
    ax : matplotlib.axes.Axes
        Where it was drawn.

    Raises
    ------
    ValueError
        All methods failed.
    """
    if not comparison.metrics:
        raise ValueError("All methods failed, so there is nothing to plot: see the errors of the comparison.")
    if ax is None:
        pyplot = import_optional("matplotlib.pyplot", extra="compare", purpose="Plotting a comparison")
        _, ax = pyplot.subplots(figsize=FIGURE_SIZE, layout="constrained")
    points = {}
    for number, (name, metrics) in enumerate(comparison.metrics.items()):
        x, y = metrics["latency_median_ms"], 100 * metrics["accuracy"]
        low, high = 100 * metrics["accuracy_low"], 100 * metrics["accuracy_high"]
        ax.errorbar(
            x,
            y,
            yerr=[[y - low], [high - y]],
            fmt="o",
            color=f"C{number % 10}",
            markersize=2 * MARKER_RADIUS,
            elinewidth=1.5,
            capsize=3,
        )
        points[name] = (x, y, low, high)
    _set_up_axes(ax, points.values())
    _label_points(ax, points)
    return ax


def _set_up_axes(ax, points):
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    latencies = [x for x, _, _, _ in points]
    ax.set_xscale("log")
    ax.set_xlim(min(latencies) / 2, max(latencies) * 2)
    lowest, highest = min(point[2] for point in points), max(point[3] for point in points)
    margin = 0.08 * (highest - lowest)
    ax.set_ylim(lowest - margin, highest + margin)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel("latency of a single image, median (ms)")
    ax.set_ylabel("accuracy (%), 95 % interval")
    ax.grid(alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)


def _label_points(ax, points):
    """Put each name beside its point, at the nearest place that covers no marker, bar or other label."""
    figure = ax.figure
    figure.draw_without_rendering()
    pixels_per_point = figure.dpi / 72
    offsets = _candidate_offsets()
    taken = [box for point in points.values() for box in _boxes_of_point(ax, point)]
    for name, (x, y, _, _) in points.items():
        text = f"{name}, {format_number(x)} ms"
        label = ax.annotate(text, (x, y), (0, 0), textcoords="offset points", fontsize=10)
        size = np.array(label.get_window_extent().size)
        places = _boxes_of_label(ax.transData.transform((x, y)), size, offsets * pixels_per_point)
        covered = sum(_shared_area(places, box) for box in taken)
        outside = size.prod() - _shared_area(places, ax.get_window_extent().extents)
        best = int(np.argmin(np.round(covered + outside)))  # the first is the nearest
        taken.append(places[best])
        _move(label, offsets[best])
        if np.hypot(*offsets[best]) > LEADER_FROM:
            line = {"arrowstyle": "-", "linewidth": 0.7, "alpha": 0.6, "shrinkB": MARKER_RADIUS}
            ax.annotate("", (x, y), 0.9 * offsets[best], textcoords="offset points", arrowprops=line)


def _candidate_offsets():
    """Return where a label may go, in points from its marker, the nearest places first."""
    angles = 2 * np.pi * np.arange(N_DIRECTIONS) / N_DIRECTIONS
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).round(9)
    return (np.array(LABEL_DISTANCES)[:, None, None] * circle).reshape(-1, 2)


def _boxes_of_label(marker, size, offsets):
    """Return the box of a label at each offset: as (left, bottom, right, top), in pixels."""
    alignment = (1 - np.sign(offsets)) / 2  # a label to the right of its marker begins there, and so on
    corners = marker + offsets - alignment * size
    return np.concatenate([corners, corners + size], axis=1)


def _boxes_of_point(ax, point):
    """Return the boxes that a marker and its error bar cover, in pixels."""
    x, y, low, high = point
    radius = MARKER_RADIUS * ax.figure.dpi / 72
    (column, row), (_, bottom), (_, top) = ax.transData.transform([(x, y), (x, low), (x, high)])
    marker = [column - radius, row - radius, column + radius, row + radius]
    bar = [column - radius / 2, bottom, column + radius / 2, top]
    return [np.array(marker), np.array(bar)]


def _shared_area(boxes, other):
    """Return the area that each box has in common with another one."""
    sides = np.minimum(boxes[:, 2:], other[2:]) - np.maximum(boxes[:, :2], other[:2])
    return np.maximum(sides, 0).prod(axis=1)


def _move(label, offset):
    dx, dy = offset
    label.set_position(offset)
    label.set_ha("left" if dx > 0 else "right" if dx < 0 else "center")
    label.set_va("bottom" if dy > 0 else "top" if dy < 0 else "center")
