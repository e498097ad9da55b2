"""Kinds that are served in two versions but stored in one.

Source: kubernetes ``pkg/apis/events/v1/conversion.go``, ``pkg/apis/autoscaling/v1/conversion.go``.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.converter import Conversion
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]


# core/v1 Event -> events.k8s.io/v1 Event
_EVENT_FIELDS = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_EVENT_FIELDS_BACK = {served: stored for stored, served in _EVENT_FIELDS.items()}


def _renamed(obj: Object, names: dict[str, str], api_version: str) -> Object:
    return {**{names.get(name, name): value for name, value in obj.items()}, "apiVersion": api_version}


def _event_served(obj: Object) -> Object:
    served = _renamed(obj, _EVENT_FIELDS, "events.k8s.io/v1")
    for name in ("reportingController", "reportingInstance"):
        if not served.get(name):
            served.pop(name, None)
    return served


def _event_stored(obj: Object) -> Object:
    stored = _renamed(obj, _EVENT_FIELDS_BACK, "v1")
    stored.setdefault("involvedObject", {})
    stored.setdefault("source", {})
    return stored


def _is_cpu_utilization(metric: Object) -> bool:
    resource = metric.get("resource") or {}
    return resource.get("name") == "cpu" and "averageUtilization" in (resource.get("target") or {})


def _autoscaler_served(obj: Object) -> Object:
    """v2 -> v1: the processor's utilization has a field of its own."""
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    for metric in spec.pop("metrics", None) or []:
        if _is_cpu_utilization(metric):
            spec["targetCPUUtilizationPercentage"] = metric["resource"]["target"]["averageUtilization"]
    spec.pop("behavior", None)
    for metric in status.pop("currentMetrics", None) or []:
        current = (metric.get("resource") or {}).get("current") or {}
        if (metric.get("resource") or {}).get("name") == "cpu" and "averageUtilization" in current:
            status["currentCPUUtilizationPercentage"] = current["averageUtilization"]
    status.pop("conditions", None)
    status.setdefault("currentReplicas", 0)
    status.setdefault("desiredReplicas", 0)
    return {**obj, "apiVersion": "autoscaling/v1", "spec": spec, "status": status}


def _autoscaler_stored(obj: Object) -> Object:
    """v1 -> v2."""
    spec = dict(obj.get("spec") or {})
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        wanted = {"type": "Utilization", "averageUtilization": target}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": wanted}}]
    status = dict(obj.get("status") or {})
    current = status.pop("currentCPUUtilizationPercentage", None)
    if current is not None:
        now = {"averageUtilization": current}
        status["currentMetrics"] = [{"type": "Resource", "resource": {"name": "cpu", "current": now}}]
    return {**obj, "apiVersion": "autoscaling/v2", "spec": spec, "status": status}


_EVENT = GroupVersionKind("", "v1", "Event")
_EVENTS_EVENT = GroupVersionKind("events.k8s.io", "v1", "Event")
_AUTOSCALER_V1 = GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler")
_AUTOSCALER_V2 = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")

TABLE: dict[tuple[GroupVersionKind, GroupVersionKind], Conversion] = {
    (_EVENT, _EVENTS_EVENT): _event_served,
    (_EVENTS_EVENT, _EVENT): _event_stored,
    (_AUTOSCALER_V2, _AUTOSCALER_V1): _autoscaler_served,
    (_AUTOSCALER_V1, _AUTOSCALER_V2): _autoscaler_stored,
}
