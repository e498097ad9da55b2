"""The text of a description: levels of two spaces, and columns that are as wide as their neighbours need.

Source: kubectl ``pkg/describe/describe.go`` (PrefixWriter, tabbedString).
"""

from __future__ import annotations

from pykubectl.printers.tabwriter import lay_out

PADDING = 2
_INDENT = "  "
# A terminal must not be steered by what an object says.
_ESCAPES = str.maketrans({"\x1b": "^[", "\r": "\\r"})


class Writer:
    """Collects text in which tabs end cells; `text` lays it out."""

    def __init__(self, indent: int = 0) -> None:
        self._done: list[str] = []
        self._parts: list[str] = []
        self._indent = indent

    def write(self, level: int, text: str) -> None:
        """Text without a line break of its own, after the indent of its level."""
        self._parts.append((_INDENT * (level + self._indent) + text).translate(_ESCAPES))

    def line(self, level: int, text: str) -> None:
        """A line."""
        self.write(level, text + "\n")

    def field(self, level: int, name: str, value: object) -> None:
        """``name:``, and its value in the next column."""
        self.write(level, f"{name}:\t{value}\n")

    def nested(self, levels: int) -> Writer:
        """A writer into the same text whose levels count from deeper."""
        other = Writer(self._indent + levels)
        other._done, other._parts = self._done, self._parts
        return other

    def flush(self) -> None:
        """Columns begin anew after what was written."""
        self._done.append(layout("".join(self._parts)))
        self._parts.clear()

    def raw(self) -> str:
        """What was written since the last `flush`, its tabs as they are."""
        return "".join(self._parts)

    def text(self) -> str:
        """Everything, in columns."""
        self.flush()
        return "".join(self._done)


def layout(text: str) -> str:
    """Text whose cells end with tabs, in columns."""
    return lay_out(text, 0, PADDING)
