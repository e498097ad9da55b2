"""Quantities, times, durations, percentages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykubectl.machinery.values.duration import format_duration, parse_duration, parse_nanoseconds
from pykubectl.machinery.values.intstr import scaled_value
from pykubectl.machinery.values.quantity import Quantity, canonical
from pykubectl.machinery.values.time import age, format_micro_time, format_time, human_duration, parse_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"), ("0Ki", "0"), ("1000", "1k"), ("1024", "1024"), ("1Ki", "1Ki"), ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1.5Ki", "1536"), ("0.5Ki", "512"), ("1.1Ki", "1126400m"), ("0.1", "100m"), ("1000m", "1"), ("1e3", "1e3"),
        ("1E3", "1e3"), ("12e6", "12e6"), ("1.2345678901234", "1234567891n"), ("-1.5", "-1500m"),
        (".5", "500m"), ("+5", "5"),
        ("1.", "1"), ("0.0001n", "1n"), ("100E", "9223372036854775807"), ("5e-3", "5e-3"),
    ],
)  # fmt: skip
def test_canonical_quantities(text: str, expected: str) -> None:
    assert canonical(text) == expected
    assert Quantity.parse(expected) == Quantity.parse(text)


@pytest.mark.parametrize("text", ["", "abc", "1_0", "0x1", ".", "１"])
def test_texts_that_are_no_quantities(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        Quantity.parse(text)


@pytest.mark.parametrize("text", ["1mi", "1K", "3Gi5", "1e"])
def test_unknown_suffixes(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse quantity's suffix"):
        Quantity.parse(text)


def test_arithmetic_keeps_the_first_notation() -> None:
    total = Quantity.parse("1Gi") + Quantity.parse("500M")
    assert str(total) == "1573741824"
    assert str(Quantity.parse("0") + Quantity.parse("1Gi")) == "1Gi"
    assert str(Quantity.parse("1") - Quantity.parse("1500m")) == "-500m"
    assert str(Quantity.parse("250m") * 3) == "750m"
    assert Quantity.parse("1500m").value() == 2
    assert Quantity.parse("-1500m").value() == -1
    assert Quantity.parse("1.0001").milli_value() == 1001


@given(st.integers(-(2**40), 2**40), st.sampled_from(["n", "u", "m", "", "k", "M", "Ki", "Mi"]))
def test_canonical_texts_stand_for_the_same_number(number: int, suffix: str) -> None:
    quantity = Quantity.parse(f"{number}{suffix}")
    again = Quantity.parse(str(quantity))
    assert again == quantity
    assert str(again) == str(quantity)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (150, "2m30s"), (600, "10m"),
        (10799, "179m"),
        (10800, "3h"), (3600 * 7 + 60, "7h1m"), (3600 * 47, "47h"), (3600 * 48, "2d"), (3600 * 49, "2d1h"),
        (86400 * 8, "8d"),
        (86400 * 729, "729d"), (86400 * 730, "2y"), (86400 * 735, "2y5d"), (86400 * 365 * 8, "8y"),
    ],
)  # fmt: skip
def test_ages(seconds: int, text: str) -> None:
    assert human_duration(timedelta(seconds=seconds)) == text


def test_times() -> None:
    noon = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
    assert parse_time("2026-01-02T12:00:00Z") == noon.replace(microsecond=0)
    assert parse_time("2026-01-02T14:00:00.123456789+02:00") == noon
    assert format_time(noon) == "2026-01-02T12:00:00Z"
    assert format_micro_time(noon) == "2026-01-02T12:00:00.123456Z"
    assert age("2026-01-02T11:00:00Z", noon) == "60m"
    assert age(None, noon) == "<unknown>"
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        parse_time("2026-01-02T12:00:00")


@pytest.mark.parametrize(
    ("text", "seconds", "printed"),
    [
        ("1h30m", 5400.0, "1h30m0s"), ("250ms", 0.25, "250ms"), ("1.5s", 1.5, "1.5s"), ("0", 0.0, "0s"),
        ("-2m", -120.0, "-2m0s"),
        ("10us", 0.00001, "10µs"), (".5h", 1800.0, "30m0s"),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float, printed: str) -> None:
    assert parse_duration(text) == seconds
    assert format_duration(seconds) == printed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'time: invalid duration ""'),
        ("3", 'time: missing unit in duration "3"'),
        ("3x", 'time: unknown unit "x" in duration "3x"'),
        ("x", 'time: invalid duration "x"'),
    ],
)
def test_texts_that_are_no_durations(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_nanoseconds(text)
    assert str(caught.value) == message


def test_percentages() -> None:
    assert scaled_value("25%", 10, round_up=True) == 3
    assert scaled_value("25%", 10, round_up=False) == 2
    assert scaled_value(4, 10, round_up=True) == 4
    with pytest.raises(ValueError, match="string is not a percentage: 5x"):
        scaled_value("5x", 10, round_up=True)


@pytest.mark.parametrize(
    "text",
    ["2026x01x02T03x04x05Z", "2026-W01-1T03:04:05Z", "20260102T030405Z", "2026-01-02T 3:04:05Z", "2026-01-02T03:04:05"],
)
def test_texts_that_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e999999999", "9223372036854775807"),
        ("-1e999999999", "-9223372036854775807"),
        ("0e999999999", "0"),
        ("1e-999999999", "1n"),
        ("123456789e-999999999", "1n"),
        ("0.0000000000000000000000000000000000000000000001e46", "1"),
        ("100000000000000000000000000000000000000000e-41", "1"),
    ],
)
def test_powers_beyond_all_bounds_cost_nothing(text: str, expected: str) -> None:
    parsed = Quantity.parse(text)

    assert parsed == Quantity.parse(expected)
