"""JSON and numbers in Go's form. The expected texts are what a Go program printed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykubectl.machinery.gojson import dumps
from pykubectl.machinery.gostrings import go_number

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    # A surrogate alone is no text.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<é", max_size=3), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "printed", "encoded"),
    [
        (0, "0", "0"),
        (-7, "-7", "-7"),
        (2**63 - 1, "9223372036854775807", "9223372036854775807"),
        (2**63, "9.223372036854776e+18", "9223372036854776000"),
        (2**64, "1.8446744073709552e+19", "18446744073709552000"),
        (0.0, "0", "0"),
        (-0.0, "-0", "-0"),
        (2.0, "2", "2"),
        (1.5, "1.5", "1.5"),
        (100000.0, "100000", "100000"),
        (123456.5, "123456.5", "123456.5"),
        (1e6, "1e+06", "1000000"),
        (1234567.5, "1.2345675e+06", "1234567.5"),
        (-2.5e10, "-2.5e+10", "-25000000000"),
        (1e20, "1e+20", "100000000000000000000"),
        (1e21, "1e+21", "1e+21"),
        (1.5e300, "1.5e+300", "1.5e+300"),
        (0.1, "0.1", "0.1"),
        (1e-4, "0.0001", "0.0001"),
        (1.5e-5, "1.5e-05", "0.000015"),
        (1e-6, "1e-06", "0.000001"),
        (1e-7, "1e-07", "1e-7"),
        (2e-300, "2e-300", "2e-300"),
    ],
)
def test_numbers(number: float, printed: str, encoded: str) -> None:
    assert (go_number(number), dumps(number)) == (printed, encoded)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, False, None]}, '{"a":[true,false,null],"b":1}'),
        ({}, "{}"),
        ([], "[]"),
        ([{}, []], "[{},[]]"),
        ((1, 2), "[1,2]"),
        ('<a href="x">&\'', '"\\u003ca href=\\"x\\"\\u003e\\u0026\'"'),
        ("\u2028\u2029", '"\\u2028\\u2029"'),
        ("é😀\x7f", '"é😀\x7f"'),
        ("\t\n\r\b\f\x01\\", '"\\t\\n\\r\\b\\f\\u0001\\\\"'),
    ],
)
def test_one_line(value: object, text: str) -> None:
    assert dumps(value) == text


def test_indented_lists_and_maps_that_are_empty_stay_on_their_line() -> None:
    assert dumps({"b": [], "a": {"x": [1, {}]}}, "  ") == (
        '{\n  "a": {\n    "x": [\n      1,\n      {}\n    ]\n  },\n  "b": []\n}'
    )


@given(JSON)
def test_what_is_written_reads_as_what_it_was(value: object) -> None:
    # Whole floats are written as integers, which may be others than a large float's own.
    expected = json.loads(json.dumps(value), parse_int=float)
    assert json.loads(dumps(value), parse_int=float) == expected == json.loads(dumps(value, "    "), parse_int=float)
