"""Plain scalars mean what they mean to go-yaml v2."""

from __future__ import annotations

import math

import pytest

from pykubectl.machinery.codecs.yaml_scalars import (
    Scalar,
    as_json,
    format_float,
    is_plain_string,
    is_timestamp,
    json_integer,
    resolve,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True), ("Yes", True), ("on", True), ("n", False), ("NO", False), ("Off", False), ("true", True),
        ("yEs", "yEs"), ("", None), ("~", None), ("Null", None), ("nil", "nil"),
        ("0", 0), ("-0", 0), ("+5", 5), ("007", 7), ("0777", 511), ("08", 8.0), ("0o17", 15), ("0x1F", 31),
        ("-0x1f", -31),
        ("0b101", 5), ("1_000", 1000), ("9223372036854775807", 2**63 - 1), ("18446744073709551615", 2**64 - 1),
        ("+18446744073709551615", 1.8446744073709552e19), ("18446744073709551616", 1.8446744073709552e19),
        ("1.5", 1.5), (".5", 0.5), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("1E-3", 0.001), ("1e400", "1e400"),
        ("1:30", "1:30"), ("12:30:45", "12:30:45"), ("2001-01-01", "2001-01-01"), ("1.2.3", "1.2.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("-", "-"), (".", "."), ("0x", "0x"), ("0xg", "0xg"), ("1e", "1e"), ("<<", "<<"), ("=", "="), ("12ab", "12ab"),
        ("._5", "._5"), ("100m", "100m"), (".inf", math.inf), ("-.Inf", -math.inf),
    ],
)  # fmt: skip
def test_resolve(text: str, value: Scalar) -> None:
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float() -> None:
    found = resolve(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2001-01-01", True), ("2001-1-1", True), ("2001-02-29", False), ("2000-02-29", True), ("2001-13-01", False),
        ("2001-1-1T1:2:3Z", True), ("2001-01-01t01:02:03+02:00", True), ("2001-01-01T01:02:03", False),
        ("2001-01-01 01:02:03.5", True), ("2001-01-01 01:02:03Z", False), ("2001-01-01T25:02:03Z", False),
        ("20010101", False), ("2001-01-011", False), ("2001-01-01T01:02Z", False), ("2001-01-01T01:02:03+2:00", False),
    ],
)  # fmt: skip
def test_timestamps(text: str, expected: bool) -> None:
    assert is_timestamp(text) is expected


@pytest.mark.parametrize("text", ["yes", "1", "1e3", "2001-01-01", "1:30", "-1:30.5", "", "null", "0777", ".5"])
def test_texts_that_need_quotes(text: str) -> None:
    assert not is_plain_string(text)


@pytest.mark.parametrize("text", ["yess", "1.2.3", "1:99", "10.0.0.1:80", "a", "-a", "1e400", "v1", "100m"])
def test_texts_that_need_none(text: str) -> None:
    assert is_plain_string(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5, "1.5"), (1234567.5, "1.2345675e+06"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1e21, "1e+21"),
        (-2.5e-7, "-2.5e-07"), (0.0, "0"), (123456.0, "123456"), (1.2345678901234568e29, "1.2345678901234568e+29"),
    ],
)  # fmt: skip
def test_floats_as_go_writes_them(number: float, text: str) -> None:
    assert format_float(number) == text


def test_float_keys_have_the_digits_of_32_bits() -> None:
    assert format_float(0.1, single=True) == "0.1"
    assert format_float(1.23456789, single=True) == "1.2345679"


def test_numbers_take_their_way_through_json() -> None:
    assert as_json(1000.0) == 1000
    assert isinstance(as_json(1000.0), int)
    assert isinstance(as_json(2**63), float)
    assert as_json(True) is True
    assert json_integer(1.2345678901234567e19) == 12345678901234567000
    assert json_integer(1e21) == 1e21
    assert isinstance(json_integer(0.5), float)
