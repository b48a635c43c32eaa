import pytest
from hypothesis import given
from hypothesis import strategies as st

from classicvis.benchmark._table import format_megabytes, format_number, format_p_value, format_percent


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (0, "0"),
        (0.00123, "0.0012"),
        (0.5, "0.50"),
        (9.994, "9.99"),
        (9.999, "10.0"),
        (99.94, "99.9"),
        (99.99, "100"),
        (1234567.8, "1,234,568"),
    ],
)
def test_format_number(value, expected):
    assert format_number(value) == expected


@given(value=st.floats(1e-6, 1e9))
def test_format_number_is_close_to_the_value(value):
    assert float(format_number(value).replace(",", "")) == pytest.approx(value, rel=0.06)


def test_format_units():
    assert format_percent(0.8765) == "87.7" or format_percent(0.8765) == "87.6"
    assert format_percent(1) == "100.0"
    assert format_megabytes(1_500_000) == "1.50"
    assert format_megabytes(None) == "-"


@pytest.mark.parametrize(
    ("p", "expected"), [(1.0, "= 1"), (0.0234, "= 0.023"), (0.0001, "= 0.0001"), (1e-9, "< 0.0001")]
)
def test_format_p_value(p, expected):
    assert format_p_value(p) == expected
