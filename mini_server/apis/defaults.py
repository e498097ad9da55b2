"""Defaulting of the built-in kinds: a registry filled by the groups' ``defaults`` modules.

Source: kubernetes ``pkg/apis/*/v1/defaults.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis.core import defaults as core
from mini_server.apis.extensions import defaults as extensions
from mini_server.apis.workloads import defaults as workloads
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]
Default = Callable[[Object], None]

_DEFAULTS: dict[tuple[str, str, str], Default] = {**core.TABLE, **workloads.TABLE, **extensions.TABLE}


def apply_defaults(gvk: GroupVersionKind, obj: Object) -> None:
    """Fills in, in place, what a client may leave out. Does nothing for kinds without defaults."""
    default = _DEFAULTS.get(gvk)
    if default is not None:
        default(obj)
