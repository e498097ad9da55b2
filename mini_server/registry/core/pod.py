"""Pods: graceful deletion, and what only the server sets.

Source: kubernetes ``pkg/registry/core/pod/strategy.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.registry.context import DeleteOptions, RequestContext
from mini_server.registry.strategy import Strategy, take
from pykubectl.api.resources import Resource
from pykubectl.helpers.pods import qos_class

Object = dict[str, Any]


class PodStrategy(Strategy):
    """A new pod is Pending with its quality of service; a deleted one gets its grace period."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.ends_gracefully = True

    def prepare_for_create(self, context: RequestContext, obj: Object) -> None:
        """Phase, QoS class."""
        obj["status"] = {"phase": "Pending", "qosClass": qos_class(obj)}
        if obj["spec"].get("schedulingGates"):
            condition = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
            condition["message"] = "Scheduling is blocked due to non-empty scheduling gates"
            obj["status"]["conditions"] = [{**condition, "lastProbeTime": None, "lastTransitionTime": None}]

    def prepare_for_status_update(self, context: RequestContext, obj: Object, old: Object) -> None:
        """The spec stays as it is; the QoS class cannot change, but may be left out."""
        super().prepare_for_status_update(context, obj, old)
        status = obj.setdefault("status", {})
        before = old.get("status", {})
        if "qosClass" in before:
            status.setdefault("qosClass", before["qosClass"])
        # Owners of a pod are not the kubelet's to change.
        take(obj["metadata"], old["metadata"], "ownerReferences")

    def default_grace_period(self, obj: Object, options: DeleteOptions) -> int | None:
        """As asked for, or the spec's; none for a pod that no kubelet has, or that has ended."""
        grace = options.grace_period_seconds
        if grace is None:
            grace = int(obj["spec"].get("terminationGracePeriodSeconds") or 0)
        if not obj["spec"].get("nodeName"):
            grace = 0
        if obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            grace = 0
        return 1 if grace < 0 else grace
