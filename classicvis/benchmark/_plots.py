"""Accuracy against latency, with intervals, and labels that do not cover each other."""

import math

from classicvis._optional import import_optional
from classicvis.benchmark._format import format_number

FIGURE_SIZE = (8.0, 4.5)  # inches
MARKER_RADIUS = 5.0  # points
LABEL_DISTANCES = (9, 20, 34, 50, 68)  # points, tried in this order
N_DIRECTIONS = 12
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
    ax.figure.draw_without_rendering()
    taken = [box for point in points.values() for box in _boxes_of_point(ax, point)]
    for name, (x, y, _, _) in points.items():
        label = ax.annotate(
            f"{name}, {format_number(x)} ms", (x, y), (0, 0), textcoords="offset points", fontsize=10
        )
        distance, box = _place_label(ax, label, taken)
        taken.append(box)
        if distance > LEADER_FROM:
            dx, dy = label.get_position()
            ax.annotate(
                "",
                (x, y),
                xytext=(0.8 * dx, 0.8 * dy),
                textcoords="offset points",
                arrowprops={"arrowstyle": "-", "linewidth": 0.7, "alpha": 0.6, "shrinkB": MARKER_RADIUS},
            )


def _boxes_of_point(ax, point):
    """Return the boxes that a marker and its error bar cover, in pixels."""
    from matplotlib.transforms import Bbox

    x, y, low, high = point
    radius = MARKER_RADIUS * ax.figure.dpi / 72
    (column, row), (_, bottom), (_, top) = ax.transData.transform([(x, y), (x, low), (x, high)])
    marker = Bbox([[column - radius, row - radius], [column + radius, row + radius]])
    bar = Bbox([[column - radius / 2, bottom], [column + radius / 2, top]])
    return [marker, bar]


def _place_label(ax, label, taken):
    """Move a label to the first free place around its point; return its distance and its box."""
    inside = ax.get_window_extent()
    best = None
    for distance in LABEL_DISTANCES:
        for step in range(N_DIRECTIONS):
            angle = 2 * math.pi * step / N_DIRECTIONS
            offset = (distance * math.cos(angle), distance * math.sin(angle))
            _move(label, offset)
            box = label.get_window_extent()
            covered = sum(_shared_area(box, other) for other in taken)
            outside = box.width * box.height - _shared_area(box, inside)
            if best is None or covered + outside < best[0]:
                best = (covered + outside, distance, offset)
            if covered + outside == 0:
                return distance, box
    _, distance, offset = best
    _move(label, offset)
    return distance, label.get_window_extent()


def _move(label, offset):
    dx, dy = offset
    label.set_position(offset)
    label.set_ha("left" if dx > 1 else "right" if dx < -1 else "center")
    label.set_va("bottom" if dy > 1 else "top" if dy < -1 else "center")


def _shared_area(first, second):
    width = min(first.x1, second.x1) - max(first.x0, second.x0)
    height = min(first.y1, second.y1) - max(first.y0, second.y0)
    return max(width, 0.0) * max(height, 0.0)
