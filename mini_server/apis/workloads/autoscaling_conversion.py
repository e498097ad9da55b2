"""Horizontal pod autoscalers of the older version: what it has no fields for travels in annotations.

Source: kubernetes ``pkg/apis/autoscaling/v1/conversion.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis.internal import internal
from pykubectl.machinery.codecs import json
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.structural.walk import TypeMismatch, fill_zero, normalize

Object = dict[str, Any]

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS, _CURRENT, _BEHAVIOR, _CONDITIONS = (
    _PREFIX + name for name in ("metrics", "current-metrics", "behavior", "conditions")
)
_TRAVELLING = (_METRICS, _CURRENT, _BEHAVIOR, _CONDITIONS)
_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_NEWER = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")
_REFERENCE = ("kind", "name", "apiVersion")


def served(obj: Object) -> Object:
    """v2 -> v1: the processor's utilization has a field of its own."""
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    told: dict[str, str] = {}
    others = []
    for metric in spec.pop("metrics", None) or []:
        if _is_cpu_utilization(metric):
            spec["targetCPUUtilizationPercentage"] = metric["resource"]["target"]["averageUtilization"]
        else:
            others.append(_older(metric, "target"))
    if others:
        told[_METRICS] = _text(others)
    behavior = spec.pop("behavior", None)
    if behavior is not None:
        told[_BEHAVIOR] = internal("Behavior", behavior).text
    current = status.pop("currentMetrics", None) or []
    for metric in current:
        found = (metric.get("resource") or {}).get("current") or {}
        if (metric.get("resource") or {}).get("name") == "cpu" and "averageUtilization" in found:
            status["currentCPUUtilizationPercentage"] = found["averageUtilization"]
    if current:
        told[_CURRENT] = _text([_older(metric, "current") for metric in current])
    conditions = status.pop("conditions", None)
    if conditions:
        told[_CONDITIONS] = _text(conditions)
    status.setdefault("currentReplicas", 0)
    status.setdefault("desiredReplicas", 0)
    return {
        **obj,
        "apiVersion": "autoscaling/v1",
        "metadata": _annotated(obj.get("metadata") or {}, told),
        "spec": spec,
        "status": status,
    }


def stored(obj: Object) -> Object:
    """v1 -> v2."""
    spec, status = dict(obj.get("spec") or {}), dict(obj.get("status") or {})
    metadata = obj.get("metadata") or {}
    told = metadata.get("annotations") or {}
    metrics = _fitting("spec", "metrics", [_newer(metric, "target") for metric in _list(told, _METRICS)]) or []
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        wanted = {"type": "Utilization", "averageUtilization": target}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": wanted}})
    if metrics:
        spec["metrics"] = metrics
    behavior = _fitting("spec", "behavior", _lowered(_read(told, _BEHAVIOR)))
    if behavior is not None:
        spec["behavior"] = behavior
    now = [_newer(metric, "current") for metric in _list(told, _CURRENT)]
    current = _fitting("status", "currentMetrics", now) or []
    utilization = status.pop("currentCPUUtilizationPercentage", None)
    if not current and utilization is not None:
        state = {"averageUtilization": utilization}
        current = [{"type": "Resource", "resource": {"name": "cpu", "current": state}}]
    if current:
        status["currentMetrics"] = current
    conditions = _fitting("status", "conditions", _list(told, _CONDITIONS))
    if conditions:
        status["conditions"] = conditions
    if not status.get("currentReplicas"):
        status.pop("currentReplicas", None)
    return {
        **obj,
        "apiVersion": "autoscaling/v2",
        "metadata": _annotated(metadata, {}),
        "spec": spec,
        "status": status,
    }


def _is_cpu_utilization(metric: Object) -> bool:
    resource = metric.get("resource") or {}
    return resource.get("name") == "cpu" and "averageUtilization" in (resource.get("target") or {})


def _annotated(metadata: Object, told: dict[str, str]) -> Object:
    """Metadata with what travels; whatever travelled before is gone."""
    before = metadata.get("annotations") or {}
    annotations = {name: text for name, text in before.items() if name not in _TRAVELLING} | told
    rest = {name: value for name, value in metadata.items() if name != "annotations"}
    return {**rest, "annotations": annotations} if annotations else rest


def _text(value: Any) -> str:
    return json.dumps(value).decode()


def _read(annotations: dict[str, str], name: str) -> Any:
    """None where there is nothing, or nothing that can be read: upstream passes over that, too."""
    try:
        return json.loads(annotations.get(name) or "null")
    except json.JSONError:
        return None


def _list(annotations: dict[str, str], name: str) -> list[Object]:
    found = _read(annotations, name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _fitting(section: str, name: str, value: Any) -> Any:
    """What an annotation has said, as the schema has it; None where it does not fit: anybody may have written it."""
    type = builtin().type_for(_NEWER)
    inner = None if type is None else type.fields[section].type
    assert inner is not None
    try:
        fitting = normalize({name: value}, inner)
    except TypeMismatch:
        return None
    found = fitting.get(name)
    if found is not None:
        holder = {name: found}
        fill_zero(holder, inner)
    return found


def _lowered(value: Any) -> Any:
    """Names as JSON has them, for those that Go's fields have."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _lowered(entry) for name, entry in value.items() if entry is not None}
    return [_lowered(entry) for entry in value] if isinstance(value, list) else value


def _given(fields: Object) -> Object:
    return {name: value for name, value in fields.items() if value is not None}


def _older(metric: Object, word: str) -> Object:
    """A metric, or with ``current`` its state, in the fields of the older version."""
    kind = metric.get("type", "")
    source: Object = metric.get(_SOURCES.get(kind, "")) or {}
    found, about = source.get(word) or {}, source.get("metric") or {}
    name, selector = about.get("name", ""), about.get("selector")
    value, average = found.get("value"), found.get("averageValue")
    if kind in ("Resource", "ContainerResource"):
        utilization = {f"{word}AverageUtilization": found.get("averageUtilization")}
        own: Object = {"name": source.get("name", ""), **utilization, f"{word}AverageValue": average}
        own["container"] = source.get("container")
    elif kind == "Pods":
        own = {"metricName": name, f"{word}AverageValue": average, "selector": selector}
    elif kind == "Object":
        reference = source.get("describedObject") or {}
        own = {"target": _given({field: reference.get(field) for field in _REFERENCE}), "metricName": name}
        own |= {f"{word}Value": value or "0", "selector": selector, "averageValue": average}
    else:
        own = {"metricName": name, "metricSelector": selector}
        own |= {f"{word}Value": value, f"{word}AverageValue": average}
    return {"type": kind, _SOURCES.get(kind, "external"): _given(own)}


def _newer(metric: Object, word: str) -> Object:
    kind = metric.get("type")
    place = _SOURCES.get(kind, "external") if isinstance(kind, str) else "external"
    given = metric.get(place)
    if given is not None and not isinstance(given, dict):
        return metric
    source: Object = given or {}
    utilization = source.get(f"{word}AverageUtilization")
    value, average = source.get(f"{word}Value"), source.get(f"{word}AverageValue")
    if kind == "Object":
        average = source.get("averageValue")
        value = value if average is None or value != "0" else None
    found: Object = {"averageUtilization": utilization, "averageValue": average, "value": value}
    if word == "target":
        kinds = (("Utilization", utilization), ("AverageValue", average))
        found["type"] = next((name for name, said in kinds if said is not None), "Value")
    about = {"name": source.get("metricName"), "selector": source.get("selector") or source.get("metricSelector")}
    own: Object = {word: _given(found), "name": source.get("name"), "container": source.get("container")}
    own["describedObject"] = source.get("target")
    if kind not in ("Resource", "ContainerResource"):
        own["metric"] = _given(about)
    return {"type": kind, place: _given(own)}
