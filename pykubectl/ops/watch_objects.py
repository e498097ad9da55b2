"""``get --watch``: a list, then its changes.

Source: kubectl ``pkg/cmd/get/get.go`` watch.
"""

from __future__ import annotations

from typing import Any

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.codecs import json
from pykubectl.machinery.errors import StatusError
from pykubectl.ops.tables import ACCEPT, Get, Target, table_options
from pykubectl.printers.flags import PrintFlags
from pykubectl.printers.table import TablePrinter

Object = dict[str, Any]


def watch(options: Get) -> None:
    """Prints what there is (unless only changes are wanted), then every change until the server ends the watch."""
    target = _target(options)
    rest = options.factory.rest
    params = {
        "labelSelector": options.values["selector"] or None,
        "fieldSelector": options.values["field-selector"] or None,
    }
    if target.name:
        params["fieldSelector"] = f"metadata.name={target.name}"
        # A name that does not exist is an error at once, not an endless watch.
        rest.get(target.path)
        target = Target(target.mapping, target.namespace)
    human = options.output in ("", "wide")
    accept = ACCEPT if human else "application/json"
    printer = _Printer(options, target)
    first: Object = rest.request("GET", target.path, params=params, accept=accept).object
    if not options.values["watch-only"]:
        printer.initial(first)
    version = first["metadata"]["resourceVersion"]
    watching: dict[str, Any] = {**params, "watch": True, "resourceVersion": version}
    response = rest.stream("GET", target.path, params=watching, accept=accept)
    try:
        for line in response.lines():
            if line:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise StatusError.from_status(event["object"])
                printer.event(event)
    finally:
        response.close()


def _target(options: Get) -> Target:
    builder = options.builder()
    if builder.is_list:
        mappings = builder.mappings()
        if len(mappings) != 1:
            raise CommandError("you may only specify a single resource type")
        return Target(mappings[0], builder.namespace_name)
    infos = list(builder.named_infos())
    if len(infos) != 1:
        raise CommandError("you may only specify a single resource type")
    return Target(infos[0].mapping, infos[0].namespace, infos[0].name)


class _Printer:
    """Prints lists and events in the format asked for."""

    def __init__(self, options: Get, target: Target) -> None:
        self._out = options.factory.streams.out
        self._events = options.values["output-watch-events"]
        self._kind = target.mapping.kind
        self._table: TablePrinter | None = None
        if options.output in ("", "wide"):
            self._table = TablePrinter(table_options(options, target.mapping, False), self._out)
        else:
            self._printer = PrintFlags(options.output, no_headers=options.values["no-headers"]).to_printer()

    def initial(self, listed: Object) -> None:
        """What there is."""
        if self._table is not None:
            self._table.print_table(listed)
        else:
            for item in listed.get("items") or []:
                self._object("ADDED", {"apiVersion": self._kind.api_version, "kind": self._kind.kind, **item})
        self._out.flush()

    def event(self, event: Object) -> None:
        """A change."""
        if event["type"] == "BOOKMARK":
            return
        if self._table is not None:
            self._table.print_table(event["object"])
        else:
            self._object(event["type"], event["object"])
        self._out.flush()

    def _object(self, kind: str, obj: Object) -> None:
        self._printer.print_obj({"type": kind, "object": obj} if self._events else obj, self._out)
