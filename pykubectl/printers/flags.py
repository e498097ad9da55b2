"""``-o``: from a format's name to its printer.

Source: cli-runtime ``pkg/genericclioptions/print_flags.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pykubectl.printers.serial import JSONPrinter, NamePrinter, YAMLPrinter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pykubectl.printers.interface import Printer

FORMATS = "custom-columns,custom-columns-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,wide,yaml"


class UnknownFormat(ValueError):
    """No printer of that name; the text is kubectl's."""

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(
            f'unable to match a printer suitable for the output format "{name}", allowed formats are: {allowed}'
        )


class PrintFlags:
    """Makes printers. ``operation`` is what plain output says was done; ``extra`` are formats of plugins."""

    def __init__(
        self,
        output: str = "",
        operation: str = "",
        *,
        show_managed_fields: bool = False,
        no_headers: bool = False,
        allow_missing: bool = True,
        extra: Mapping[str, Callable[[], Printer]] | None = None,
        allowed: str = FORMATS,
    ) -> None:
        self._output = output
        self._operation = operation
        self._show = show_managed_fields
        self._no_headers = no_headers
        self._allow_missing = allow_missing
        self._extra = extra or {}
        self._allowed = allowed

    def to_printer(self) -> Printer:
        """The printer of the format; the plain one without a format. Raises UnknownFormat, JSONPathError."""
        name, equals, argument = self._output.partition("=")
        if name in ("", "name"):
            return NamePrinter(self._operation, short=name == "name")
        if name == "json":
            return JSONPrinter(show_managed_fields=self._show)
        if name == "yaml":
            return YAMLPrinter(show_managed_fields=self._show)
        if name in self._extra:
            return self._extra[name]()
        return self._template(name, argument, equals)

    def _template(self, name: str, argument: str, equals: str) -> Printer:
        from pykubectl.printers.jsonpath import JSONPathError, JSONPathPrinter

        if name in ("jsonpath", "jsonpath-file"):
            if not argument:
                raise JSONPathError("template format specified but no template given")
            template = _file(argument) if name.endswith("-file") else argument
            return JSONPathPrinter(template, allow_missing=self._allow_missing)
        if name in ("custom-columns", "custom-columns-file"):
            from pykubectl.printers.custom_columns import CustomColumnsPrinter, parse_columns

            if name.endswith("-file"):
                headers, paths = (line.split() for line in _file(argument).splitlines()[:2])
                argument = ",".join(f"{header}:{path}" for header, path in zip(headers, paths))
            return CustomColumnsPrinter(parse_columns(argument), no_headers=self._no_headers)
        raise UnknownFormat(self._output, self._allowed)


def _file(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
