"""Which resource serves a typed class.

The classes of a group-version are in ``pykubectl.api.<first label of group>_<version>``; their resources are in
:mod:`pykubectl.api.resources`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykubectl.api.resources import Resource


def module_name(group: str, version: str) -> str:
    """``core_v1``, ``apps_v1``, ``networking_v1``."""
    return f"{group.partition('.')[0] or 'core'}_{version}"


@cache
def _by_class() -> dict[tuple[str, str], Resource]:
    from pykubectl.api.resources import RESOURCES

    found: dict[tuple[str, str], Resource] = {}
    for resource in RESOURCES:
        found.setdefault((module_name(resource.group, resource.version), resource.kind), resource)
    return found


def resource_for(cls: type[Any]) -> Resource:
    """The resource whose objects are of the class. Raises KeyError for classes without one."""
    key = (cls.__module__.rpartition(".")[2], cls.__name__)
    try:
        return _by_class()[key]
    except KeyError:
        raise KeyError(f"no resource is known for {cls.__module__}.{cls.__qualname__}") from None


def list_class(cls: type[Any]) -> type[Any]:
    """The class of lists of these objects."""
    found: type[Any] = getattr(importlib.import_module(cls.__module__), f"{cls.__name__}List")
    return found
