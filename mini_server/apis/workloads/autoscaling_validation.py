"""Validation of horizontal pod autoscalers.

Source: kubernetes ``pkg/apis/autoscaling/validation/validation.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_SPEC = Path.new("spec")
_TARGETS = ("Utilization", "Value", "AverageValue")
_MAX_WINDOW, _MAX_PERIOD = 3600, 1800
_EITHER = "must set either a target value for metric or a per-pod target"
_NOT_BOTH = "may not set both a target value for metric and a per-pod target"
_RAW = "must set either a target raw value or a target utilization"
_NOT_RAW = "may not set both a target raw value and a target utilization"


def autoscaler(obj: Object) -> ErrorList:
    """A HorizontalPodAutoscaler."""
    spec = obj.get("spec") or {}
    faults: ErrorList = []
    low, high, where = spec.get("minReplicas"), spec.get("maxReplicas") or 0, _SPEC.child("maxReplicas")
    if low is not None and low < 1:
        faults.append(field.invalid(_SPEC.child("minReplicas"), low, "must be greater than or equal to 1"))
    if high < 1:
        faults.append(field.required(where, "must be set and greater than 0"))
    if low is not None and high < low:
        faults.append(field.invalid(where, high, "must be greater than or equal to `minReplicas`"))
    faults += _reference(spec.get("scaleTargetRef") or {}, _SPEC.child("scaleTargetRef"), grouped=True)
    metrics = spec.get("metrics") or []
    for index, metric in enumerate(metrics):
        faults += _metric(metric, _SPEC.child("metrics").index(index))
    if low == 0 and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        faults.append(field.forbidden(_SPEC.child("metrics"), text))
    for direction in ("scaleUp", "scaleDown"):
        scaling = (spec.get("behavior") or {}).get(direction)
        if scaling is not None:
            faults += _scaling(scaling, _SPEC.child("behavior", direction))
    return faults


def _reference(reference: Object, path: Path, *, grouped: bool) -> ErrorList:
    faults: ErrorList = []
    for name in ("kind", "name"):
        faults += rules.named(path.child(name), reference.get(name, ""), names.is_path_segment_name)
    version = reference.get("apiVersion", "")
    core = (version, reference.get("kind")) == ("v1", "ReplicationController")
    if version.count("/") > 1:
        faults.append(field.invalid(path.child("apiVersion"), version, f"unexpected GroupVersion string: {version}"))
    elif grouped and "/" not in version and not core:
        faults.append(field.invalid(path.child("apiVersion"), version, "apiVersion must specify API group"))
    return faults


# type -> the field that has the metric
_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}


def _metric(metric: Object, path: Path) -> ErrorList:
    kind = metric.get("type", "")
    if not kind:
        faults = [field.required(path.child("type"), "must specify a metric source type")]
    else:
        # Upstream finds an unknown type, and then nothing that goes with it.
        faults = rules.if_set(path.child("type"), kind, tuple(_SOURCES)) * 2
    present = [
        name for name in ("object", "external", "pods", "resource", "containerResource") if metric.get(name) is not None
    ]
    if present:
        faults += _source(present[0], metric[present[0]], path.child(present[0]))
    expected = _SOURCES.get(kind)
    if expected is not None and expected not in present:
        text = "must populate information for the given metric source"
        faults.append(field.required(path.child(expected), text))
    if len(present) > 1:
        text = "must populate the given metric source only"
        faults += [field.forbidden(path.child(name), text) for name in present if name != expected]
    return faults


def _source(kind: str, source: Object, path: Path) -> ErrorList:
    target, here = source.get("target") or {}, path.child("target")
    faults: ErrorList = []
    if kind == "object":
        faults += _reference(source.get("describedObject") or {}, path.child("describedObject"), grouped=False)
    if kind in ("resource", "containerResource"):
        if not source.get("name"):
            faults.append(field.required(path.child("name"), "must specify a resource name"))
        if kind == "containerResource" and not source.get("container"):
            faults.append(field.required(path.child("container"), "must specify a container"))
    else:
        faults += _identifier(source.get("metric") or {}, path.child("metric"))
    faults += _target(target, here)
    value, average = target.get("value"), target.get("averageValue")
    if kind in ("resource", "containerResource"):
        utilization = target.get("averageUtilization")
        if utilization is None and average is None:
            faults.append(field.required(here.child("averageUtilization"), _RAW))
        if utilization is not None and average is not None:
            faults.append(field.forbidden(here.child("averageValue"), _NOT_RAW))
    elif kind == "pods":
        if average is None or Quantity.parse(average).sign != 1:
            faults.append(field.required(here.child("averageValue"), "must specify a positive target averageValue"))
    elif value is None and average is None:
        faults.append(field.required(here.child("averageValue"), _EITHER))
    elif value is not None and average is not None:
        faults.append(field.forbidden(here.child("value"), _NOT_BOTH))
    return faults


def _identifier(metric: Object, path: Path) -> ErrorList:
    name = metric.get("name", "")
    if not name:
        return [field.required(path.child("name"), "must specify a metric name")]
    return rules.told(path.child("name"), name, names.is_path_segment_name(name))


def _target(target: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    kind = target.get("type", "")
    if not kind:
        faults.append(field.required(path.child("type"), "must specify a metric target type"))
    elif kind not in _TARGETS:
        text = "must be either Utilization, Value, or AverageValue"
        faults.append(field.invalid(path.child("type"), kind, text))
    for name in ("value", "averageValue"):
        if target.get(name) is not None and Quantity.parse(target[name]).sign != 1:
            faults.append(field.invalid(path.child(name), str(Quantity.parse(target[name])), "must be positive"))
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        faults.append(field.invalid(path.child("averageUtilization"), utilization, "must be greater than 0"))
    return faults


def _scaling(scaling: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    window, where = scaling.get("stabilizationWindowSeconds"), path.child("stabilizationWindowSeconds")
    if window is not None and window < 0:
        faults.append(field.invalid(where, window, "must be greater than or equal to zero"))
    if window is not None and window > _MAX_WINDOW:
        faults.append(field.invalid(where, window, f"must be less than or equal to {_MAX_WINDOW}"))
    faults += rules.if_set(path.child("selectPolicy"), scaling.get("selectPolicy"), ("Disabled", "Max", "Min"))
    policies = scaling.get("policies") or []
    if not policies:
        faults.append(field.required(path.child("policies"), "must specify at least one Policy"))
    for index, policy in enumerate(policies):
        here, period = path.child("policies").index(index), policy.get("periodSeconds", 0)
        faults += rules.if_set(here.child("type"), policy.get("type", ""), ("Percent", "Pods"))
        for name in ("value", "periodSeconds"):
            if policy.get(name, 0) <= 0:
                faults.append(field.invalid(here.child(name), policy.get(name, 0), "must be greater than zero"))
        if period > _MAX_PERIOD:
            text = f"must be less than or equal to {_MAX_PERIOD}"
            faults.append(field.invalid(here.child("periodSeconds"), period, text))
    tolerance = scaling.get("tolerance")
    return faults + ([] if tolerance is None else rules.not_negative_quantity(path.child("tolerance"), tolerance))
