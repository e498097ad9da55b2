"""What a printer is."""

from __future__ import annotations

from typing import Any, Protocol, TextIO

Object = dict[str, Any]


class Printer(Protocol):
    """Writes objects. Pure: it knows no server, and changes nothing it is given."""

    def print_obj(self, obj: Object, out: TextIO) -> None:
        """Writes one object."""
