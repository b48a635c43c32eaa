"""The comparison as one HTML file that needs nothing else."""

import base64
import io
import re
from importlib.resources import files
from pathlib import PurePath

from classicvis._optional import import_optional
from classicvis.benchmark._metrics import most_confused
from classicvis.benchmark._pictures import N_PICTURES, make_heat_map
from classicvis.benchmark._plots import FIGURE_SIZE, plot_accuracy_against_latency
from classicvis.benchmark._table import format_megabytes, format_number, format_p_value, format_percent

LARGEST_TABLE = 20  # classes; above, a confusion matrix is a picture
N_PAIRS = 10  # of classes that are taken for each other
INK = "#123456"  # any colour that the plot does not have: it becomes that of the page's text


def render_report(comparison, title):
    """Return the report of a comparison.

    Parameters
    ----------
    comparison : Comparison
        What to report.
    title : str
        Heading.

    Returns
    -------
    html : str
        A whole page: styles, plots and pictures are in it, and it refers to nothing outside.
    """
    jinja2 = import_optional("jinja2", extra="compare", purpose="The report of a comparison")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "percent": format_percent,
        "number": format_number,
        "megabytes": format_megabytes,
        "p_value": format_p_value,
        "data_uri": _data_uri,
    }
    source = files("classicvis.benchmark").joinpath("templates", "report.html.j2").read_text(encoding="utf-8")
    plot = jinja2.utils.markupsafe.Markup(_draw_plot(comparison)) if comparison.metrics else None
    return environment.from_string(source).render(
        title=title,
        comparison=comparison,
        plot=plot,
        methods=[_describe_method(comparison, name) for name in comparison.ranking],
        bars=_place_bars(comparison),
        scorers=_scorer_names(comparison),
    )


def _describe_method(comparison, name):
    """Return what the report shows of one method."""
    confusion = comparison.confusion_matrix(name)
    names = comparison.class_names
    is_table = len(names) <= LARGEST_TABLE
    return {
        "name": name,
        "run": comparison.runs[name],
        "metrics": comparison.metrics[name],
        "confusion": confusion.tolist() if is_table else None,
        "n_per_class": confusion.sum(axis=1).tolist(),
        "heat_map": None if is_table else make_heat_map(confusion),
        "pairs": [
            (names[actual], names[predicted], count) for actual, predicted, count in most_confused(confusion, N_PAIRS)
        ],
        "errors": [
            {
                "picture": comparison.pictures.get(position),
                "test_name": comparison.test_names[position],
                "short_name": "/".join(PurePath(comparison.test_names[position]).parts[-2:]),
                "actual": names[comparison.y_true[position]],
                "predicted": names[comparison.runs[name].y_pred[position]],
                "confidence": confidence,
            }
            for position, confidence in comparison.confident_errors(name, N_PICTURES)
        ],
    }


def _place_bars(comparison):
    """Return where the accuracy intervals lie, as shares of the range that all of them span, by method."""
    intervals = {name: (m["accuracy_low"], m["accuracy_high"]) for name, m in comparison.metrics.items()}
    start = min((low for low, _ in intervals.values()), default=0.0)
    span = max((high for _, high in intervals.values()), default=1.0) - start
    return {
        name: {"left": (low - start) / span, "width": (high - low) / span} for name, (low, high) in intervals.items()
    }


def _scorer_names(comparison):
    return [key for key in next(iter(comparison.metrics.values()), {}) if key.startswith("score_")]


def _draw_plot(comparison):
    """Return the plot as SVG that takes the colour of the text around it."""
    matplotlib = import_optional("matplotlib", extra="compare", purpose="The report of a comparison")
    from matplotlib.figure import Figure

    inks = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color")
    style = dict.fromkeys(inks, INK) | {"svg.hashsalt": "classicvis", "font.size": 11}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=FIGURE_SIZE, layout="constrained")
        plot_accuracy_against_latency(comparison, figure.subplots())
        stream = io.StringIO()
        no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(stream, format="svg", transparent=True, metadata=no_metadata)
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    return re.sub(r' xmlns(:\w+)?="[^"]*"| width="[^"]*pt"| height="[^"]*pt"', "", svg)


def _data_uri(picture):
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode('ascii')}"
