"""Persistent volumes: the server notes when their phase changes.

Source: kubernetes ``pkg/registry/core/persistentvolume/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

_CHANGED = "lastPhaseTransitionTime"


class VolumeStrategy(Strategy):
    """A new volume is Pending since now."""

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """The phase and its time."""
        super().prepare_for_create(context, obj)
        obj["status"][_CHANGED] = format_time(context.now())

    def prepare_for_status_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Another phase without a new time gets the present one."""
        super().prepare_for_status_update(context, obj, old)
        status, before = obj.setdefault("status", {}), old.get("status") or {}
        if status.get("phase") != before.get("phase") and status.get(_CHANGED) in (None, before.get(_CHANGED)):
            status[_CHANGED] = format_time(context.now())
