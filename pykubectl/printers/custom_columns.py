"""``-o custom-columns``: headers with a JSONPath each.

Source: kubectl ``pkg/cmd/get/customcolumn.go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TextIO

from pykubectl.machinery.gostrings import go_value
from pykubectl.printers.jsonpath import JSONPath, JSONPathError, relaxed
from pykubectl.printers.tabwriter import TabWriter

Object = dict[str, Any]

_EXPECTED = "Expected format is one line of space separated headers, one line of space separated column specs."
# A terminal must not be steered by what an object says.
_ESCAPES = str.maketrans({"\x1b": "^[", "\r": "\\r"})


class CustomColumn(NamedTuple):
    """A header and the template of its value."""

    header: str
    template: str


def parse_columns(spec: str) -> list[CustomColumn]:
    """``NAME:.metadata.name,NODE:.spec.nodeName``. Raises JSONPathError with kubectl's text."""
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon:
            raise JSONPathError(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append(CustomColumn(header, relaxed(path)))
    return columns


def parse_template(text: str) -> list[CustomColumn]:
    """Two lines: headers, and below each its path. Raises JSONPathError with kubectl's text."""
    lines = [line.split() for line in text.split("\n")]
    if not lines[-1]:
        lines.pop()
    if len(lines) < 2:
        raise JSONPathError(f"invalid template, missing {'spec' if lines else 'header'} line. {_EXPECTED}")
    headers, paths = lines[:2]
    if len(headers) != len(paths):
        raise JSONPathError(f"number of headers ({len(headers)}) and field specifications ({len(paths)}) don't match")
    return [CustomColumn(header, relaxed(path)) for header, path in zip(headers, paths)]


class CustomColumnsPrinter:
    """Prints a row per object; of a list, one for each of its objects. Later ones stay in line."""

    def __init__(self, columns: Sequence[CustomColumn], *, no_headers: bool = False) -> None:
        self._columns = columns
        self._headers = not no_headers
        self._widths: list[int] = []

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes the header before the first row. Raises JSONPathError, after the rows before the one at fault."""
        rows: list[list[str]] = []
        try:
            for row in self._rows(obj):
                rows.append(row)
        finally:
            TabWriter(out, widths=self._widths).write(rows)

    def _rows(self, obj: Object) -> Iterator[list[str]]:
        if self._headers:
            self._headers = False
            yield [column.header for column in self._columns]
        paths = [JSONPath(column.template, allow_missing=True) for column in self._columns]
        for entry in obj["items"] if isinstance(obj.get("items"), list) else [obj]:
            yield [_cell(path.find(entry)) for path in paths]


def _cell(found: list[list[Any]]) -> str:
    texts = [go_value(value).translate(_ESCAPES) for values in found for value in values]
    return ",".join(texts if found and found[0] else ["<none>", *texts])
