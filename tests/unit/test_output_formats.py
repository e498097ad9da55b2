"""Output formats of plugins: ``get -o NAME`` for a name that is not built in."""

from __future__ import annotations

from typing import Any, TextIO

import pytest

from pykubectl.printers.flags import GET_FORMATS, PrintFlags, UnknownFormat
from pykubectl.printers.serial import JSONPrinter


class Shouting:
    """Prints names in capitals."""

    def print_obj(self, obj: dict[str, Any], out: TextIO) -> None:
        out.write(obj["metadata"]["name"].upper() + "\n")


def test_a_plugins_format_is_found_by_its_name() -> None:
    printer = PrintFlags("shout", allowed=GET_FORMATS, extra=lambda: {"shout": Shouting}).to_printer()
    assert isinstance(printer, Shouting)


def test_plugins_are_not_looked_for_when_a_format_is_built_in() -> None:
    def extra() -> dict[str, type[Shouting]]:
        raise AssertionError("not needed")

    assert isinstance(PrintFlags("json", extra=extra).to_printer(), JSONPrinter)


def test_a_format_that_nobody_has_is_refused_in_kubectls_words() -> None:
    with pytest.raises(UnknownFormat, match='unable to match a printer suitable for the output format "shout"'):
        PrintFlags("shout", allowed=GET_FORMATS, extra=dict).to_printer()
