"""``-o custom-columns``: headers with a JSONPath each.

Source: kubectl ``pkg/cmd/get/customcolumn.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TextIO

from pykubectl.machinery.gostrings import go_value
from pykubectl.printers.jsonpath import JSONPath, JSONPathError, relaxed
from pykubectl.printers.tabwriter import TabWriter

Object = dict[str, Any]


class CustomColumn(NamedTuple):
    """A header and where its value is."""

    header: str
    path: JSONPath


def parse_columns(spec: str) -> list[CustomColumn]:
    """``NAME:.metadata.name,NODE:.spec.nodeName``. Raises JSONPathError with kubectl's text."""
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon:
            raise JSONPathError(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append(CustomColumn(header, JSONPath(relaxed(path), allow_missing=True)))
    return columns


def parse_template(text: str) -> list[CustomColumn]:
    """Two lines: headers, and below each its path. Raises JSONPathError with kubectl's text."""
    lines = [line.split() for line in text.splitlines()[:2]]
    if len(lines) < 2:
        raise JSONPathError("unexpected end of template")
    headers, paths = lines
    if len(headers) != len(paths):
        raise JSONPathError(f"number of headers ({len(headers)}) and field specifications ({len(paths)}) don't match")
    return [CustomColumn(header, JSONPath(relaxed(path), allow_missing=True)) for header, path in zip(headers, paths)]


class CustomColumnsPrinter:
    """Prints a row per object; of a list, one for each of its objects."""

    def __init__(self, columns: Sequence[CustomColumn], *, no_headers: bool = False) -> None:
        self._columns = columns
        self._headers = not no_headers

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes the header before the first row."""
        objects = obj["items"] if isinstance(obj.get("items"), list) else [obj]
        rows = [[column.header for column in self._columns]] if self._headers else []
        self._headers = False
        rows += [[self._cell(column, entry) for column in self._columns] for entry in objects]
        TabWriter(out).write(rows)

    def _cell(self, column: CustomColumn, obj: Object) -> str:
        found = [value for group in column.path.find(obj) for value in group]
        return ",".join(_text(value) for value in found) if found else "<none>"


def _text(value: Any) -> str:
    return go_value(value) if value is not None else "<nil>"
