"""Horizontal pod autoscalers.

Source: kubectl ``pkg/describe/describe.go`` describeHorizontalPodAutoscalerV2.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.gostrings import quote
from pykubectl.machinery.values.quantity import canonical
from pykubectl.printers.describe.common import UNSET, Reader, date, dig, header, metadata, rows
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

_UNKNOWN = "<unknown>"


def horizontal_pod_autoscaler(w: Writer, obj: Object, reader: Reader) -> None:
    """A HorizontalPodAutoscaler of autoscaling/v2."""
    spec, status = obj["spec"], obj.get("status") or {}
    target = spec["scaleTargetRef"]
    header(w, obj)
    metadata(w, obj)
    w.field(0, "CreationTimestamp", date(dig(obj, "metadata.creationTimestamp")))
    w.field(0, "Reference", f"{target['kind']}/{target['name']}")
    w.field(0, "Metrics", "( current / target )")
    current = status.get("currentMetrics") or []
    for number, metric in enumerate(spec.get("metrics") or ()):
        w.line(1, _metric(metric, current[number] if number < len(current) else {}))
    w.field(0, "Min replicas", dig(spec, "minReplicas", UNSET))
    w.field(0, "Max replicas", spec.get("maxReplicas", 0))
    if spec.get("behavior") is not None:
        w.line(0, "Behavior:")
        _direction(w, "Scale Up", spec["behavior"].get("scaleUp"))
        _direction(w, "Scale Down", spec["behavior"].get("scaleDown"))
    counts = f"{status.get('currentReplicas', 0)} current / {status.get('desiredReplicas', 0)} desired"
    w.field(0, f"{target['kind']} pods", counts)
    conditions = status.get("conditions") or []
    if conditions:
        w.line(0, "Conditions:")
        lines = ((c["type"], c["status"], c.get("reason", ""), c.get("message", "")) for c in conditions)
        rows(w, 1, "Type|Status|Reason|Message", lines)


def _metric(metric: Object, current: Object) -> str:
    kind = metric.get("type", "")
    key = kind[:1].lower() + kind[1:]
    wanted, found = metric.get(key) or {}, current.get(key)
    name = dig(wanted, "metric.name", "")
    average = dig(wanted, "target.averageValue") is not None
    if kind == "External":
        return f"{quote(name)} (target {'average ' * average}value):\t{_values(wanted, found, average=average)}"
    if kind == "Pods":
        return f"{quote(name)} on pods:\t{_values(wanted, found, average=True)}"
    if kind == "Object":
        described = wanted.get("describedObject") or {}
        average = dig(wanted, "target.type") == "AverageValue"
        what = f'"{name}" on {described.get("kind", "")}/{described.get("name", "")}'
        # The second half is written with an indent of its own.
        return f"{what} (target {'average ' * average}value):\t{_values(wanted, found, average=average)}"
    if kind in ("Resource", "ContainerResource"):
        of = f' of container "{wanted.get("container", "")}"' if kind == "ContainerResource" else ""
        what = f"resource {wanted.get('name', '')}{of} on pods"
        if average:
            return f"{what}:\t{_values(wanted, found, average=True)}"
        return f"{what}  (as a percentage of request):\t{_utilization(wanted, found)}"
    return f"<unknown metric type {quote(kind)}>"


def _values(wanted: Object, found: Object | None, *, average: bool) -> str:
    key = "averageValue" if average else "value"
    now = _UNKNOWN if found is None else canonical(dig(found, f"current.{key}", "0"))
    return f"{now} / {canonical(dig(wanted, f'target.{key}', '0'))}"


def _utilization(wanted: Object, found: Object | None) -> str:
    used = dig(found, "current.averageUtilization")
    now = _UNKNOWN if used is None else f"{used}% ({canonical(dig(found, 'current.averageValue', '0'))})"
    target = dig(wanted, "target.averageUtilization")
    return f"{now} / {'<auto>' if target is None else f'{target}%'}"


def _direction(w: Writer, name: str, rules: Object | None) -> None:
    if rules is None:
        return
    w.line(1, f"{name}:")
    if rules.get("stabilizationWindowSeconds") is not None:
        w.line(2, f"Stabilization Window: {rules['stabilizationWindowSeconds']} seconds")
    policies = rules.get("policies") or []
    if policies:
        w.line(2, f"Select Policy: {dig(rules, 'selectPolicy', 'Max')}")
        w.line(2, "Policies:")
    for policy in policies:
        period = f"Period: {policy['periodSeconds']} seconds"
        w.line(3, f"- Type: {policy['type']}\tValue: {policy['value']}\t{period}")
