"""``get --watch``: what there is, then its changes.

Source: kubectl ``pkg/cmd/get/get.go`` watch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.ops.tables import Get, as_table, table_options
from pykubectl.printers.table import TablePrinter

if TYPE_CHECKING:
    from pykubectl.machinery.mapper import RESTMapping
    from pykubectl.printers.interface import Printer
    from pykubectl.visitor.interface import Source

Object = dict[str, Any]

_ONLY_SINGLE = "watch is only supported on individual resources and resource collections"


def watch(options: Get, printer: Printer | None) -> None:
    """Prints what there is (unless only changes are wanted), then every change until the server ends the watch.

    ``printer`` is None for tables. Raises CommandError, StatusError, ConnectionError before the watch stands.
    """
    result = options.builder().result()
    if len(result.mappings) > 1:
        raise CommandError("you may only specify a single resource type")
    if options.values["sort-by"]:
        options.factory.streams.warn("warning: --watch requested, --sort-by will be ignored for watch events received")
    try:
        infos = result.infos()
    except StatusError as error:
        if is_not_found(error) and options.values["ignore-not-found"]:
            return
        raise
    sources: Sequence[Source] = result.sources if result.sources is not None else infos
    if not sources:
        raise CommandError(f"{_ONLY_SINGLE} - 0 resources were found")
    source = sources[0]
    printing = _Printing(options, source.mapping, printer)
    for info in infos:
        printing.initial(info.object, shown=not options.values["watch-only"])
    if len(sources) > 1:
        if result.sources is None:
            raise CommandError(f"{_ONLY_SINGLE} - {len(sources)} resources were found")
        raise CommandError("you may only watch a single resource or type of resource at a time")
    for event in source.watch():
        printing.event(event.type, event.object)


class _Printing:
    """Prints objects and events in the format asked for."""

    def __init__(self, options: Get, mapping: RESTMapping, printer: Printer | None) -> None:
        self._out = options.factory.streams.out
        self._events = options.values["output-watch-events"]
        self._printer = printer
        self._table = TablePrinter(table_options(options, mapping, False), self._out)

    def initial(self, obj: Object, *, shown: bool) -> None:
        """What there is; without being shown, only the columns are kept in mind."""
        if shown:
            self.event("ADDED", obj)
        elif self._printer is None:
            self.event("ADDED", {**as_table(obj), "rows": []})

    def event(self, kind: str, obj: Object) -> None:
        """A change."""
        if self._printer is None:
            self._table.print_table(as_table(obj), kind if self._events else "")
            self._table.flush()
        else:
            self._printer.print_obj({"type": kind, "object": obj} if self._events else obj, self._out)
        self._out.flush()
