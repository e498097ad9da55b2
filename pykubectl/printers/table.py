"""Tables of the server, printed.

Source: cli-runtime ``pkg/printers/tableprinter.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from pykubectl.machinery.gostrings import go_value
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
        self._header_due = True
        self._decorate([])

    def print_table(self, table: Object, event: str = "") -> None:
        """Takes a Table's rows; ``event`` is the type of the watch event that has brought them.

        A Table without columns has those of the one before it. Raises JSONPathError for an order that cannot be had.
        """
        columns = table.get("columnDefinitions") or []
        if columns and columns != self._definitions:
            self._decorate(columns)
            self._header_due = True
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

    def _decorate(self, columns: list[Object]) -> None:
        """The columns with those that the options add, and which of them are shown."""
        options = self._options
        self._definitions = columns
        added = [label.rsplit("/", 1)[-1] for label in options.column_labels]
        added += ["Labels"] if options.show_labels else []
        before: list[Object] = [{"name": "Namespace"}] if options.with_namespace else []
        self._columns = [*before, *columns, *({"name": name} for name in added)]
        self._shown = [n for n, column in enumerate(self._columns) if options.wide or not column.get("priority")]
        names = (n for n, column in enumerate(columns) if column.get("format") == "name")
        # The kind is written before the name, where a column is marked as that.
        self._named = next(names, -1) if options.show_kind and options.kind else -1
        self._decorated = bool(added or before or self._named >= 0)

    def _header(self) -> list[str]:
        return [str(self._columns[n]["name"]).upper() for n in self._shown]

    def _row(self, row: Object) -> list[str]:
        cells = self._cells(row) if self._decorated else row["cells"]
        # A server may send fewer cells than columns, or more, which are left out.
        return [cell_text(cells[n]) for n in self._shown if n < len(cells)]

    def _cells(self, row: Object) -> list[Any]:
        """A row's cells with those that the options add."""
        options = self._options
        cells = list(row["cells"])
        if 0 <= self._named < len(cells):
            cells[self._named] = f"{options.kind}/{cell_text(cells[self._named])}"
        obj = row.get("object")
        if obj is None:
            if options.with_namespace:
                cells.insert(0, None)
            # As upstream, whose loop compares with a length that it changes: every second one that is missing.
            return cells + [None] * ((len(self._columns) - len(cells) + 1) // 2)
        meta = obj.get("metadata") or {}
        labels = meta.get("labels") or {}
        if options.with_namespace:
            cells.insert(0, meta.get("namespace"))
        cells += [labels.get(label) for label in options.column_labels]
        if options.show_labels:
            cells.append(",".join(f"{key}={labels[key]}" for key in sorted(labels)) or "<none>")
        return cells


_CUT = "\n\r\f"
_ESCAPE = "\x1b"


def cell_text(value: Any) -> str:
    """A cell as text: a line break cuts it, with dots for what is missing; a terminal must not be steered by it."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else go_value(value)
    if text.isprintable():
        return text
    cut = min((place for place in map(text.find, _CUT) if place >= 0), default=-1)
    return (text if cut < 0 else text[:cut] + "...").replace(_ESCAPE, "^[")
