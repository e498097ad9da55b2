"""``-o``: from a format's name to its printer.

Source: cli-runtime ``pkg/genericclioptions/{print,template,jsonpath}_flags.go``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pykubectl.printers.serial import JSONPrinter, NamePrinter, YAMLPrinter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pykubectl.printers.interface import Printer

_TEMPLATES = (
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile"
)
FORMATS = f"{_TEMPLATES},yaml"
GET_FORMATS = f"custom-columns,custom-columns-file,{_TEMPLATES},wide,yaml"

_GO_TEMPLATES = ("go-template", "go-template-file", "template", "templatefile")
_JSON_PATHS = ("jsonpath", "jsonpath-as-json", "jsonpath-file")
_COLUMNS = ("custom-columns", "custom-columns-file")


class UnknownFormat(ValueError):
    """No printer of that name; the text is kubectl's."""

    def __init__(self, name: str, allowed: str) -> None:
        from pykubectl.machinery.gostrings import quote

        super().__init__(
            f"unable to match a printer suitable for the output format {quote(name)}, allowed formats are: {allowed}"
        )


class PrintFlags:
    """Makes printers. ``operation`` is what plain output says was done; ``extra`` finds the formats of plugins, and is
    called for a name that is none of ours.

    ``template`` is the template where the format does not hold it after ``=``.
    """

    def __init__(
        self,
        output: str = "",
        operation: str = "",
        *,
        show_managed_fields: bool = False,
        no_headers: bool = False,
        allow_missing: bool = True,
        template: str = "",
        extra: Callable[[], Mapping[str, Callable[[], Printer]]] | None = None,
        allowed: str = FORMATS,
    ) -> None:
        self._output = output
        self._operation = operation
        self._show = show_managed_fields
        self._no_headers = no_headers
        self._allow_missing = allow_missing
        self._given = template
        self._extra = extra
        self._allowed = allowed

    def to_printer(self) -> Printer:
        """The printer of the format; the plain one without a format. Raises UnknownFormat, ValueError."""
        output = self._output or ("go-template" if self._given else "")
        if output in ("", "name"):
            return NamePrinter(self._operation, short=output == "name")
        if output == "json":
            return JSONPrinter(show_managed_fields=self._show)
        if output == "yaml":
            return YAMLPrinter(show_managed_fields=self._show)
        if output == "kyaml":
            from pykubectl.printers.kyaml import KYAMLPrinter

            return KYAMLPrinter(show_managed_fields=self._show)
        name, _, argument = output.partition("=")
        if name in _COLUMNS and "custom-columns" in self._allowed:
            return self._custom_columns(name, argument or self._given)
        if name not in (*_GO_TEMPLATES, *_JSON_PATHS):
            return self._of_plugin(name)
        if self._given and argument:
            raise UnknownFormat(output, self._allowed)
        return self._template(name, self._given or argument)

    def _of_plugin(self, name: str) -> Printer:
        found = (self._extra() if self._extra else {}).get(name)
        if found is None:
            raise UnknownFormat(self._output, self._allowed)
        return found()

    def _template(self, name: str, template: str) -> Printer:
        if not template:
            raise ValueError("template format specified but no template given")
        if name in ("jsonpath-file", "go-template-file", "templatefile"):
            template = _file(template, f"error reading --template {template}, ")
        if name in _GO_TEMPLATES:
            from pykubectl.printers.gotemplate import GoTemplatePrinter

            return GoTemplatePrinter(template, allow_missing=self._allow_missing)
        from pykubectl.printers.jsonpath import JSONPathPrinter

        return JSONPathPrinter(template, allow_missing=self._allow_missing, as_json=name == "jsonpath-as-json")

    def _custom_columns(self, name: str, argument: str) -> Printer:
        from pykubectl.printers.custom_columns import CustomColumnsPrinter, parse_columns, parse_template

        if not argument:
            raise ValueError("custom-columns format specified but no custom columns given")
        if name == "custom-columns-file":
            # A folder is read as an empty file; a template's headers are always printed.
            text = "" if os.path.isdir(argument) else _file(argument, f"error reading template {argument}, ")
            return CustomColumnsPrinter(parse_template(text))
        return CustomColumnsPrinter(parse_columns(argument), no_headers=self._no_headers)


def _file(path: str, complaint: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except IsADirectoryError:
        raise ValueError(f"{complaint}read {path}: is a directory") from None
    except OSError as error:
        raise ValueError(f"{complaint}open {path}: {(error.strerror or str(error)).lower()}") from None
