"""Columns as Go's tabwriter lays them out.

A cell ends with a tab; the last one of a line belongs to no column. A column is a run of lines that have a cell in it,
and is as wide as its widest one. Source: ``text/tabwriter``, ``github.com/liggitt/tabwriter``, cli-runtime
``pkg/printers/tabwriter.go`` (minwidth 6, padding 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

MIN_WIDTH, PADDING = 6, 3

Line = list[str]


class TabWriter:
    """Rows are written aligned; widths never shrink from one `write` to the next, so that a watch stays in line.

    ``widths`` are those to begin with, and are kept up to date.
    """

    def __init__(
        self, out: TextIO, *, min_width: int = MIN_WIDTH, padding: int = PADDING, widths: list[int] | None = None
    ) -> None:
        self._out = out
        self._min_width = min_width
        self._padding = padding
        self._widths = [] if widths is None else widths

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Writes rows; a cell that holds a tab is two."""
        text = "".join("\t".join(row) + "\n" for row in rows)
        if text:
            self._out.write(lay_out(text, self._min_width, self._padding, self._widths))


def lay_out(text: str, min_width: int, padding: int, widths: list[int] | None = None) -> str:
    """Text whose cells end with tabs, in columns.

    With ``widths`` no column is less wide than there, and the widths found are put there.
    """
    layout = _Layout(min_width, padding, widths)
    sections = text.replace("\v", "\t").split("\f")
    return "\n".join(layout.section(section) for section in sections)


class _Layout:
    def __init__(self, min_width: int, padding: int, remembered: list[int] | None) -> None:
        self._min_width = min_width
        self._padding = padding
        self._remembered = remembered

    def section(self, text: str) -> str:
        return "\n".join(self._columns([line.split("\t") for line in text.split("\n")], []))

    def _columns(self, lines: list[Line], widths: list[int]) -> list[str]:
        """The lines as text, given the widths of the columns to the left."""
        column = len(widths)
        written: list[str] = []
        begin = 0
        while begin < len(lines):
            end = begin
            while end < len(lines) and column < len(lines[end]) - 1:
                end += 1
            if end == begin:
                written.append(_padded(lines[begin], widths))
                begin += 1
            else:
                width = self._width(column, max(len(line[column]) for line in lines[begin:end]))
                written += self._columns(lines[begin:end], [*widths, width])
                begin = end
        return written

    def _width(self, column: int, longest: int) -> int:
        width = max(self._min_width, longest + self._padding)
        if self._remembered is None:
            return width
        if column == len(self._remembered):
            self._remembered.append(width)
        width = self._remembered[column] = max(width, self._remembered[column])
        return width


def _padded(line: Line, widths: list[int]) -> str:
    return "".join([*map(str.ljust, line, widths), *line[len(widths) :]])
