"""Written YAML is byte for byte kubectl's; each expectation here is its output."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.codecs.yaml import dumps, loads
from pykubectl.machinery.codecs.yaml_emit import sorted_keys

LONG = "a long string that goes over the eighty columns limit of the emitter for sure because it is so long"

CASES: list[tuple[Any, str]] = [
    ({}, "{}\n"),
    ([], "[]\n"),
    ("x", "x\n"),
    ({"a": {}, "b": [], "c": "", "d": None}, 'a: {}\nb: []\nc: ""\nd: null\n'),
    ({"a": [1, {"b": 2, "c": [3]}, [4, [5]]]}, "a:\n- 1\n- b: 2\n  c:\n  - 3\n- - 4\n  - - 5\n"),
    ({"yes": "on", "1": "2001-01-01"}, '"1": "2001-01-01"\n"yes": "on"\n'),
    ({"a": "x: y", "b": "- x", "c": "#x", "d": "x #y", "e": "*x", "f": "x:"},
     "a: 'x: y'\nb: '- x'\nc: '#x'\nd: 'x #y'\ne: '*x'\nf: 'x:'\n"),
    ({"a": " x", "b": "it's", "c": "it's: x", "d": "a\tb", "e": "\u00e9\U0001f600"},
     "a: ' x'\nb: it's\nc: 'it''s: x'\nd: \"a\\tb\"\ne: \"é\\U0001F600\"\n"),
    ({"a": "x\ny\n", "b": "x\ny", "c": "x\n\n", "d": " x\ny\n", "e": "x \ny"},
     'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n   x\n  y\ne: "x \\ny"\n'),
    ({"b": LONG}, LONG.replace(" it is", "\n  it is").join(("b: ", "\n"))),
    ({"k" * 129: "v"}, f"? {'k' * 129}\n: v\n"),
    ({"a\nb": [1]}, "? |-\n  a\n  b\n: - 1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), CASES)
def test_written_as_kubectl_does_and_read_back(value: Any, text: str) -> None:
    assert dumps(value) == text
    assert loads(text) == value


def test_numbers() -> None:
    assert dumps({"a": 1e6, "b": 2**63, "c": 2**64 - 1, "d": 0.1, "e": -0.0, "f": 1.5e-7}) == (
        "a: 1000000\nb: 9223372036854776000\nc: 1.8446744073709552e+19\nd: 0.1\ne: 0\nf: 1.5e-07\n"
    )


def test_keys_are_sorted_the_natural_way() -> None:
    assert sorted_keys(dict.fromkeys(["a10", "a9", "a2b", "B", "a", "a-1", "_x", "a01", "10", "9"])) == [
        "_x", "9", "10", "B", "a", "a-1", "a01", "a2b", "a9", "a10",
    ]  # fmt: skip


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot write set as YAML"):
        dumps({"a": {1}})
