"""Tables of the server for what ``get`` names, one type after the other.

Source: kubectl ``pkg/cmd/get/get.go`` Run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pykubectl.machinery.util.aggregate import Aggregate
from pykubectl.printers.table import TableOptions, TablePrinter

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.builder.result import Result
    from pykubectl.cli.flags import Values
    from pykubectl.factory.factory import Factory
    from pykubectl.machinery.mapper import RESTMapping
    from pykubectl.visitor.info import Info

Object = dict[str, Any]


class Get(Protocol):
    """What is asked of the ``get`` command's options."""

    factory: Factory
    values: Values
    output: str

    def builder(self) -> Builder:
        """A builder over the arguments."""

    def result(self) -> Result:
        """What is asked for."""


class TableRun:
    """Fetches everything, then prints; errors of single objects come at the end."""

    def __init__(self, options: Get) -> None:
        self._get = options
        self._values = options.values
        self._streams = options.factory.streams

    def run(self) -> int | None:
        """Raises Aggregate of what went wrong."""
        errors: list[Exception] = []
        infos = self._get.result().infos(errors)
        written = self._print_sorted(infos) if self._values["sort-by"] else self._print(infos)
        if not (written or self._values["ignore-not-found"] or errors):
            self._say_nothing_found(infos)
        if errors:
            raise Aggregate(errors)
        return None

    def _print_sorted(self, infos: list[Info]) -> bool:
        from pykubectl.printers.jsonpath import JSONPathError
        from pykubectl.printers.sorting import sort_objects

        if len(infos) > 1:
            # kubectl orders the tables of several types by the field, and not what they hold.
            order = sort_objects([info.object for info in infos], self._values["sort-by"])
            infos.sort(key=lambda info: next(n for n, table in enumerate(order) if table is info.obj))
        try:
            return self._print(infos)
        except JSONPathError:
            # An order that the rows do not have prints no row, and no error: as kubectl does.
            return False

    def _print(self, infos: list[Info]) -> bool:
        several = len({info.mapping.kind for info in infos}) > 1
        printer: TablePrinter | None = None
        last: RESTMapping | None = None
        written = separate = False
        for info in infos:
            if printer is None or last is None or info.mapping.resource != last.resource:
                if printer is not None:
                    written |= self._flush(printer, separate)
                    separate = written and not self._values["no-headers"]
                printer = TablePrinter(table_options(self._get, info.mapping, several), self._streams.out)
                last = info.mapping
            printer.print_table(as_table(info.object))
        if printer is not None:
            written |= self._flush(printer, separate)
        return written

    def _flush(self, printer: TablePrinter, separate: bool) -> bool:
        if separate and printer.pending:
            self._streams.print()
        return printer.flush()

    def _say_nothing_found(self, infos: list[Info]) -> None:
        if not self._values["all-namespaces"] and all(info.mapping.namespaced for info in infos):
            namespace, _ = self._get.factory.namespace()
            self._streams.warn(f"No resources found in {namespace} namespace.")
        else:
            self._streams.warn("No resources found")


def as_table(answer: Object) -> Object:
    """The answer, or names and ages of the objects where it is no Table."""
    if answer.get("kind") == "Table":
        return answer
    from pykubectl.printers.plain_table import plain_table

    return plain_table(answer)


def table_options(options: Get, mapping: RESTMapping, several: bool) -> TableOptions:
    """How a type's table is shown."""
    values = options.values
    group = f".{mapping.kind.group}" if mapping.kind.group else ""
    return TableOptions(
        no_headers=values["no-headers"],
        with_namespace=values["all-namespaces"] and mapping.namespaced,
        wide=options.output == "wide",
        show_labels=values["show-labels"],
        show_kind=values["show-kind"] or several,
        kind=f"{mapping.kind.kind.lower()}{group}",
        column_labels=values["label-columns"],
        sort_by=values["sort-by"],
    )
