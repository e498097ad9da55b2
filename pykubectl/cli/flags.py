"""Flags: tables of data, read by pflag's rules.

The same tables make help and shell completion. Source of the rules: ``github.com/spf13/pflag``, ``spf13/cobra``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pykubectl.cli.errors import UsageError

STRING, BOOL, INT, LEVEL, STRINGS, DURATION = "string", "bool", "int", "level", "strings", "duration"


class Flag(NamedTuple):
    """A flag. ``bare`` is its value where it stands alone (``--dry-run``); bools stand for "true" then.

    ``strings`` flags may be given several times and hold comma-separated values; an ``array`` keeps commas.
    """

    name: str
    short: str = ""
    kind: str = STRING
    default: Any = ""
    help: str = ""
    bare: str | None = None
    array: bool = False
    hidden: bool = False


class Values(dict[str, Any]):
    """Values by flag name; ``changed`` are the flags that the command line names."""

    def __init__(self, flags: tuple[Flag, ...]) -> None:
        super().__init__(
            {flag.name: list(flag.default or []) if flag.kind == STRINGS else flag.default for flag in flags}
        )
        self.changed: set[str] = set()


class Parsed(NamedTuple):
    """Values and the other arguments; ``dash`` is how many of them stand before ``--``, -1 without one."""

    values: Values
    args: list[str]
    dash: int


def parse(flags: tuple[Flag, ...], argv: list[str], command: str) -> Parsed:
    """Reads a command line; flags and arguments may be mixed. Raises UsageError with pflag's texts."""
    reader = _Reader(flags, argv, command)
    return reader.read()


class _Reader:
    def __init__(self, flags: tuple[Flag, ...], argv: list[str], command: str) -> None:
        self._long = {flag.name: flag for flag in flags}
        self._short = {flag.short: flag for flag in flags if flag.short}
        self._values = Values(flags)
        self._rest = list(argv)
        self._command = command

    def read(self) -> Parsed:
        args: list[str] = []
        dash = -1
        while self._rest:
            word = self._rest.pop(0)
            if word == "--":
                dash = len(args)
                args += self._rest
                break
            if word.startswith("--"):
                self._read_long(word[2:])
            elif word.startswith("-") and word != "-":
                self._read_short(word[1:])
            else:
                args.append(word)
        return Parsed(self._values, args, dash)

    def _fail(self, text: str) -> UsageError:
        return UsageError(text, self._command)

    def _read_long(self, text: str) -> None:
        name, equals, value = text.partition("=")
        if not name or name.startswith("-"):
            raise self._fail(f"bad flag syntax: --{text}")
        flag = self._long.get(name.replace("_", "-"))
        if flag is None:
            raise self._fail(f"unknown flag: --{name}")
        if not equals:
            bare = self._bare(flag)
            value = bare if bare is not None else self._next(f"--{name}")
        self._set(flag, value)

    def _bare(self, flag: Flag) -> str | None:
        return "true" if flag.kind == BOOL else flag.bare

    def _next(self, shown: str) -> str:
        if not self._rest:
            raise self._fail(f"flag needs an argument: {shown}")
        return self._rest.pop(0)

    def _read_short(self, letters: str) -> None:
        while letters:
            left, letter, letters = letters, letters[0], letters[1:]
            flag = self._short.get(letter)
            if flag is None:
                raise self._fail(f"unknown shorthand flag: {_character(letter)} in -{left}")
            if letters.startswith("=") and len(letters) > 1:
                self._set(flag, letters[1:])
                return
            bare = self._bare(flag)
            if bare is not None:
                self._set(flag, bare)
            elif letters:
                self._set(flag, letters)
                return
            else:
                self._set(flag, self._next(f"'{letter}' in -{left}"))

    def _set(self, flag: Flag, text: str) -> None:
        try:
            value = _convert(flag, text)
        except ValueError as error:
            from pykubectl.machinery.gostrings import quote

            shown = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
            raise self._fail(f'invalid argument {quote(text)} for "{shown}" flag: {error}') from None
        if flag.kind == STRINGS:
            if flag.name not in self._values.changed:
                self._values[flag.name] = []
            self._values[flag.name] += value
        else:
            self._values[flag.name] = value
        self._values.changed.add(flag.name)


def _character(letter: str) -> str:
    """``%q`` of a character."""
    from pykubectl.machinery.gostrings import quote

    return "'\\''" if letter == "'" else f"'{quote(letter)[1:-1]}'"


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        from pykubectl.machinery.gostrings import quote

        raise ValueError(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")
    return _BOOLEANS[text]


def _strings(text: str) -> list[str]:
    if '"' not in text and "\n" not in text:
        return text.split(",") if text else []
    from pykubectl.cli.csv import record

    return record(text)


def _integer(text: str) -> int:
    from pykubectl.machinery.gostrings import parse_any_int

    return parse_any_int(text)


def _level(text: str) -> int:
    from pykubectl.machinery.gostrings import parse_int

    return parse_int(text, 32)


def _duration(text: str) -> float:
    from pykubectl.machinery.values.duration import parse_duration

    return parse_duration(text)


_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_CONVERSIONS: dict[str, Callable[[str], Any]] = {
    STRING: str,
    BOOL: _boolean,
    INT: _integer,
    LEVEL: _level,
    STRINGS: _strings,
    DURATION: _duration,
}


def _convert(flag: Flag, text: str) -> Any:
    """The value of a text. Raises ValueError with Go's text."""
    return [text] if flag.array else _CONVERSIONS[flag.kind](text)
