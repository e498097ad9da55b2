"""KYAML: brackets, quotes, folded texts. Random objects are compared with the real kubectl elsewhere."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykubectl.machinery.codecs import yaml
from pykubectl.printers.kyaml import KYAMLPrinter, dumps

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab \n\té\"\\:#'-", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1_-.: \n", max_size=4), inner, max_size=3),
    max_leaves=10,
)


def test_maps_and_lists_have_brackets_and_lists_of_them_share_their_lines() -> None:
    value = {"b": [{"x": 1}, {"y": [1, "a", None, True]}], "a": {}, "c": [], "d": [[1], []], "e": [{}, 5]}
    assert dumps(value) == (
        "{\n"
        "  a: {},\n"
        "  b: [{\n"
        "    x: 1,\n"
        "  }, {\n"
        '    "y": [\n'
        "      1,\n"
        '      "a",\n'
        "      null,\n"
        "      true,\n"
        "    ],\n"
        "  }],\n"
        "  c: [],\n"
        "  d: [[\n"
        "    1,\n"
        "  ], []],\n"
        "  e: [\n"
        "    {},\n"
        "    5,\n"
        "  ],\n"
        "}"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", '"plain"'),
        ("", '""'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a\tb", '"a\tb"'),
        ("\x00\x07\x08\x0b\x0c\r\x1b\x01", '"\\0\\a\\b\\v\\f\\r\\e\\x01"'),
        ("\xa0\u2028\u2029\u200b\ue000", '"\\_\\L\\P\\u200b\\ue000"'),
        ("é😀", '"é😀"'),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (1e6, "1000000"),
        (False, "false"),
    ],
)
def test_values(value: Any, text: str) -> None:
    assert dumps(value) == text


def test_texts_of_several_lines_stand_on_several_lines() -> None:
    assert dumps({"a": "one\ntwo\n"}) == '{\n  a: "\\\n     one\\n\\\n     two\\n\\\n    ",\n}'
    assert dumps({"a": "one\n  two"}) == '{\n  a: "\\\n     one\\n\\\n    \\  two\\\n    ",\n}'
    assert dumps({"a": "\n\nx"}) == '{\n  a: "\\\n     \\n\\\n     \\n\\\n     x\\\n    ",\n}'


PLAIN = ["a", "a-b", "a.b/c", "_", "a_b", "1a", "é", "x.y/z-1", "infx", "nope", "1.2.3", "0x", "2001-13-01", "1e400"]
QUOTED = [
    *("", "~", "null", "Null", "true", "TRUE", "t", "F", "y", "No", "on", "OFF", "1", "0", "-1", "+1", "0777", "0o7"),
    *("0b1", "0x1F", "1_000", "1.5", ".5", "5.", "1e3", "0x1p3", "inf", "-Inf", "Infinity", "nan", ".inf", ".nan"),
    *("2001-01-01", "12:30", "a b", "a:b", "-a", "a-", ".a", "a.", "/a", "a/", "a#b", "a,b", "=", "<<", "*a", "a\nb"),
    *("a\tb", "$x", "-"),
]


@pytest.mark.parametrize("key", PLAIN)
def test_keys_that_mean_nothing_else_are_bare(key: str) -> None:
    assert dumps({key: 1}) == f"{{\n  {key}: 1,\n}}"


@pytest.mark.parametrize("key", QUOTED)
def test_keys_that_might_mean_something_else_are_quoted(key: str) -> None:
    shown = key.replace("\n", "\\n").replace("\t", "\\t")
    assert dumps({key: 1}) == f'{{\n  "{shown}": 1,\n}}'


@pytest.mark.parametrize("value", ["\x7f", {"\x80": 1}, ["\x9f"], "\uffff"])
def test_what_yaml_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^error decoding: yaml: control characters are not allowed$"):
        dumps(value)


def test_each_object_is_a_document_and_an_event_tells_its_type_first() -> None:
    out = io.StringIO()
    printer = KYAMLPrinter()
    pod = {"kind": "Pod", "metadata": {"name": "a", "managedFields": [1]}}
    printer.print_obj(pod, out)
    printer.print_obj({"object": {"kind": "Pod"}, "type": "ADDED"}, out)
    assert out.getvalue() == (
        '---\n{\n  kind: "Pod",\n  metadata: {\n    name: "a",\n  },\n}\n'
        '---\n{\n  type: "ADDED",\n  object: {\n    kind: "Pod",\n  },\n}\n'
    )


@given(VALUES)
def test_what_is_written_is_yaml_of_the_same(value: Any) -> None:
    assert yaml.loads("x: " + dumps(value)) == {"x": value}
