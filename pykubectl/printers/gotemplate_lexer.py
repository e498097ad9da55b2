"""Words of a Go template.

Source: Go ``text/template/parse/lex.go``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pykubectl.printers.gotemplate_nodes import TemplateError

KEYWORDS = frozenset(("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"))
_SPACE = " \t\r\n"
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(
    r"[+-]?(0[xX][0-9a-fA-F_]*(\.[0-9a-fA-F_]*)?([pP][+-]?\d*)?|0[bBoO][0-9_]+|[0-9_]*\.?[0-9_]*([eE][+-]?\d*)?)"
)
_QUOTED = {'"': re.compile(r'"(\\.|[^"\\\n])*"'), "'": re.compile(r"'(\\.|[^'\\\n])*'"), "`": re.compile(r"`[^`]*`")}
_UNENDED = {
    '"': "unterminated quoted string",
    "'": "unterminated character constant",
    "`": "unterminated raw quoted string",
}
_SIGNS = {":=": "declare", "=": "assign", "|": "pipe", "(": "(", ")": ")", ",": ","}


class Token(NamedTuple):
    """``kind`` is text, left, right, space, field, variable, word, bool, number, string, char, dot or a sign's name."""

    kind: str
    pos: int
    text: str


def tokens(source: str, name: str) -> list[Token]:
    """The tokens of a template; at the end one of the kind ``eof``, or ``error``: what is before may be wrong too."""
    lexer = _Lexer(source, name)
    try:
        lexer.run()
    except TemplateError as error:
        lexer.found.append(Token("error", len(source), str(error)))
    return lexer.found


class _Lexer:
    def __init__(self, source: str, name: str) -> None:
        self._source = source
        self._name = name
        self._pos = 0
        self._parens = 0
        self.found: list[Token] = []

    def run(self) -> None:
        while True:
            start = self._source.find("{{", self._pos)
            text = self._source[self._pos :] if start < 0 else self._source[self._pos : start]
            if start >= 0 and self._trims_before(start):
                text = text.rstrip(_SPACE)
            if text:
                self.found.append(Token("text", self._pos, text))
            if start < 0:
                self.found.append(Token("eof", len(self._source), ""))
                return
            self._pos = start
            self._action()

    def _trims_before(self, start: int) -> bool:
        return self._source.startswith("-", start + 2) and self._source[start + 3 : start + 4] in tuple(_SPACE)

    def _action(self) -> None:
        start = self._pos
        self._pos += 4 if self._trims_before(start) else 2
        if self._source.startswith("/*", self._pos):
            self._comment()
            return
        self.found.append(Token("left", start, "{{"))
        self._parens = 0
        while not self._ends():
            self._word()

    def _comment(self) -> None:
        end = self._source.find("*/", self._pos)
        if end < 0:
            raise self.fault("unclosed comment")
        self._pos = end + 2
        trims = self._right_delimiter()
        if trims < 0:
            raise self.fault("comment ends before closing delimiter")
        self._close(trims)

    def _right_delimiter(self) -> int:
        """How long the delimiter here is: 2, 4 with a mark that trims what follows, or -1."""
        rest = self._source[self._pos : self._pos + 4]
        if rest.startswith("}}"):
            return 2
        return 4 if rest[1:] == "-}}" and rest[0] in _SPACE else -1

    def _close(self, length: int) -> None:
        self._pos += length
        if length == 4:
            while self._source[self._pos : self._pos + 1] in tuple(_SPACE):
                self._pos += 1

    def _ends(self) -> bool:
        length = self._right_delimiter()
        if length < 0:
            return False
        if self._parens:
            raise self.fault("unclosed left paren")
        self.found.append(Token("right", self._pos + length - 2, "}}"))
        self._close(length)
        return True

    def _word(self) -> None:
        source, start = self._source, self._pos
        character = source[start : start + 1]
        if not character:
            raise self.fault("unclosed action")
        if character in _SPACE:
            while source[self._pos : self._pos + 1] in tuple(_SPACE) and self._right_delimiter() < 0:
                self._pos += 1
            self._add("space", start)
        elif character in _QUOTED:
            self._quoted(character)
        elif character in ".$":
            self._field(character)
        elif sign := next((text for text in _SIGNS if source.startswith(text, start)), ""):
            self._sign(sign)
        elif character in "+-" or character.isdecimal():
            self._number()
        elif character == "_" or character.isalnum():
            self._identifier()
        elif character.isascii() and character.isprintable():
            self._pos += 1
            self._add("sign", start)
        else:
            raise self.fault(f"unrecognized character in action: U+{ord(character):04X} {character!r}")

    def _add(self, kind: str, start: int) -> None:
        self.found.append(Token(kind, start, self._source[start : self._pos]))

    def _quoted(self, mark: str) -> None:
        match = _QUOTED[mark].match(self._source, self._pos)
        if match is None:
            raise self.fault(_UNENDED[mark])
        start, self._pos = self._pos, match.end()
        self._add("char" if mark == "'" else "string", start)

    def _field(self, mark: str) -> None:
        start = self._pos
        following = self._source[start + 1 : start + 2]
        if mark == "." and (following.isdecimal() or not following):
            self._number()
            return
        match = _WORD.match(self._source, start + 1)
        self._pos = match.end() if match else start + 1
        if mark == "." and match is None:
            self._add("dot", start)
            return
        self._check_end()
        self._add("field" if mark == "." else "variable", start)

    def _sign(self, sign: str) -> None:
        start = self._pos
        self._pos += len(sign)
        self._parens += (sign == "(") - (sign == ")")
        if self._parens < 0:
            raise self.fault("unexpected right paren")
        self._add(_SIGNS[sign], start)

    def _number(self) -> None:
        start = self._pos
        match = _NUMBER.match(self._source, start)
        self._pos = match.end() if match else start + 1
        if (word := _WORD.match(self._source, self._pos)) is not None:
            raise self.fault(f'bad number syntax: "{self._source[start : word.start() + 1]}"')
        self._add("number", start)

    def _identifier(self) -> None:
        start = self._pos
        match = _WORD.match(self._source, start)
        assert match is not None
        self._pos = match.end()
        self._check_end()
        word = match[0]
        self._add("bool" if word in ("true", "false") else word if word in KEYWORDS else "word", start)

    def _check_end(self) -> None:
        """After a word only certain characters may follow."""
        following = self._source[self._pos : self._pos + 1]
        if following and following not in _SPACE + ".,|:)(=" and not self._source.startswith("}}", self._pos):
            raise self.fault(f"bad character U+{ord(following):04X} {following!r}")

    def fault(self, text: str) -> TemplateError:
        line = self._source.count("\n", 0, self._pos) + 1
        return TemplateError(f"template: {self._name}:{line}: {text}")
