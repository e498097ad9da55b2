"""KYAML: YAML in flow style, which indentation and types of bare words cannot change the meaning of.

Source: ``sigs.k8s.io/yaml/kyaml``, cli-runtime ``pkg/printers/kyaml.go``.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, TextIO

from pykubectl.machinery.gojson import number_text
from pykubectl.machinery.gostrings import parse_any_int
from pykubectl.printers.serial import is_event, without_managed_fields

Object = dict[str, Any]

_INDENT = "  "
_FOLD = "\\\n"
_WORDS = frozenset(("null", "true", "false", "t", "f", "1", "0", "y", "yes", "on", "n", "no", "off"))
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_HEX_FLOAT = re.compile(r"[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)p[+-]?[0-9]+", re.IGNORECASE)
_NO_NUMBER = re.compile(r"[+-]?(inf|infinity|nan)", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
# What a reader of YAML refuses, and JSON doesn't escape.
_CONTROL = re.compile("[\x7f-\x84\x86-\x9f\ufffe\uffff]")
_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\r": "\\r",
    "\v": "\\v",
    "\0": "\\0",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\xa0": "\\_",
    "\u2028": "\\L",
    "\u2029": "\\P",
    '"': '\\"',
    "\\": "\\\\",
}
_ON_LINES = {"\n": "\\n" + _FOLD, "\t": "\t"}
_ON_ONE_LINE = {"\n": "\\n", "\t": "\\t"}
_SPACES = frozenset("\t\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))))


class KYAMLPrinter:
    """Each object is a document of its own."""

    def __init__(self, *, show_managed_fields: bool = False) -> None:
        self._show = show_managed_fields

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes one object. Raises ValueError for texts that YAML cannot hold."""
        if is_event(obj):
            parts = [f"{_INDENT}{name}: {_node(obj[name], 1)},\n" for name in ("type", "object")]
            out.write("---\n{\n" + "".join(parts) + "}\n")
        else:
            out.write("---\n" + dumps(obj if self._show else without_managed_fields(obj)) + "\n")


def dumps(value: Any) -> str:
    """A value without the separator before and the line end after it. Raises ValueError."""
    return _node(value, 0)


def _node(value: Any, depth: int) -> str:
    if isinstance(value, dict):
        return _map(value, depth)
    if isinstance(value, list):
        return _list(value, depth)
    if isinstance(value, str):
        return _text(value, depth + 1)
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else number_text(value)


def _map(value: Object, depth: int) -> str:
    if not value:
        return "{}"
    inner = _INDENT * (depth + 1)
    lines = [f"{inner}{_key(key)}: {_node(value[key], depth + 1)},\n" for key in sorted(value)]
    return "{\n" + "".join(lines) + _INDENT * depth + "}"


def _list(value: list[Any], depth: int) -> str:
    if not value:
        return "[]"
    if all(isinstance(entry, (dict, list)) for entry in value):
        return "[" + ", ".join(_node(entry, depth) for entry in value) + "]"
    inner = _INDENT * (depth + 1)
    return "[\n" + "".join(f"{inner}{_node(entry, depth + 1)},\n" for entry in value) + _INDENT * depth + "]"


def _key(key: str) -> str:
    if _is_plain(key):
        return key
    _refuse_control(key)
    return '"' + "".join(_character(character, _ON_ONE_LINE) for character in key) + '"'


def _text(text: str, depth: int) -> str:
    """A quoted text; one of several lines stands on several, each of which ends with an escaped line break."""
    _refuse_control(text)
    if "\n" not in text:
        return '"' + "".join(_character(character, _ON_LINES) for character in text) + '"'
    indent = _INDENT * depth
    lines = text.removesuffix("\n").split("\n")
    found = ['"' + _FOLD]
    for number, line in enumerate(lines):
        # Spaces at the beginning of a line count only after a backslash; other lines get a space, to stay in line.
        before = "\\" if line[:1] in _SPACES and line else " "
        last = number == len(lines) - 1 and not text.endswith("\n")
        end = _FOLD if last else _ON_LINES["\n"]
        found.append(indent + before + "".join(_character(c, _ON_LINES) for c in line) + end)
    return "".join(found) + indent + '"'


def _character(character: str, breaks: dict[str, str]) -> str:
    found = breaks.get(character) or _ESCAPES.get(character)
    if found is not None:
        return found
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x20:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _refuse_control(text: str) -> None:
    if _CONTROL.search(text):
        raise ValueError("error decoding: yaml: control characters are not allowed")


def _is_plain(key: str) -> bool:
    """The key needs no quotes: letters, numbers, ``_``, inside also ``-``, ``.``, ``/``; nothing like another type."""
    if not key or _is_ambiguous(key):
        return False
    last = len(key) - 1
    return all(
        character.isalpha() or character.isnumeric() or character == "_" or (character in "-./" and 0 < place < last)
        for place, character in enumerate(key)
    )


def _is_ambiguous(key: str) -> bool:
    if key.lower() in _WORDS:
        return True
    plain = key.replace("_", "")
    return _is_number(plain) or _is_date(key)


def _is_number(text: str) -> bool:
    if _NO_NUMBER.fullmatch(text) or _HEX_FLOAT.fullmatch(text):
        return True
    if _FLOAT.fullmatch(text):
        return float(text) not in (float("inf"), float("-inf"))
    try:
        parse_any_int(text)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date(*map(int, text.split("-")))
    except ValueError:
        return False
    return True
