"""Flags: tables of data, read by pflag's rules.

The same tables make help and shell completion. Source of the rules: ``github.com/spf13/pflag``, ``spf13/cobra``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pykubectl.cli.errors import UsageError

STRING, BOOL, INT, STRINGS, DURATION = "string", "bool", "int", "strings", "duration"


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
        flag = self._long.get(name)
        if flag is None:
            raise self._fail(f"unknown flag: --{name}")
        if not equals:
            value = self._bare(flag) or self._next(f"--{name}")
        self._set(flag, value)

    def _bare(self, flag: Flag) -> str | None:
        return "true" if flag.kind == BOOL else flag.bare

    def _next(self, shown: str) -> str:
        if not self._rest:
            raise self._fail(f"flag needs an argument: {shown}")
        return self._rest.pop(0)

    def _read_short(self, letters: str) -> None:
        whole = letters
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self._short.get(letter)
            if flag is None:
                raise self._fail(f"unknown shorthand flag: '{letter}' in -{whole}")
            if letters.startswith("="):
                self._set(flag, letters[1:])
                return
            bare = self._bare(flag)
            if bare is not None:
                self._set(flag, bare)
            elif letters:
                self._set(flag, letters)
                return
            else:
                self._set(flag, self._next(f"'{letter}' in -{whole}"))

    def _set(self, flag: Flag, text: str) -> None:
        try:
            value = _convert(flag, text)
        except ValueError as error:
            shown = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
            raise self._fail(f'invalid argument "{text}" for "{shown}" flag: {error}') from None
        if flag.kind == STRINGS:
            if flag.name not in self._values.changed:
                self._values[flag.name] = []
            self._values[flag.name] += value
        else:
            self._values[flag.name] = value
        self._values.changed.add(flag.name)


def _convert(flag: Flag, text: str) -> Any:
    if flag.kind == BOOL:
        if text.lower() in ("true", "t", "1"):
            return True
        if text.lower() in ("false", "f", "0"):
            return False
        raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    if flag.kind == INT:
        try:
            return int(text)
        except ValueError:
            raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    if flag.kind == STRINGS:
        return [text] if flag.array else text.split(",")
    if flag.kind == DURATION:
        from pykubectl.machinery.values.duration import parse_duration

        return parse_duration(text)
    return text
