"""``get --watch``: what there is, then its changes.

Source: kubectl ``pkg/cmd/get/get.go`` watch.
"""

from __future__ import annotations

from typing import Any

from pykubectl.cli.errors import CommandError
from pykubectl.client.errors import ConnectionError as NoConnection
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.ops.tables import ACCEPT, Get, Target, as_table, fetch, table_options, targets
from pykubectl.printers.interface import Printer
from pykubectl.printers.table import TablePrinter

Object = dict[str, Any]


def watch(options: Get, printer: Printer | None) -> None:
    """Prints what there is (unless only changes are wanted), then every change until the server ends the watch.

    ``printer`` is None for tables. Raises CommandError, StatusError, ConnectionError before the watch stands.
    """
    target = _target(options)
    if options.values["sort-by"]:
        options.factory.streams.warn("warning: --watch requested, --sort-by will be ignored for watch events received")
    accept = ACCEPT if printer is None and options.values["server-print"] else "application/json"
    try:
        first = fetch(options, target, accept)
    except StatusError as error:
        if is_not_found(error) and options.values["ignore-not-found"]:
            return
        raise
    printing = _Printing(options, target, printer)
    printing.initial(first, shown=not options.values["watch-only"])
    _follow(options, target, printing, first, accept)


def _follow(options: Get, target: Target, printing: _Printing, first: Object, accept: str) -> None:
    params: dict[str, Any] = {"watch": True, "labelSelector": options.values["selector"] or None}
    if target.name:
        # From version 0 the server sends the object once more, as it is now: that event isn't shown.
        params |= {"fieldSelector": f"metadata.name={target.name}", "resourceVersion": "0"}
        target = Target(target.mapping, target.namespace)
    else:
        version = (first.get("metadata") or {}).get("resourceVersion", "")
        params |= {"fieldSelector": options.values["field-selector"] or None, "resourceVersion": version}
    if options.values["sort-by"] and accept == ACCEPT:
        params["includeObject"] = "Object"
    skipping = "name=" in str(params["fieldSelector"]) and params["resourceVersion"] == "0"
    response = options.factory.rest.stream("GET", target.path, params=params, accept=accept)
    try:
        for line in response.lines():
            if line.strip() and not skipping:
                printing.event(json.loads(line))
            skipping = False
    except NoConnection:
        # A watch that breaks off, or whose time is over, has come to its end.
        return
    finally:
        response.close()


def _target(options: Get) -> Target:
    found = targets(options, options.builder())
    if len(found) != 1:
        raise CommandError("you may only specify a single resource type")
    return found[0]


class _Printing:
    """Prints lists and events in the format asked for."""

    def __init__(self, options: Get, target: Target, printer: Printer | None) -> None:
        self._out = options.factory.streams.out
        self._events = options.values["output-watch-events"]
        self._mapping = target.mapping
        self._printer = printer
        self._table = TablePrinter(table_options(options, target.mapping, False), self._out)

    def initial(self, answer: Object, *, shown: bool) -> None:
        """What there is; without being shown, only the columns are kept in mind."""
        if self._printer is None:
            table = as_table(self._mapping, answer)
            self._rows("ADDED", table if shown else {**table, "rows": []})
        elif shown:
            kind = {"apiVersion": self._mapping.kind.api_version, "kind": self._mapping.kind.kind}
            listed = isinstance(answer.get("items"), list)
            for item in answer["items"] if listed else [answer]:
                self._object("ADDED", {**kind, **item})
        self._out.flush()

    def event(self, event: Object) -> None:
        """A change. Raises StatusError for the server's end of the watch with an error."""
        if event["type"] == "ERROR":
            raise StatusError.from_status(event["object"])
        if self._printer is None:
            self._rows(event["type"], as_table(self._mapping, event["object"]))
        else:
            self._object(event["type"], event["object"])
        self._out.flush()

    def _rows(self, kind: str, table: Object) -> None:
        self._table.print_table(table, kind if self._events else "")
        self._table.flush()

    def _object(self, kind: str, obj: Object) -> None:
        assert self._printer is not None
        if not self._events:
            self._printer.print_obj(obj, self._out)
        else:
            self._printer.print_obj({"type": kind, "object": obj}, self._out)
