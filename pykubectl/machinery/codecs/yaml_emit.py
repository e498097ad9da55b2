"""YAML exactly as ``kubectl -o yaml`` writes it.

Keys are sorted the natural way, sequences stand at the indentation of their key, long plain and quoted texts are
folded beyond column 80, texts of several lines are literal blocks.
Source: ``sigs.k8s.io/yaml`` Marshal over go-yaml v2 (``encode.go``, ``sorter.go``, ``emitterc.go``).
"""

from __future__ import annotations

from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from pykubectl.machinery.codecs.yaml_scalars import (
    MAX_INT,
    MAX_UINT,
    MIN_INT,
    format_float,
    is_plain_string,
    json_integer,
)

BEST_WIDTH = 80
INDENT = 2
LONGEST_SIMPLE_KEY = 128

_PLAIN_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")
_LEADING_INDICATORS = frozenset("#,[]{}&*!|>'\"%@`")
_BREAKS = frozenset("\r\n\x85\u2028\u2029")
_COMMENT_LEADS = _BREAKS | frozenset(" \t\0")
_ESCAPES = {
    "\0": "\\0",
    "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r", "\x1b": "\\e",
    '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\xa0": "\\_", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip


def dumps(obj: Any) -> str:
    """The document with its line end. Raises TypeError for what JSON does not know."""
    emitter = _Emitter()
    emitter.node(obj, -INDENT, in_mapping=False)
    emitter.line(0)
    return "".join(emitter.out)


def sorted_keys(mapping: dict[str, Any]) -> list[str]:
    """Keys in go-yaml's order: digits by their number, other signs before letters."""
    keys = list(mapping)
    if all(key.isascii() and key.isalpha() for key in keys):
        return sorted(keys)
    return sorted(keys, key=cmp_to_key(_compare))


def _compare(one: str, other: str) -> int:
    for index, (a, b) in enumerate(zip(one, other)):
        if a == b:
            continue
        if a.isalpha() and b.isalpha():
            return -1 if a < b else 1
        if a.isalpha() or b.isalpha():
            return -1 if b.isalpha() else 1
        return _compare_at(one, other, index)
    return len(one) - len(other)


def _compare_at(one: str, other: str, index: int) -> int:
    a, b = one[index], other[index]
    lead = 0
    if "0" in (a, b):
        # Within a number that has begun, a zero counts as a digit.
        before = index - 1
        while before >= 0 and one[before].isdecimal() and not lead:
            lead = int(one[before] != "0")
            before -= 1
    first, second = _digits(one, index), _digits(other, index)
    numbers = _number(lead, first), _number(lead, second)
    if numbers[0] != numbers[1]:
        return -1 if numbers[0] < numbers[1] else 1
    if len(first) != len(second):
        return len(first) - len(second)
    return -1 if a < b else 1


def _digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isdecimal():
        end += 1
    return text[start:end]


def _number(lead: int, digits: str) -> int:
    number = lead
    for digit in digits:
        number = number * 10 + ord(digit) - ord("0")
    return (number + 2**63) % 2**64 - 2**63


class _Emitter:
    """Writes nodes; the state is go-yaml's: where the line stands and what was written last."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.column = 0
        self.whitespace = True
        self.indention = True

    def line(self, indent: int) -> None:
        """Goes to a new line unless this one is still free, and to its indentation."""
        indent = max(indent, 0)
        if not self.indention or self.column > indent or (self.column == indent and not self.whitespace):
            self.out.append("\n")
            self.column = 0
        if self.column < indent:
            self.out.append(" " * (indent - self.column))
            self.column = indent
        self.whitespace = self.indention = True

    def indicator(self, text: str, *, spaced: bool, keeps_indention: bool = False) -> None:
        if spaced and not self.whitespace:
            text = f" {text}"
        self._put(text)
        self.whitespace = False
        self.indention = self.indention and keeps_indention

    def _put(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)

    def node(self, value: Any, indent: int, *, in_mapping: bool) -> None:
        """A node under a parent at ``indent`` (negative for the root)."""
        if isinstance(value, str):
            self.text(value, indent + INDENT or INDENT, simple_key=False)
        elif isinstance(value, dict):
            self._mapping(value, indent + INDENT)
        elif isinstance(value, (list, tuple)):
            indentless = in_mapping and not self.indention
            self._sequence(value, indent if indentless else indent + INDENT)
        else:
            self.indicator(_plain_scalar(value), spaced=True)

    def _mapping(self, mapping: dict[str, Any], indent: int) -> None:
        if not mapping:
            self.indicator("{}", spaced=True)
            return
        for key in sorted_keys(mapping):
            self.line(indent)
            simple = len(key.encode("utf-8", "surrogatepass")) <= LONGEST_SIMPLE_KEY and _BREAKS.isdisjoint(key)
            if simple:
                self.text(key, indent + INDENT, simple_key=True)
                self.indicator(":", spaced=False)
            else:
                self.indicator("?", spaced=True, keeps_indention=True)
                self.text(key, indent + INDENT, simple_key=False)
                self.line(indent)
                self.indicator(":", spaced=True, keeps_indention=True)
            self.node(mapping[key], indent, in_mapping=True)

    def _sequence(self, sequence: list[Any] | tuple[Any, ...], indent: int) -> None:
        if not sequence:
            self.indicator("[]", spaced=True)
            return
        for entry in sequence:
            self.line(indent)
            self.indicator("-", spaced=True, keeps_indention=True)
            self.node(entry, indent, in_mapping=False)

    def text(self, text: str, indent: int, *, simple_key: bool) -> None:
        """A string in the style that go-yaml chooses; ``indent`` is that of its further lines."""
        if text and text[0].isalpha() and _PLAIN_WORD.issuperset(text) and is_plain_string(text):
            self.indicator(text, spaced=True)
            return
        shape = _Shape(text)
        if "\n" in text:
            if shape.block_allowed and not simple_key:
                self._literal(text, indent)
            else:
                self._double_quoted(text, indent, simple_key)
        elif not is_plain_string(text):
            self._double_quoted(text, indent, simple_key)
        elif shape.plain_allowed:
            self._plain(text, indent, simple_key)
        elif shape.single_quoted_allowed and not (simple_key and shape.multiline):
            self._single_quoted(text, indent, simple_key)
        else:
            self._double_quoted(text, indent, simple_key)

    def _plain(self, text: str, indent: int, simple_key: bool) -> None:
        self.indicator("", spaced=True)
        self._folded(text, indent, simple_key, edges=True)
        self.whitespace = self.indention = False

    def _single_quoted(self, text: str, indent: int, simple_key: bool) -> None:
        self.indicator("'", spaced=True)
        self._folded(text.replace("'", "''"), indent, simple_key, edges=False)
        self.indicator("'", spaced=False)

    def _folded(self, text: str, indent: int, simple_key: bool, *, edges: bool) -> None:
        """Words; beyond column 80 a single space becomes a new line."""
        if self.column + len(text) <= BEST_WIDTH + 1 and _BREAKS.isdisjoint(text):
            self._put(text)
            return
        previous = ""
        last = len(text) - 1
        for index, character in enumerate(text):
            if character == " ":
                inner = edges or 0 < index < last
                following = text[index + 1] if index < last else ""
                if not simple_key and previous != " " and self.column > BEST_WIDTH and inner and following != " ":
                    self.line(indent)
                else:
                    self._put(character)
            elif character in _BREAKS:
                self.out.append(character)
                self.column = 0
                self.indention = True
            else:
                if previous in _BREAKS:
                    self.line(indent)
                self._put(character)
                self.indention = False
            previous = character

    def _double_quoted(self, text: str, indent: int, simple_key: bool) -> None:
        self.indicator('"', spaced=True)
        previous = ""
        last = len(text) - 1
        # go-yaml looks for the byte order mark at the beginning only, and escapes all that comes after one.
        marked = text.startswith("\ufeff")
        for index, character in enumerate(text):
            if marked:
                self._put(_escape(character))
            elif character != " ":
                self._put(character if _needs_no_escape(character) else _escape(character))
            elif not simple_key and previous != " " and self.column > BEST_WIDTH and 0 < index < last:
                self.line(indent)
                if text[index + 1] == " ":
                    self._put("\\")
            else:
                self._put(character)
            previous = character
        self.indicator('"', spaced=False)

    def _literal(self, text: str, indent: int) -> None:
        self.indicator("|" + _block_hints(text), spaced=True)
        self.out.append("\n")
        self.column = 0
        self.indention = self.whitespace = True
        for line in text.splitlines(keepends=True) if _BREAKS.isdisjoint(text.replace("\n", "")) else _lines(text):
            body = line.rstrip("\r\n\x85\u2028\u2029")
            if body:
                self.line(indent)
                self._put(body)
                self.indention = False
            if len(line) > len(body):
                self.out.append(line[len(body) :])
                self.column = 0
                self.indention = True


def _lines(text: str) -> list[str]:
    lines, start = [], 0
    for index, character in enumerate(text):
        if character in _BREAKS:
            lines.append(text[start : index + 1])
            start = index + 1
    return [*lines, text[start:]] if start < len(text) else lines


def _block_hints(text: str) -> str:
    hint = str(INDENT) if text[0] == " " or text[0] in _BREAKS else ""
    if text[-1] not in _BREAKS:
        return f"{hint}-"
    return f"{hint}+" if len(text) == 1 or text[-2] in _BREAKS else hint


class _Shape:
    """Which styles a text may be written in."""

    __slots__ = ("block_allowed", "multiline", "plain_allowed", "single_quoted_allowed")

    def __init__(self, text: str) -> None:
        self.multiline = not _BREAKS.isdisjoint(text)
        if not text:
            self.plain_allowed = self.single_quoted_allowed = True
            self.block_allowed = False
            return
        special = not all(map(_is_printable, text))
        break_space = any(f"{mark} " in text for mark in _BREAKS) if self.multiline else False
        space_break = any(f" {mark}" in text for mark in _BREAKS) if self.multiline else False
        edges = text[0] == " " or text[-1] == " " or text[0] in _BREAKS or text[-1] in _BREAKS
        self.block_allowed = not (text[-1] == " " or space_break or special)
        self.single_quoted_allowed = not (break_space or space_break or special)
        self.plain_allowed = not (edges or self.multiline or _has_indicators(text)) and self.single_quoted_allowed


def _has_indicators(text: str) -> bool:
    """Signs that mean something in a block scalar at their place."""
    first = text[0]
    if text.startswith(("---", "...")) or first in _LEADING_INDICATORS:
        return True
    if first in "?:-" and (len(text) == 1 or text[1] in " \t"):
        return True
    if ":" in text and (text.endswith(":") or ": " in text or ":\t" in text):
        return True
    return "#" in text and any(one in _COMMENT_LEADS and other == "#" for one, other in pairwise(text))


def _is_printable(character: str) -> bool:
    if character.isascii():
        return (character >= " " and character != "\x7f") or character == "\n"
    return "\xa0" <= character <= "\ufffd" and not "\ud800" <= character <= "\udfff" and character != "\ufeff"


def _needs_no_escape(character: str) -> bool:
    return character not in '"\\' and character not in _BREAKS and _is_printable(character)


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"


def _plain_scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and not MIN_INT <= value <= MAX_INT:
        # An object in memory holds no larger integer.
        value = float(value)
    if isinstance(value, float):
        value = json_integer(value)
    if isinstance(value, int):
        return str(value) if MIN_INT <= value <= MAX_UINT else format_float(float(value))
    if isinstance(value, float):
        return format_float(value)
    raise TypeError(f"cannot write {type(value).__name__} as YAML")
