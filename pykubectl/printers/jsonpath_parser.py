"""Templates of Kubernetes' JSONPath, read into nodes.

Source: client-go ``util/jsonpath/{parser,node}.go``; the order of the rules and the texts of errors are its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple


class JSONPathError(ValueError):
    """A template that cannot be read or applied; the text is kubectl's.

    ``left`` are the values that upstream goes on with where it does not look at errors.
    """

    def __init__(self, message: str, left: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.left = left


class Text(NamedTuple):
    """Text between expressions, or a quoted string in one."""

    text: str


class Field(NamedTuple):
    """``.name``."""

    name: str


class Wildcard(NamedTuple):
    """``.*``."""


class Recursive(NamedTuple):
    """``..``."""


class Slice(NamedTuple):
    """``[start:end:step]``; None where a part is left out. ``single``: one index, its end follows from it."""

    start: int | None
    end: int | None
    step: int | None
    single: bool = False


class Filter(NamedTuple):
    """``[?(left op right)]``; the operator ``exists`` has no right side."""

    left: Action
    operator: str
    right: Action


class Union(NamedTuple):
    """``[a,b]``."""

    members: tuple[Action, ...]


class Constant(NamedTuple):
    """A number or a bool."""

    value: Any


class Identifier(NamedTuple):
    """``range``, ``end``, or a word that means nothing."""

    name: str


class Action(NamedTuple):
    """What stands between braces: steps from one value to the next."""

    steps: tuple[Any, ...]


_TERMINATORS = frozenset(" \t\r\n.,[]$@{}")
_KEY = re.compile(r"'([^']*)'")
_SLICE = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?")
_FILTER = re.compile(r"([^!<>=]+)([!<>=]+)(.+?)")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_INT64 = range(-(2**63), 2**63)
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
# Digits that follow, and the base they are written in.
_NUMBERED = {"x": (2, 16), "u": (4, 16), "U": (8, 16)}
_DIGITS = {8: frozenset("01234567"), 16: frozenset("0123456789abcdefABCDEF")}
_SURROGATES = range(0xD800, 0xE000)


def parse(template: str) -> list[Text | Action]:
    """The parts of a template. Raises JSONPathError."""
    parts: list[Text | Action] = []
    position = 0
    while position < len(template):
        opening = template.find("{", position)
        if opening < 0:
            parts.append(Text(template[position:]))
            break
        if opening > position:
            parts.append(Text(template[position:opening]))
        reader = _ActionReader(template, opening + 1)
        parts.append(reader.read())
        position = reader.position
    return parts


def _parse_action(text: str) -> Action:
    """The steps of a text that stands without its braces."""
    return _ActionReader("{" + text + "}", 1).read()


class _ActionReader:
    """Reads one action; ``position`` is then behind its closing brace."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.position = position
        self._steps: list[Any] = []

    def read(self) -> Action:
        while True:
            if self._text.startswith("}", self.position):
                self.position += 1
                return Action(tuple(self._steps))
            if self._text.startswith("[?(", self.position):
                self._filter()
            elif self._text.startswith("..", self.position):
                self._recursive()
            else:
                self._step()

    def _step(self) -> None:
        character = self._next()
        if character in ("", "\r", "\n"):
            raise JSONPathError("unclosed action")
        if character in " @$":
            return
        if character == "[":
            self._array()
        elif character in "\"'":
            self._quoted(character)
        elif character == ".":
            self._field()
        elif character in "+-" or character.isdecimal():
            self._number(self.position - 1)
        elif character == "_" or character.isalpha():
            self._identifier(self.position - 1)
        else:
            shown = f" '{character}'" if character.isprintable() else ""
            raise JSONPathError(f"unrecognized character in action: U+{ord(character):04X}{shown}")

    def _next(self) -> str:
        """The next character; empty at the end."""
        character = self._text[self.position : self.position + 1]
        self.position += 1
        return character

    def _peek(self) -> str:
        return self._text[self.position : self.position + 1]

    def _field(self) -> None:
        start = self.position
        while (character := self._peek()) and character not in _TERMINATORS:
            self.position += 2 if character == "\\" else 1
        name = self._text[start : self.position]
        self._steps.append(Wildcard() if name == "*" else Field(name.replace("\\", "")))

    def _recursive(self) -> None:
        if self._steps and isinstance(self._steps[-1], Recursive):
            raise JSONPathError("invalid multiple recursive descent")
        self.position += 2
        self._steps.append(Recursive())
        following = self._peek()
        if following and (following == "_" or following.isalpha() or following.isdecimal()):
            self._field()

    def _identifier(self, start: int) -> None:
        while (character := self._peek()) and character not in _TERMINATORS:
            self.position += 1
        word = self._text[start : self.position]
        self._steps.append(Constant(word == "true") if word in ("true", "false") else Identifier(word))

    def _number(self, start: int) -> None:
        while (character := self._peek()) and (character == "." or character.isdecimal()):
            self.position += 1
        text = self._text[start : self.position]
        if _INTEGER.fullmatch(text) and int(text) in _INT64:
            self._steps.append(Constant(int(text)))
        elif _FLOAT.fullmatch(text):
            self._steps.append(Constant(float(text)))
        else:
            raise JSONPathError(f"cannot parse number {text}")

    def _quoted(self, mark: str) -> None:
        start = self.position - 1
        while True:
            character = self._next()
            if character in ("", "\n"):
                raise JSONPathError("unterminated quoted string")
            if character == mark and self._text[self.position - 2] != "\\":
                break
        self._steps.append(Text(unquoted(self._text[start : self.position])))

    def _array(self) -> None:
        start = self.position
        while (character := self._next()) != "]":
            if character in ("", "\n"):
                raise JSONPathError("unterminated array")
        inner = self._text[start : self.position - 1]
        if inner == "*":
            inner = ":"
        members = inner.split(",")
        if len(members) > 1:
            self._steps.append(Union(tuple(_parse_action(f"[{member.strip(' ')}]") for member in members)))
        elif key := _KEY.fullmatch(inner):
            self._steps += _parse_action(f".{key[1]}").steps
        else:
            self._steps.append(_slice(inner))

    def _filter(self) -> None:
        self.position += len("[?(")
        start = self.position
        mark, closed = "", False
        while True:
            character = self._next()
            if character in ("", "\n"):
                raise JSONPathError("unterminated filter")
            if character in "\"'" and not mark:
                mark = character
            elif character == mark and self._text[self.position - 2] != "\\":
                closed = True
            elif character == ")" and bool(mark) == closed:
                break
        inner = self._text[start : self.position - 1]
        if self._next() != "]":
            raise JSONPathError("unclosed array expect ]")
        self._steps.append(_condition(inner))


def _condition(text: str) -> Filter:
    match = _FILTER.fullmatch(text)
    if match is None:
        return Filter(_parse_action(text), "exists", Action(()))
    return Filter(_parse_action(match[1]), match[2], _parse_action(match[3]))


def _slice(text: str) -> Slice:
    match = _SLICE.fullmatch(text)
    if match is None:
        raise JSONPathError(f"invalid array index {text}")
    numbers: list[int | None] = []
    for part in match.groups():
        digits = (part or "").removeprefix(":")
        if digits == "-" or (digits and int(digits) not in _INT64):
            raise JSONPathError(f"array index {digits} is not a number")
        numbers.append(int(digits) if digits else None)
    return Slice(numbers[0], numbers[1], numbers[2], single=match[2] is None)


def unquoted(text: str) -> str:
    """Go's ``strconv.Unquote``, for single quotes as for double ones. Raises JSONPathError."""
    mark, body = text[0], text[1:-1]
    found: list[bytes] = []
    position = 0
    while position < len(body):
        character = body[position]
        position += 1
        if character == mark:
            raise _bad_quoting(text)
        if character == "\\":
            encoded, position = _escaped(text, position)
            found.append(encoded)
        else:
            found.append(character.encode())
    # Bytes that are no character stay bytes: standard output takes them.
    return b"".join(found).decode("utf-8", "surrogateescape")


def _escaped(text: str, position: int) -> tuple[bytes, int]:
    """What an escape in a quoted text stands for, and where it ends; positions are those without the first mark.

    ``\\xff`` and ``\\377`` are bytes, ``\\u00ff`` is a character.
    """
    mark, body = text[0], text[1:-1]
    letter = body[position : position + 1]
    if letter == mark:
        return mark.encode(), position + 1
    if letter in _ESCAPES:
        return _ESCAPES[letter].encode(), position + 1
    length, base = _NUMBERED.get(letter, (3, 8))
    position += base != 8
    digits = body[position : position + length]
    if len(digits) < length or not set(digits) <= _DIGITS[base]:
        raise _bad_quoting(text)
    number = int(digits, base)
    if letter in "uU":
        if number > 0x10FFFF or number in _SURROGATES:
            raise _bad_quoting(text)
        return chr(number).encode(), position + length
    if number > 255:
        raise _bad_quoting(text)
    return bytes([number]), position + length


def _bad_quoting(text: str) -> JSONPathError:
    return JSONPathError(f"unquote string {text} error invalid syntax")


def relaxed(text: str) -> str:
    """``metadata.name``, ``.metadata.name`` and ``{.metadata.name}`` mean the same.

    Raises JSONPathError. Source: kubectl ``pkg/cmd/get/customcolumn.go`` RelaxedJSONPathExpression.
    """
    if not text:
        return text
    match = re.fullmatch(r"\{\.?([^{}]+)\}|\.?([^{}]+)", text)
    if match is None:
        raise JSONPathError(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
        )
    return "{." + (match[1] or match[2]) + "}"
