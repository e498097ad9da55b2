"""Tables of the server for what ``get`` names, one type after the other.

Source: kubectl ``pkg/cmd/get/get.go`` run, ``get_flags.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pykubectl.cli.errors import Aggregate
from pykubectl.printers.table import TableOptions, TablePrinter

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.cli.flags import Values
    from pykubectl.factory.factory import Factory
    from pykubectl.machinery.mapper import RESTMapping
    from pykubectl.visitor.info import Info

Object = dict[str, Any]

ACCEPT = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)


class Get(Protocol):
    """What is asked of the ``get`` command's options."""

    factory: Factory
    values: Values
    output: str

    def builder(self) -> Builder:
        """A builder over the arguments."""


class Target:
    """A request for a table: all objects of a type, or a named one."""

    __slots__ = ("mapping", "name", "namespace")

    def __init__(self, mapping: RESTMapping, namespace: str, name: str = "") -> None:
        self.mapping = mapping
        self.namespace = namespace if mapping.namespaced else ""
        self.name = name

    @property
    def path(self) -> str:
        """The URL path."""
        group, version, resource = self.mapping.resource
        base = f"/apis/{group}/{version}" if group else f"/api/{version}"
        if self.namespace:
            base += f"/namespaces/{self.namespace}"
        return f"{base}/{resource}/{self.name}" if self.name else f"{base}/{resource}"


class TableRun:
    """Fetches and prints; errors of single objects come at the end."""

    def __init__(self, options: Get) -> None:
        self._get = options
        self._values = options.values
        self._streams = options.factory.streams
        self._errors: list[Exception] = []
        self._printed = 0

    def run(self) -> int | None:
        """Raises Aggregate of what went wrong."""
        builder = self._get.builder()
        targets = self._targets(builder)
        several = len({t.mapping.resource for t in targets}) > 1
        last: RESTMapping | None = None
        printer: TablePrinter | None = None
        for target in targets:
            table = self._fetch(target)
            if table is None or not table.get("rows"):
                continue
            if printer is None or target.mapping != last:
                if printer is not None:
                    self._streams.print()
                printer = TablePrinter(table_options(self._get, target.mapping, several), self._streams.out)
                last = target.mapping
            printer.print_table(table)
            self._printed += len(table["rows"])
        self._say_if_nothing(builder, targets)
        if self._errors:
            raise Aggregate(self._errors)
        return None

    def _targets(self, builder: Builder) -> list[Target]:
        if not builder.is_list:
            return [Target(info.mapping, info.namespace, info.name) for info in builder.named_infos()]
        return [Target(mapping, builder.namespace_name) for mapping in builder.mappings()]

    def _fetch(self, target: Target) -> Object | None:
        from pykubectl.machinery.errors import StatusError, is_not_found

        try:
            return self._pages(target)
        except StatusError as error:
            if not (self._values["ignore-not-found"] and is_not_found(error)):
                self._errors.append(error)
            return None

    def _pages(self, target: Target) -> Object:
        params: dict[str, Any] = {}
        if not target.name:
            values = self._values
            params = {
                "limit": values["chunk-size"] or None,
                "labelSelector": values["selector"] or None,
                "fieldSelector": values["field-selector"] or None,
            }
        rest = self._get.factory.rest
        gr = target.mapping.resource.group_resource
        table: Object = rest.request(
            "GET", target.path, params=params, accept=ACCEPT, resource=gr, name=target.name
        ).object
        following = (table.get("metadata") or {}).get("continue")
        while following:
            params["continue"] = following
            page: Object = rest.request("GET", target.path, params=params, accept=ACCEPT, resource=gr).object
            table["rows"] += page.get("rows") or []
            following = (page.get("metadata") or {}).get("continue")
        return table

    def _say_if_nothing(self, builder: Builder, targets: list[Target]) -> None:
        if self._printed or self._errors or self._values["ignore-not-found"]:
            return
        namespaced = any(target.mapping.namespaced for target in targets)
        if namespaced and builder.namespace_name:
            self._streams.warn(f"No resources found in {builder.namespace_name} namespace.")
        else:
            self._streams.warn("No resources found")


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
    )


def print_objects(options: Get, infos: list[Info], objects: list[Object]) -> None:
    """Tables of objects in an order of their own: rows are fetched by name and put in that order."""
    by_identity = {id(info.obj): info for info in infos}
    printer: TablePrinter | None = None
    last: RESTMapping | None = None
    several = len({info.mapping.resource for info in infos}) > 1
    for obj in objects:
        info = by_identity[id(obj)]
        target = Target(info.mapping, info.namespace, info.name)
        table: Object = options.factory.rest.get(target.path, accept=ACCEPT).object
        if printer is None or info.mapping != last:
            printer = TablePrinter(table_options(options, info.mapping, several), options.factory.streams.out)
            last = info.mapping
        printer.print_table(table)
