"""Tables of the server, printed.

Source: cli-runtime ``pkg/printers/tableprinter.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from pykubectl.printers.tabwriter import TabWriter

Object = dict[str, Any]

# The width of the longest event types, MODIFIED and BOOKMARK: a watch's columns stay in line.
_EVENT_WIDTH = 8


class TableOptions:
    """What of a table is shown."""

    __slots__ = ("column_labels", "kind", "no_headers", "show_kind", "show_labels", "sort_by", "wide", "with_namespace")

    def __init__(
        self,
        *,
        no_headers: bool = False,
        with_namespace: bool = False,
        wide: bool = False,
        show_labels: bool = False,
        show_kind: bool = False,
        kind: str = "",
        column_labels: Sequence[str] = (),
        sort_by: str = "",
    ) -> None:
        self.no_headers = no_headers
        self.with_namespace = with_namespace
        self.wide = wide
        self.show_labels = show_labels
        self.show_kind = show_kind
        self.kind = kind
        self.column_labels = tuple(column_labels)
        self.sort_by = sort_by


class TablePrinter:
    """Prints Tables one after the other; the header stands before the first row, and again when the columns change.

    Rows are kept until `flush`, so that those which belong together are aligned together; later ones stay in line.
    """

    def __init__(self, options: TableOptions, out: TextIO) -> None:
        self._options = options
        self._writer = TabWriter(out)
        self._lines: list[list[str]] = []
        self._definitions: list[Object] = []
        self._header_due = True

    def print_table(self, table: Object, event: str = "") -> None:
        """Takes a Table's rows; ``event`` is the type of the watch event that has brought them.

        A Table without columns has those of the one before it. Raises JSONPathError for an order that cannot be had.
        """
        columns = table.get("columnDefinitions") or []
        if columns and columns != self._definitions:
            self._definitions, self._header_due = columns, True
        rows = table.get("rows") or []
        if not rows:
            return
        if self._options.sort_by and len(rows) > 1:
            from pykubectl.printers.sorting import sort_rows

            rows = sort_rows(rows, self._options.sort_by)
        if self._header_due and not self._options.no_headers:
            self._lines.append([*(["EVENT"] if event else []), *self._header()])
        self._header_due = False
        before = [event.ljust(_EVENT_WIDTH)] if event else []
        self._lines += [[*before, *self._row(row)] for row in rows]

    @property
    def pending(self) -> bool:
        """There are rows to write."""
        return bool(self._lines)

    def flush(self) -> bool:
        """Writes the rows that have come since the last time; whether there were any."""
        lines, self._lines = self._lines, []
        self._writer.write(lines)
        return bool(lines)

    def _shown(self) -> list[int]:
        return [n for n, c in enumerate(self._definitions) if self._options.wide or c.get("priority", 0) == 0]

    def _header(self) -> list[str]:
        options = self._options
        names = [str(self._definitions[n]["name"]).upper() for n in self._shown()]
        head = ["NAMESPACE"] if options.with_namespace else []
        labels = [label.rsplit("/", 1)[-1].upper() for label in options.column_labels]
        return [*head, *names, *labels, *(["LABELS"] if options.show_labels else [])]

    def _row(self, row: Object) -> list[str]:
        options = self._options
        meta = (row.get("object") or {}).get("metadata") or {}
        cells: list[str] = [str(meta.get("namespace", ""))] if options.with_namespace else []
        named = self._name_column() if options.show_kind and options.kind else -1
        for index in self._shown():
            text = cell_text(row["cells"][index])
            cells.append(f"{options.kind}/{text}" if index == named else text)
        labels = meta.get("labels") or {}
        cells += [labels.get(label, "") for label in options.column_labels]
        if options.show_labels:
            cells.append(",".join(f"{k}={v}" for k, v in sorted(labels.items())) or "<none>")
        return cells

    def _name_column(self) -> int:
        """The column that the kind is written before; -1 where no column is marked as the name."""
        return next((n for n, column in enumerate(self._definitions) if column.get("format") == "name"), -1)


_CUT = "\n\r\f"


def cell_text(value: Any) -> str:
    """A cell as text: a line break cuts it, with dots for what is missing."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    for position, character in enumerate(text):
        if character in _CUT:
            return text[:position] + "..."
    return text
