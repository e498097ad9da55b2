"""Table columns and cells of the built-in kinds: a registry filled by the groups' ``columns`` modules.

Source: kubernetes ``pkg/printers/internalversion/printers.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from mini_server.apis.column import CREATED_AT, NAME, Column
from mini_server.apis.core import columns as core
from mini_server.apis.core import pod_columns
from mini_server.apis.extensions import columns as extensions
from mini_server.apis.workloads import columns as workloads
from pykubectl.machinery.schema import GroupResource

Object = dict[str, Any]
Cells = Callable[[Object, datetime], list[Any]]


class Printer(NamedTuple):
    """The columns of a resource and the function that fills them."""

    columns: tuple[Column, ...]
    cells: Cells


def _default_cells(obj: Object, now: datetime) -> list[Any]:
    meta = obj.get("metadata", {})
    return [meta.get("name", ""), meta.get("creationTimestamp")]


# Source: apiserver ``pkg/registry/rest/table.go``.
_DEFAULT = Printer((NAME, CREATED_AT), _default_cells)

_PRINTERS: dict[GroupResource, Printer] = {
    GroupResource(group, plural): Printer(*entry)
    for table in (pod_columns.TABLE, core.TABLE, workloads.TABLE, extensions.TABLE)
    for (group, plural), entry in table.items()
}


def columns(gr: GroupResource) -> tuple[Column, ...]:
    """A resource's columns; name and time of creation where it has none of its own."""
    return _PRINTERS.get(gr, _DEFAULT).columns


def cells(gr: GroupResource, obj: Object, now: datetime) -> list[Any]:
    """An object's cells, in the order of its columns."""
    return _PRINTERS.get(gr, _DEFAULT).cells(obj, now)


def row_conditions(gr: GroupResource, obj: Object) -> list[Object]:
    """Conditions of a row: finished pods and jobs are marked Completed."""
    return pod_columns.row_conditions(obj) if gr == GroupResource("", "pods") else []
