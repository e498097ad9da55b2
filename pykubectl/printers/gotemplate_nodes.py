"""What a Go template consists of. Nodes know where they stand and how they are written, for messages.

Source: Go ``text/template/parse/node.go``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import quote


class TemplateError(ValueError):
    """A template that cannot be read or carried out; the text is Go's."""


class Text(NamedTuple):
    """Text between actions."""

    pos: int
    text: str


class Dot(NamedTuple):
    """``.``."""

    pos: int

    def __str__(self) -> str:
        return "."


class Nil(NamedTuple):
    """``nil``."""

    pos: int

    def __str__(self) -> str:
        return "nil"


class Literal(NamedTuple):
    """A text, number, character or bool, with the way it is written."""

    pos: int
    value: Any
    written: str

    def __str__(self) -> str:
        return self.written


class Field(NamedTuple):
    """``.a.b``."""

    pos: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


class Variable(NamedTuple):
    """``$x.a``."""

    pos: int
    name: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name + "".join(f".{name}" for name in self.names)


class Function(NamedTuple):
    """The name of a function."""

    pos: int
    name: str

    def __str__(self) -> str:
        return self.name


class Chain(NamedTuple):
    """``(pipeline).a.b``."""

    pos: int
    node: Any
    names: tuple[str, ...]

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, Pipe) else str(self.node)
        return inner + "".join(f".{name}" for name in self.names)


class Command(NamedTuple):
    """An operand, or a function with its arguments."""

    pos: int
    args: tuple[Any, ...]

    def __str__(self) -> str:
        return " ".join(f"({arg})" if isinstance(arg, Pipe) else str(arg) for arg in self.args)


class Pipe(NamedTuple):
    """Commands, each of which is given what the one before it makes; variables that keep the result."""

    pos: int
    variables: tuple[str, ...]
    assigns: bool
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        kept = f"{', '.join(self.variables)} {'=' if self.assigns else ':='} " if self.variables else ""
        return kept + " | ".join(map(str, self.commands))


class Action(NamedTuple):
    """A pipeline whose result is printed."""

    pos: int
    pipe: Pipe

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


class Branch(NamedTuple):
    """``if``, ``with`` and ``range``."""

    pos: int
    kind: str
    pipe: Pipe
    body: tuple[Any, ...]
    otherwise: tuple[Any, ...]


class Leave(NamedTuple):
    """``break`` and ``continue``."""

    pos: int
    kind: str


class Call(NamedTuple):
    """``{{template "name" pipeline}}``."""

    pos: int
    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        given = f" {self.pipe}" if self.pipe else ""
        return f"{{{{template {quote(self.name)}{given}}}}}"
