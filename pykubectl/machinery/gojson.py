"""JSON as Go's ``encoding/json`` writes it: keys in order, HTML characters escaped, numbers in Go's form.

For texts that people see or that are compared: output of commands, annotations, messages. Requests need none of it.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from typing import Any

_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Struct(dict[str, Any]):
    """Written in the order of its fields, as Go writes a struct."""


def dumps(value: Any, indent: str = "") -> str:
    """Compact, or with ``indent`` before what is inside; empty lists and maps stay on their line."""
    parts: list[str] = []
    _write(value, parts, "\n" if indent else "", indent)
    text = "".join(parts)
    for character, escape in _ESCAPED.items():
        if character in text:
            text = text.replace(character, escape)
    return text


def _write(value: Any, parts: list[str], newline: str, indent: str) -> None:
    """``newline`` is the line end with the indentation of what ``value`` is in; nothing where all is one line."""
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif isinstance(value, dict) and value:
        _write_map(value, parts, newline, indent)
    elif isinstance(value, (list, tuple)) and value:
        inner = newline + indent
        before = "[" + inner
        for entry in value:
            parts.append(before)
            _write(entry, parts, inner, indent)
            before = "," + inner
        parts.append(newline + "]")
    else:
        parts.append(_single(value))


def _write_map(value: dict[str, Any], parts: list[str], newline: str, indent: str) -> None:
    inner = newline + indent
    colon = ": " if indent else ":"
    before = "{" + inner
    for key in value if isinstance(value, Struct) else sorted(value):
        parts.append(before + encode_basestring(key) + colon)
        _write(value[key], parts, inner, indent)
        before = "," + inner
    parts.append(newline + "}")


def _single(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    return "{}" if isinstance(value, dict) else "[]"


def number_text(value: int | float) -> str:
    """A number; what 64 bits don't hold is a float."""
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return str(value)
    from pykubectl.machinery.gofloat import json_number

    return json_number(float(value))
