"""Columns as Go's tabwriter lays them out for kubectl: three spaces between, at least six wide.

Source: cli-runtime ``pkg/printers/tabwriter.go`` (minwidth 6, padding 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

MIN_WIDTH, PADDING = 6, 3


class TabWriter:
    """Rows are written aligned; widths never shrink from one `write` to the next, so that a watch stays in line."""

    def __init__(self, out: TextIO, min_width: int = MIN_WIDTH, padding: int = PADDING) -> None:
        self._out = out
        self._min_width = min_width
        self._padding = padding
        self._widths: list[int] = []

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Writes rows; the last cell of each is not padded."""
        for row in rows:
            for index, cell in enumerate(row[:-1]):
                width = max(self._min_width, len(cell) + self._padding)
                if index == len(self._widths):
                    self._widths.append(width)
                elif width > self._widths[index]:
                    self._widths[index] = width
        lines = ["".join(self._padded(row)) for row in rows]
        if lines:
            self._out.write("\n".join(lines) + "\n")

    def _padded(self, row: Sequence[str]) -> list[str]:
        cells = [cell.ljust(self._widths[index]) for index, cell in enumerate(row[:-1])]
        return [*cells, row[-1]] if row else []
