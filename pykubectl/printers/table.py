"""Tables of the server, printed.

Source: cli-runtime ``pkg/printers/tableprinter.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

from pykubectl.printers.tabwriter import TabWriter

Object = dict[str, Any]


class TableOptions:
    """What of a table is shown."""

    __slots__ = ("column_labels", "kind", "no_headers", "show_kind", "show_labels", "wide", "with_namespace")

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
    ) -> None:
        self.no_headers = no_headers
        self.with_namespace = with_namespace
        self.wide = wide
        self.show_labels = show_labels
        self.show_kind = show_kind
        self.kind = kind
        self.column_labels = tuple(column_labels)


class TablePrinter:
    """Prints Tables one after the other; the header stands once, before the first row."""

    def __init__(self, options: TableOptions, out: TextIO) -> None:
        self._options = options
        self._writer = TabWriter(out)
        self._columns: list[int] | None = None
        self._definitions: list[Object] = []

    def print_table(self, table: Object) -> None:
        """Prints a Table's rows."""
        rows: list[list[str]] = []
        if table.get("columnDefinitions"):
            first = self._columns is None
            self._definitions = table["columnDefinitions"]
            self._columns = [
                n for n, c in enumerate(self._definitions) if self._options.wide or c.get("priority", 0) == 0
            ]
            if first and not self._options.no_headers:
                rows.append(self._header())
        rows += [self._row(row) for row in table.get("rows") or []]
        self._writer.write(rows)

    def _header(self) -> list[str]:
        options = self._options
        names = [str(self._definitions[n]["name"]).upper() for n in self._columns or ()]
        head = ["NAMESPACE"] if options.with_namespace else []
        labels = [label.rsplit("/", 1)[-1].upper() for label in options.column_labels]
        return [*head, *names, *labels, *(["LABELS"] if options.show_labels else [])]

    def _row(self, row: Object) -> list[str]:
        options = self._options
        meta = (row.get("object") or {}).get("metadata") or {}
        cells: list[str] = [str(meta.get("namespace", ""))] if options.with_namespace else []
        for position, index in enumerate(self._columns or ()):
            text = cell_text(row["cells"][index])
            if position == 0 and options.show_kind and options.kind:
                text = f"{options.kind}/{text}"
            cells.append(text)
        labels = meta.get("labels") or {}
        cells += [labels.get(label, "") for label in options.column_labels]
        if options.show_labels:
            cells.append(",".join(f"{k}={v}" for k, v in sorted(labels.items())) or "<none>")
        return cells


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
