"""Figures as people read them, with about three digits, and the comparison as a table of plain text."""

HEADINGS = (
    ("method", ""),
    ("accuracy", "%"),
    ("95 % interval", "%"),
    ("balanced", "%"),
    ("macro F1", "%"),
    ("fit", "s"),
    ("fit memory", "MB"),
    ("predict", "images/s"),
    ("latency", "ms"),
    ("p95", "ms"),
    ("model", "MB"),
)
GAP = "  "  # between columns


def format_table(comparison):
    """Return the figures of each method, the verdict, and what went wrong, as text.

    Parameters
    ----------
    comparison : Comparison
        What to show.

    Returns
    -------
    text : str
        Lines without a line break at the end.
    """
    lines = []
    if comparison.metrics:
        rows = [_format_row(name, metrics) for name, metrics in comparison.metrics.items()]
        lines += _align([*zip(*HEADINGS, strict=True), *rows])
        lines += ["", comparison.verdict()]
    lines += [f"{name} failed. {error}" for name, error in comparison.errors.items()]
    return "\n".join(lines)


def _format_row(name, metrics):
    return (
        name,
        format_percent(metrics["accuracy"]),
        f"{format_percent(metrics['accuracy_low'])}-{format_percent(metrics['accuracy_high'])}",
        format_percent(metrics["balanced_accuracy"]),
        format_percent(metrics["f1_macro"]),
        format_number(metrics["fit_seconds"]),
        format_megabytes(metrics["fit_peak_bytes"]),
        format_number(metrics["images_per_second"]),
        format_number(metrics["latency_median_ms"]),
        format_number(metrics["latency_p95_ms"]),
        format_megabytes(metrics["model_bytes"]),
    )


def _align(rows):
    """Return rows of text as lines, the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append(GAP.join(cells).rstrip())
    rule = "-" * max(map(len, lines))
    return [*lines[:2], rule, *lines[2:]]


def format_number(value):
    """Return a number that is not negative with about three digits; a dash for None."""
    if value is None:
        return "-"
    if value >= 99.95:
        return f"{value:,.0f}"
    if value >= 9.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def format_percent(share, n_digits=1):
    """Return a share of 1 as a number of percent, without the sign."""
    return f"{100 * share:.{n_digits}f}"


def format_megabytes(n_bytes):
    """Return a number of bytes in megabytes, without the unit; a dash for None."""
    return "-" if n_bytes is None else format_number(n_bytes / 1e6)


def format_p_value(p_value):
    """Return a p-value as what follows the letter p: ``= 0.023`` or ``< 0.0001``."""
    return f"= {p_value:.2g}" if p_value >= 0.0001 else "< 0.0001"
