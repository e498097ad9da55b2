"""Kinds that are served in two versions but stored in one.

Source: kubernetes ``pkg/apis/events/v1/conversion.go``, ``pkg/apis/autoscaling/v1/conversion.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis.workloads import autoscaling_conversion as autoscaling
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


_EVENT = GroupVersionKind("", "v1", "Event")
_EVENTS_EVENT = GroupVersionKind("events.k8s.io", "v1", "Event")
_AUTOSCALER_V1 = GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler")
_AUTOSCALER_V2 = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")

TABLE: dict[tuple[GroupVersionKind, GroupVersionKind], Conversion] = {
    (_EVENT, _EVENTS_EVENT): _event_served,
    (_EVENTS_EVENT, _EVENT): _event_stored,
    (_AUTOSCALER_V2, _AUTOSCALER_V1): autoscaling.served,
    (_AUTOSCALER_V1, _AUTOSCALER_V2): autoscaling.stored,
}
