"""A small fast reader for plain YAML: kubeconfigs, ordinary manifests, JSON.

It knows block mappings and sequences, scalars on one line, block scalars, and flow collections on one line. Whatever is
not surely within that (anchors, tags, folded plain texts, several documents, every error) it refuses with NotPlain, and
the full reader has its say. Both give the same values for what this one accepts.
"""

from __future__ import annotations

import math
from typing import Any

from pykubectl.machinery.codecs.yaml_scalars import MAX_INT, Scalar, as_json, resolve

_NO_PLAIN_START = frozenset("#,[]{}&*!|>'\"%@`")
_LONGEST_KEY = 1000


class NotPlain(Exception):
    """The text needs the full reader."""


def parse(text: str, *, strict: bool = False) -> Any:
    """The value of a document; with ``strict`` a key written twice is not plain. Raises NotPlain."""
    start = text.lstrip()[:1]
    if start == "{":
        return _json(text, strict)
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise NotPlain
    try:
        return _Reader(text, strict).document()
    except RecursionError:
        raise NotPlain from None


def _json(text: str, strict: bool) -> Any:
    import json

    def pairs(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(entries)
        if strict and len(result) != len(entries):
            raise NotPlain
        return result

    def number(digits: str) -> Scalar:
        return _value_of(digits)

    try:
        return json.loads(
            text, object_pairs_hook=pairs, parse_int=number, parse_float=number, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise NotPlain from None


def _no_constant(text: str) -> Any:
    raise NotPlain


def _value_of(text: str) -> Scalar:
    value = resolve(text)
    if value.__class__ is str:
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise NotPlain
    return as_json(value)


def _is_entry(content: str) -> bool:
    return content.startswith("- ") or content == "-"


class _Reader:
    """Reads lines by their indentation; ``_at`` is the line in turn."""

    def __init__(self, text: str, strict: bool) -> None:
        self._strict = strict
        self._ended = text.endswith("\n")
        self._lines = text.split("\n")
        self._at = 0

    def document(self) -> Any:
        indent = self._next_indent()
        if indent == 0 and self._lines[self._at].rstrip() == "---":
            self._at += 1
            indent = self._next_indent()
        value = None if indent < 0 else self._block(indent)
        if self._next_indent() >= 0:
            raise NotPlain
        return value

    def _next_indent(self) -> int:
        """Goes to the next line that holds something; its indentation, -1 at the end."""
        lines = self._lines
        for at in range(self._at, len(lines)):
            line = lines[at]
            body = line.lstrip(" ")
            if body and body[0] != "#":
                if body[0] == "\t":
                    raise NotPlain
                self._at = at
                return len(line) - len(body)
        self._at = len(lines)
        return -1

    def _block(self, indent: int) -> Any:
        content = self._lines[self._at][indent:]
        if _is_entry(content):
            return self._sequence(indent)
        if content.startswith(("---", "...", "%")):
            raise NotPlain
        return self._mapping(indent)

    def _mapping(self, indent: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while (found := self._next_indent()) == indent:
            content = self._lines[self._at][indent:].rstrip(" ")
            if "\t" in content:
                raise NotPlain
            key, rest = _split_key(content)
            if self._strict and key in result:
                raise NotPlain
            self._at += 1
            result[key] = self._value(rest, indent, below_key=True)
        if found > indent:
            raise NotPlain
        return result

    def _sequence(self, indent: int) -> list[Any]:
        result: list[Any] = []
        while (found := self._next_indent()) == indent:
            content = self._lines[self._at][indent:].rstrip(" ")
            if not _is_entry(content):
                # The next key of the mapping that this sequence belongs to, or an error found there.
                return result
            if "\t" in content:
                raise NotPlain
            result.append(self._entry(content, indent))
        if found > indent:
            raise NotPlain
        return result

    def _entry(self, content: str, indent: int) -> Any:
        rest = content[1:].lstrip(" ")
        if rest and rest[0] != "#" and (_is_entry(rest) or _starts_mapping(rest)):
            # The block begins on the entry's own line.
            inner = indent + len(content) - len(rest)
            self._lines[self._at] = " " * inner + rest
            return self._block(inner)
        self._at += 1
        return self._value(rest, indent, below_key=False)

    def _value(self, rest: str, indent: int, *, below_key: bool) -> Any:
        if not rest or rest[0] == "#":
            return self._nested(indent, below_key)
        first = rest[0]
        if first in "|>":
            return self._block_scalar(rest, indent)
        value: Any
        if first in "\"'":
            value, end = _quoted(rest, 0)
            _expect_end(rest, end)
        elif first in "[{":
            value, end = _flow(rest, 0, self._strict)
            _expect_end(rest, end)
        else:
            value = _plain(rest)
        if self._next_indent() > indent:
            raise NotPlain
        return value

    def _nested(self, indent: int, below_key: bool) -> Any:
        found = self._next_indent()
        if found > indent:
            return self._block(found)
        if found == indent and below_key and _is_entry(self._lines[self._at][indent:].rstrip(" ")):
            return self._sequence(indent)
        return None

    def _block_scalar(self, header: str, indent: int) -> str:
        style, _, comment = header.partition(" ")
        if style not in ("|", "|-", "|+", ">", ">-", ">+") or (comment and not comment.lstrip(" ").startswith("#")):
            raise NotPlain
        body = self._body(indent)
        content = len(body)
        while content and not body[content - 1]:
            content -= 1
        if not content or (self._at >= len(self._lines) and not self._ended):
            raise NotPlain
        text = "\n".join(body[:content]) if style[0] == "|" else _fold(body[:content])
        if style.endswith("+"):
            return text + "\n" * (len(body) - content + 1)
        return text if style.endswith("-") else text + "\n"

    def _body(self, indent: int) -> list[str]:
        """The lines of a block scalar without their indentation."""
        lines, body, depth = self._lines, [], -1
        while self._at < len(lines):
            line = lines[self._at]
            own = len(line) - len(line.lstrip(" "))
            if own == len(line):
                if depth < 0 and own:
                    raise NotPlain
            elif depth < 0:
                depth = own
            if own < len(line) and (own < depth or own <= indent):
                break
            body.append(line[depth:] if depth > 0 else "")
            self._at += 1
        # What splitting leaves behind the last line end is no line.
        if self._at >= len(lines) and self._ended and body:
            body.pop()
        return body


def _split_key(content: str) -> tuple[str, str]:
    """The key of a mapping's line, and what stands behind the colon."""
    if content[0] in "\"'":
        key, end = _quoted(content, 0)
        behind = content[end:].lstrip(" ")
        if behind[:1] != ":" or (len(behind) > 1 and behind[1] != " "):
            raise NotPlain
        return key, behind[1:].lstrip(" ")
    position = content.find(": ")
    if position < 0:
        if not content.endswith(":"):
            raise NotPlain
        position = len(content) - 1
    key = content[:position].rstrip(" ")
    if not key or key[0] in _NO_PLAIN_START or key[0] in "-?:" or len(key) > _LONGEST_KEY:
        raise NotPlain
    if " #" in key or key == "<<":
        raise NotPlain
    return _key_text(resolve(key)), content[position + 2 :].lstrip(" ")


def _key_text(key: Scalar) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int) and key <= MAX_INT:
        return str(key)
    raise NotPlain


def _starts_mapping(rest: str) -> bool:
    if rest[0] in "\"'":
        end = _quoted(rest, 0)[1]
        return rest[end:].lstrip(" ").startswith(":")
    if rest[0] in _NO_PLAIN_START:
        return False
    comment = rest.find(" #")
    if comment >= 0:
        rest = rest[:comment].rstrip(" ")
    return ": " in rest or rest.endswith(":")


def _plain(rest: str) -> Scalar:
    comment = rest.find(" #")
    if comment >= 0:
        rest = rest[:comment].rstrip(" ")
    first = rest[0]
    if first in _NO_PLAIN_START or (first in "-?:" and (len(rest) == 1 or rest[1] == " ")):
        raise NotPlain
    if rest.endswith(":") or ": " in rest or (first in "-." and rest.startswith(("---", "..."))):
        raise NotPlain
    return _value_of(rest)


def _quoted(text: str, start: int) -> tuple[str, int]:
    """A quoted text that begins at ``start``, and the place behind it."""
    quote = text[start]
    end = text.find(quote, start + 1)
    if end < 0:
        raise NotPlain
    if quote == '"':
        if "\\" not in text[start:end]:
            return text[start + 1 : end], end + 1
        return _escaped(text, start)
    while text[end + 1 : end + 2] == quote:
        end = text.find(quote, end + 2)
        if end < 0:
            raise NotPlain
    return text[start + 1 : end].replace("''", "'"), end + 1


def _escaped(text: str, start: int) -> tuple[str, int]:
    """JSON's escapes, which YAML has as well, but for its pairs of surrogates."""
    from json import decoder

    if "\\ud" in text or "\\uD" in text:
        raise NotPlain
    try:
        value, end = decoder.scanstring(text, start + 1, True)  # type: ignore[attr-defined]
    except ValueError:
        raise NotPlain from None
    return value, end


def _expect_end(text: str, end: int) -> None:
    rest = text[end:]
    if rest and not (rest[0] == " " and rest.lstrip(" ")[:1] in ("", "#")):
        raise NotPlain


def _fold(lines: list[str]) -> str:
    """A folded block scalar: single line ends become spaces."""
    if any(line[:1] in (" ", "\t") for line in lines):
        raise NotPlain
    parts: list[str] = []
    for index, line in enumerate(lines):
        if not line:
            parts.append("\n")
        else:
            if index and lines[index - 1]:
                parts.append(" ")
            parts.append(line)
    return "".join(parts)


def _flow(text: str, at: int, strict: bool) -> tuple[Any, int]:
    """A node within brackets, and the place behind it."""
    first = text[at : at + 1]
    if first == "[":
        return _flow_sequence(text, at + 1, strict)
    if first == "{":
        return _flow_mapping(text, at + 1, strict)
    if first in ('"', "'"):
        return _quoted(text, at)
    end = _flow_plain_end(text, at)
    return _value_of(text[at:end].rstrip(" ")), end


def _flow_plain_end(text: str, at: int) -> int:
    first = text[at : at + 1]
    if not first or first in _NO_PLAIN_START or first in "?:":
        raise NotPlain
    if first == "-" and not text[at + 1 : at + 2].isalnum():
        raise NotPlain
    for end in range(at, len(text)):
        character = text[end]
        if character in ",]}":
            return end
        if character in "[{?#":
            raise NotPlain
        if character == ":":
            if text[end + 1 : end + 2] != " ":
                raise NotPlain
            return end
    raise NotPlain


def _flow_sequence(text: str, at: int, strict: bool) -> tuple[list[Any], int]:
    result: list[Any] = []
    at = _skip(text, at)
    if text[at] == "]":
        return result, at + 1
    while True:
        value, at = _flow(text, at, strict)
        result.append(value)
        at = _skip(text, at)
        if text[at] == "]":
            return result, at + 1
        if text[at] != ",":
            raise NotPlain
        at = _skip(text, at + 1)


def _flow_mapping(text: str, at: int, strict: bool) -> tuple[dict[str, Any], int]:
    result: dict[str, Any] = {}
    at = _skip(text, at)
    if text[at] == "}":
        return result, at + 1
    while True:
        quoted = text[at] in "\"'"
        key, at = _flow(text, at, strict)
        at = _skip(text, at)
        if key.__class__ is not str or (key == "<<" and not quoted) or text[at] != ":" or (strict and key in result):
            raise NotPlain
        if text[at + 1 : at + 2] != " ":
            raise NotPlain
        result[key], at = _flow(text, _skip(text, at + 1), strict)
        at = _skip(text, at)
        if text[at] == "}":
            return result, at + 1
        if text[at] != ",":
            raise NotPlain
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] == " ":
        at += 1
    if at >= len(text) or text[at] == "#":
        raise NotPlain
    return at
