"""Figures as people read them: three digits or so, and a unit."""


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
