"""Kubernetes' JSONPath, applied.

``{.items[*].metadata.name}``, ``{range .items[*]}...{end}``, filters, slices, unions, recursive descent, text.
Source: client-go ``util/jsonpath/jsonpath.go``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from pykubectl.machinery import gojson
from pykubectl.machinery.gostrings import go_type, go_value, quote
from pykubectl.printers import jsonpath_parser as nodes
from pykubectl.printers.jsonpath_parser import JSONPathError, relaxed

__all__ = ["JSONPath", "JSONPathError", "JSONPathPrinter", "as_text", "relaxed"]


class JSONPath:
    """A parsed template. Raises JSONPathError while parsing; missing keys are errors unless they are allowed."""

    def __init__(self, template: str, *, allow_missing: bool = False) -> None:
        self._parts = nodes.parse(template)
        self._allow_missing = allow_missing

    def find(self, obj: Any) -> list[list[Any]]:
        """The values of each part, of texts too; a range has its parts once for each value. Raises JSONPathError."""
        return _Run(self._parts, self._allow_missing).results(0, obj)

    def render(self, obj: Any, out: TextIO) -> None:
        """Writes text and values, or nothing at all. Raises JSONPathError."""
        out.write("".join(" ".join(map(as_text, values)) for values in self.find(obj)))


# What is in a range without values is applied to it.
_NOTHING = object()


class _Run:
    """One application of a template: where its ranges begin and end."""

    def __init__(self, parts: list[nodes.Text | nodes.Action], allow_missing: bool) -> None:
        self._parts = parts
        self._allow_missing = allow_missing
        self._begun = self._inside = self._ended = 0
        self._last_end = -1

    def results(self, start: int, value: Any) -> list[list[Any]]:
        """The results from a part on, up to the end of the range that it is in."""
        found: list[list[Any]] = []
        position = start
        while position < len(self._parts):
            values = self._walk([value], self._parts[position])
            if 0 < self._ended <= self._inside:
                self._ended -= 1
                self._last_end = position
                break
            if self._begun:
                found += self._range(position + 1, values)
                # A range without an end runs to the end of the template, which then is applied once more.
                position = max(position, self._last_end)
            else:
                found.append(values)
            position += 1
        return found

    def _range(self, start: int, values: list[Any]) -> list[list[Any]]:
        self._begun -= 1
        self._inside += 1
        found: list[list[Any]] = []
        for value in values:
            found += self.results(start, value)
        if not values:
            # What is in it is applied to nothing, which finds its end.
            self.results(start, _NOTHING)
        self._inside -= 1
        return found

    def _walk(self, values: list[Any], node: Any) -> list[Any]:
        match node:
            case nodes.Action(steps):
                for step in steps:
                    values = self._walk(values, step)
                return values
            case nodes.Text(text):
                return [text]
            case nodes.Field(name):
                return self._field(values, name)
            case nodes.Slice():
                return _sliced(values, node)
            case nodes.Filter():
                return self._filtered(values, node)
            case nodes.Constant(constant):
                return [constant] * len(values)
            case nodes.Wildcard():
                return [child for value in values for child in _children(value)]
            case nodes.Recursive():
                return _descend(values)
            case nodes.Union(members):
                with _leaving(values):
                    return [found for member in members for found in self._walk(values, member)]
        return self._identifier(values, node.name)

    def _identifier(self, values: list[Any], name: str) -> list[Any]:
        if name == "range":
            self._begun += 1
            return values
        if name != "end":
            raise JSONPathError(f"unrecognized identifier {name}", values)
        if not self._inside:
            raise JSONPathError("not in range, nothing to end")
        self._ended += 1
        return []

    def _field(self, values: list[Any], name: str) -> list[Any]:
        found = [value[name] for value in values if isinstance(value, dict) and name in value]
        if values and not found and not self._allow_missing:
            raise JSONPathError(f"{name} is not found")
        return found

    def _filtered(self, values: list[Any], node: nodes.Filter) -> list[Any]:
        found: list[Any] = []
        for value in values:
            if not isinstance(value, list):
                shown = "<invalid reflect.Value>" if value is _NOTHING else go_value(value)
                raise JSONPathError(f"{shown} is not array or slice and cannot be filtered", values)
            for entry in value:
                if node.operator == "exists":
                    passes = self._exists(entry, node.left)
                else:
                    with _leaving(values):
                        sides = self._sides(entry, node)
                    with _leaving(found):
                        passes = sides is not None and _compare(sides[0], node.operator, sides[1])
                if passes:
                    found.append(entry)
        return found

    def _exists(self, entry: Any, node: nodes.Action) -> bool:
        try:
            return bool(self._walk([entry], node))
        except JSONPathError as error:
            # As upstream, which looks at what there was when a step failed: nothing where a field is missing, but the
            # list itself where an index is beyond its end.
            return bool(error.left)

    def _sides(self, entry: Any, node: nodes.Filter) -> tuple[Any, Any] | None:
        """What is compared; None where one side is nothing."""
        sides = []
        for side in (node.left, node.right):
            found = self._walk([entry], side)
            if not found:
                return None
            if len(found) > 1:
                raise JSONPathError("can only compare one element at a time")
            sides.append(found[0])
        return sides[0], sides[1]


@contextmanager
def _leaving(values: list[Any]) -> Iterator[None]:
    """Errors carry these values: what is left of the step that failed."""
    try:
        yield
    except JSONPathError as error:
        error.left = values
        raise


def _sliced(values: list[Any], node: nodes.Slice) -> list[Any]:
    found: list[Any] = []
    with _leaving(values):
        for value in values:
            if value is None or value is _NOTHING:
                continue
            if not isinstance(value, list):
                raise JSONPathError(f"{go_type(value)} is not array or slice")
            start, end = _bounds(node, len(value))
            if start == end:
                return found
            if node.step is not None and node.step <= 0:
                raise JSONPathError("step must be > 0")
            found += value[start : end : node.step]
    return found


def _bounds(node: nodes.Slice, length: int) -> tuple[int, int]:
    """The first index and the one after the last. Raises JSONPathError; nothing may be asked for anywhere."""
    start = node.start or 0
    if node.single:
        # The last but none: "[-1]" ends where the list ends.
        end = start + 1 or length
    else:
        end = length if node.end is None else node.end
    start += length if start < 0 else 0
    end += length if end < 0 else 0
    if start == end:
        return start, end
    if not 0 <= start < length:
        raise JSONPathError(f"array index out of bounds: index {start}, length {length}")
    if not 0 <= end <= length:
        raise JSONPathError(f"array index out of bounds: index {end - 1}, length {length}")
    if start > end:
        raise JSONPathError(f"starting index {start} is greater than ending index {end}")
    return start, end


def _children(value: Any) -> Iterable[Any]:
    """What is in a value; of a text, as in Go, its bytes."""
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, str):
        return value.encode()
    return value if isinstance(value, list) else ()


def _descend(values: Iterable[Any]) -> list[Any]:
    """All that something is in."""
    found = []
    for value in values:
        children = _children(value)
        if children:
            found += [value, *_descend(children)]
    return found


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_COMPARABLE = (bool, int, float, str)


def _compare(left: Any, name: str, right: Any) -> bool:
    compare = _OPERATORS.get(name)
    if compare is None:
        raise JSONPathError(f"unrecognized filter operator {name}")
    if type(left) not in _COMPARABLE or type(right) not in _COMPARABLE:
        raise JSONPathError("invalid type for comparison")
    if type(left) is not type(right):
        raise JSONPathError("incompatible types for comparison")
    if isinstance(left, bool) and name not in ("==", "!="):
        raise JSONPathError("invalid type for comparison")
    return bool(compare(left, right))


def as_text(value: Any) -> str:
    """A value as kubectl prints it: text as it is, objects and lists as JSON."""
    if value is None:
        return "null"
    return gojson.dumps(value) if isinstance(value, (dict, list)) else go_value(value)


class JSONPathPrinter:
    """Prints what a template makes of an object; ``as_json``: each expression's values as a JSON array."""

    def __init__(self, template: str, *, allow_missing: bool = True, as_json: bool = False) -> None:
        try:
            self._path = JSONPath(template, allow_missing=allow_missing)
        except JSONPathError as error:
            raise JSONPathError(f"error parsing jsonpath {template}, {error}") from None
        self._template = template
        self._as_json = as_json

    def print_obj(self, obj: dict[str, Any], out: TextIO) -> None:
        """Writes it, without a line end of its own. Raises JSONPathError with all that helps to find the fault."""
        try:
            if self._as_json:
                self._print_json(obj, out)
            else:
                self._path.render(obj, out)
        except JSONPathError as error:
            text = f"Error executing template: {error}. Printing more information for debugging the template:\n"
            text += f"\ttemplate was:\n\t\t{self._template}\n"
            text += f"\tobject given to jsonpath engine was:\n\t\t{go_syntax(obj)}\n\n"
            raise JSONPathError(f"error executing jsonpath {quote(self._template)}: {text}\n") from None

    def _print_json(self, obj: dict[str, Any], out: TextIO) -> None:
        from pykubectl.printers.serial import to_json

        for values in self._path.find(obj):
            out.write(to_json(values) + "\n")


def go_syntax(value: Any) -> str:
    """A decoded JSON value as Go source (``%#v``)."""
    if isinstance(value, dict):
        inner = ", ".join(f"{quote(key)}:{go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(go_syntax(entry) for entry in value)}}}"
    if value is None:
        return "interface {}(nil)"
    return quote(value) if isinstance(value, str) else go_value(value)
