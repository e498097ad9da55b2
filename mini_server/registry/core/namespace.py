"""Namespaces: kept by the ``kubernetes`` finalizer of their spec until they are empty.

Source: kubernetes ``pkg/registry/core/namespace/strategy.go``, ``storage/storage.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import RequestContext
from mini_server.registry.strategy import Strategy
from pykubectl.api.resources import Resource

Object = dict[str, Any]

FINALIZER = "kubernetes"


class NamespaceStrategy(Strategy):
    """Phase Active until the deletion begins."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.stays_marked = True

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """The finalizer and the phase."""
        spec = obj.setdefault("spec", {})
        if FINALIZER not in (spec.get("finalizers") or []):
            spec["finalizers"] = [*(spec.get("finalizers") or []), FINALIZER]
        obj["status"] = {"phase": "Active"}

    def prepare_for_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """Finalizers of the spec change by the ``finalize`` subresource only."""
        super().prepare_for_update(context, obj, old)
        obj["spec"] = old.get("spec", {})

    def canonicalize(self, obj: Object) -> None:
        """The label that names the namespace is always there."""
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]

    def begin_deletion(self, obj: Object) -> None:
        """Phase Terminating: nothing can be created in it any more."""
        obj.setdefault("status", {})["phase"] = "Terminating"
        # The time alone is set: there is no grace in it.
        obj["metadata"].pop("deletionGracePeriodSeconds", None)
