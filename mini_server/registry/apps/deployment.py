"""Deployments: annotations are part of what is wanted.

Source: kubernetes ``pkg/registry/apps/deployment/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy, take

Object = dict[str, Any]


class DeploymentStrategy(Strategy):
    """A write of the status leaves the labels alone."""

    def is_new_generation(self, obj: Object, old: Object) -> bool:
        """Changed annotations count: controllers pass them on."""
        annotations, before = obj["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
        return super().is_new_generation(obj, old) or annotations != before

    def prepare_for_status_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Labels stay too."""
        super().prepare_for_status_update(context, obj, old)
        take(obj["metadata"], old["metadata"], "labels")
