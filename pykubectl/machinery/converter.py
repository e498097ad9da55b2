"""Conversion of objects between kinds: a table of functions, and the way through it.

Source: apimachinery ``pkg/conversion/converter.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pykubectl.machinery.schema import GroupVersionKind

# Gives a new object and leaves the one that it gets alone. It need not set apiVersion and kind.
Conversion = Callable[[Any], Any]


class ConversionError(ValueError):
    """There is no way from one kind to the other."""

    def __init__(self, source: GroupVersionKind, target: GroupVersionKind) -> None:
        self.source = source
        self.target = target
        super().__init__(f"converting {_go_name(source)} to {_go_name(target)}: unknown conversion")


def _go_name(kind: GroupVersionKind) -> str:
    """``(v1.Deployment)``: how Go names the type."""
    return f"({kind.version}.{kind.kind})"


class Converter:
    """Conversion functions by the kinds they lead from and to.

    Kinds need no function for each pair: where two have none, a third one that both know (as a rule the one that is
    stored) is the way between them.
    """

    def __init__(self) -> None:
        self._functions: dict[GroupVersionKind, dict[GroupVersionKind, Conversion]] = {}

    def add(self, source: GroupVersionKind, target: GroupVersionKind, function: Conversion) -> None:
        """Registers a function. Raises ValueError where there is one already."""
        functions = self._functions.setdefault(source, {})
        if target in functions:
            raise ValueError(f"conversion from {source} to {target} is registered twice")
        functions[target] = function

    def function(self, source: GroupVersionKind, target: GroupVersionKind) -> Conversion:
        """The function from one kind to another, made of two where it must be. Raises ConversionError."""
        functions = self._functions.get(source, {})
        if target in functions:
            return functions[target]
        for between, first in functions.items():
            second = self._functions.get(between, {}).get(target)
            if second is not None:
                return _chain(first, second)
        raise ConversionError(source, target)

    def convert(self, obj: Any, source: GroupVersionKind, target: GroupVersionKind) -> Any:
        """A new object of the other kind. Raises ConversionError."""
        return self.function(source, target)(obj)


def _chain(first: Conversion, second: Conversion) -> Conversion:
    return lambda obj: second(first(obj))
