"""Tables of the server for what ``get`` names, one type after the other.

Source: kubectl ``pkg/cmd/get/get.go`` Run, cli-runtime ``pkg/resource/selector.go``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pykubectl.cli.errors import Aggregate
from pykubectl.printers.table import TableOptions, TablePrinter

if TYPE_CHECKING:
    from pykubectl.builder.builder import Builder
    from pykubectl.cli.flags import Values
    from pykubectl.factory.factory import Factory
    from pykubectl.machinery.mapper import RESTMapping

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
    """A request: all objects of a type, or a named one, or a subresource of it."""

    __slots__ = ("mapping", "name", "namespace", "subresource")

    def __init__(self, mapping: RESTMapping, namespace: str, name: str = "", subresource: str = "") -> None:
        self.mapping = mapping
        self.namespace = namespace if mapping.namespaced else ""
        self.name = name
        self.subresource = subresource

    @property
    def path(self) -> str:
        """The URL path."""
        group, version, resource = self.mapping.resource
        base = f"/apis/{group}/{version}" if group else f"/api/{version}"
        if self.namespace:
            base += f"/namespaces/{self.namespace}"
        parts = [base, resource, *([self.name] if self.name else []), *([self.subresource] if self.subresource else [])]
        return "/".join(parts)


class _Fetched(NamedTuple):
    """The server's table of a target."""

    mapping: RESTMapping
    table: Object


class TableRun:
    """Fetches everything, then prints; errors of single objects come at the end."""

    def __init__(self, options: Get) -> None:
        self._get = options
        self._values = options.values
        self._streams = options.factory.streams
        self._errors: list[Exception] = []

    def run(self) -> int | None:
        """Raises Aggregate of what went wrong."""
        from pykubectl.printers.jsonpath import JSONPathError

        builder = self._get.builder()
        fetched = [found for target in targets(self._get, builder) if (found := self._fetch(target)) is not None]
        if self._values["sort-by"] and len(fetched) > 1:
            from pykubectl.printers.sorting import sort_objects

            # kubectl orders the tables of several types by the field, and not what they hold.
            order = sort_objects([found.table for found in fetched], self._values["sort-by"])
            fetched.sort(key=lambda found: next(n for n, table in enumerate(order) if table is found.table))
        try:
            written = self._print(fetched)
        except JSONPathError:
            # An order that the rows do not have prints no row, and no error: as kubectl does.
            written = False
        if not (written or self._values["ignore-not-found"] or self._errors):
            self._say_nothing_found(fetched)
        if self._errors:
            raise Aggregate(self._errors)
        return None

    def _print(self, fetched: list[_Fetched]) -> bool:
        several = len({found.mapping.kind for found in fetched}) > 1
        printer: TablePrinter | None = None
        last: RESTMapping | None = None
        written = separate = False
        for found in fetched:
            if printer is None or last is None or found.mapping.resource != last.resource:
                if printer is not None:
                    written |= self._flush(printer, separate)
                    separate = written and not self._values["no-headers"]
                printer = TablePrinter(table_options(self._get, found.mapping, several), self._streams.out)
                last = found.mapping
            printer.print_table(found.table)
        if printer is not None:
            written |= self._flush(printer, separate)
        return written

    def _flush(self, printer: TablePrinter, separate: bool) -> bool:
        if separate and printer.pending:
            self._streams.print()
        return printer.flush()

    def _fetch(self, target: Target) -> _Fetched | None:
        from pykubectl.machinery.errors import StatusError, is_not_found

        try:
            return _Fetched(target.mapping, as_table(target.mapping, fetch(self._get, target, self._accept)))
        except StatusError as error:
            if not (self._values["ignore-not-found"] and is_not_found(error)):
                self._errors.append(error)
            return None

    @property
    def _accept(self) -> str:
        return ACCEPT if self._values["server-print"] else "application/json"

    def _say_nothing_found(self, fetched: list[_Fetched]) -> None:
        if not self._values["all-namespaces"] and all(found.mapping.namespaced for found in fetched):
            namespace, _ = self._get.factory.namespace()
            self._streams.warn(f"No resources found in {namespace} namespace.")
        else:
            self._streams.warn("No resources found")


def targets(options: Get, builder: Builder) -> list[Target]:
    """A request for each type without names, or for each named object, or for each object of the files."""
    subresource = options.values["subresource"]
    builder.check()
    if builder.is_list:
        return [Target(m, builder.namespace_name, subresource=subresource) for m in builder.mappings()]
    return [Target(info.mapping, info.namespace, info.name, subresource) for info in builder.named_infos()]


def fetch(options: Get, target: Target, accept: str, params: dict[str, Any] | None = None) -> Object:
    """The answer for a target; the pages of a list are put together. Raises StatusError."""
    values, rest = options.values, options.factory.rest
    gr = target.mapping.resource.group_resource
    params = dict(params or {})
    if values["sort-by"] and accept == ACCEPT:
        params["includeObject"] = "Object"
    if target.name:
        named: Object = rest.request(
            "GET", target.path, params=params, accept=accept, resource=gr, name=target.name
        ).object
        return named
    params |= {
        "limit": None if values["sort-by"] else values["chunk-size"] or None,
        "labelSelector": values["selector"] or None,
        "fieldSelector": values["field-selector"] or None,
    }
    answer: Object = _list(options, target, accept, params)
    following = (answer.get("metadata") or {}).get("continue")
    while following:
        params["continue"] = following
        page: Object = _list(options, target, accept, params)
        part = "rows" if "rows" in page else "items"
        answer[part] = [*(answer.get(part) or []), *(page.get(part) or [])]
        following = (page.get("metadata") or {}).get("continue")
    return answer


def _list(options: Get, target: Target, accept: str, params: dict[str, Any]) -> Object:
    from pykubectl.machinery.errors import StatusError

    gr = target.mapping.resource.group_resource
    try:
        answer: Object = options.factory.rest.request(
            "GET", target.path, params=params, accept=accept, resource=gr
        ).object
    except StatusError as error:
        from pykubectl.builder.builder import explain_list_error

        raise explain_list_error(
            error, target.mapping, options.values["selector"], options.values["field-selector"]
        ) from None
    return answer


def as_table(mapping: RESTMapping, answer: Object) -> Object:
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
