"""Namespaces and what limits their content: quotas, limit ranges, disruption budgets, priorities, autoscalers.

Source: kubectl ``pkg/describe/describe.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pykubectl.machinery.errors import StatusError, is_not_found
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.quantity import canonical
from pykubectl.printers.describe.common import (
    UNSET,
    Reader,
    date,
    dig,
    format_labels,
    header,
    label_selector_text,
    metadata,
    rows,
    text_of,
)
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

QUOTAS = GroupVersionResource("", "v1", "resourcequotas")
LIMIT_RANGES = GroupVersionResource("", "v1", "limitranges")
_LIMIT_TITLES = "Type|Resource|Min|Max|Default Request|Default Limit|Max Limit/Request Ratio"
_LIMIT_KEYS = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")
_SCOPES = {
    "Terminating": "Matches all pods that have an active deadline. These pods have a limited lifespan on a node "
    "before being actively terminated by the system.",
    "NotTerminating": "Matches all pods that do not have an active deadline. These pods usually include long running "
    "pods whose container command is not expected to terminate.",
    "BestEffort": "Matches all pods that do not have resource requirements set. These pods have a best effort quality "
    "of service.",
    "NotBestEffort": "Matches all pods that have at least one resource requirement set. These pods have a burstable "
    "or guaranteed quality of service.",
}


def namespace(w: Writer, obj: Object, reader: Reader) -> None:
    """A namespace with its quotas and limits. Raises StatusError."""
    name = obj["metadata"]["name"]
    quotas = _list(QUOTAS, name, reader)
    limits = _list(LIMIT_RANGES, name, reader)
    header(w, obj, namespace=False)
    metadata(w, obj)
    w.field(0, "Status", dig(obj, "status.phase", ""))
    conditions = dig(obj, "status.conditions", [])
    if conditions:
        w.line(0, "Conditions:")
        lines = (
            (c["type"], c["status"], date(c.get("lastTransitionTime")), c.get("reason", ""), c.get("message", ""))
            for c in conditions
        )
        rows(w, 1, "Type|Status|LastTransitionTime|Reason|Message", lines)
    if quotas is not None:
        w.write(0, "\n")
        _quotas(w, quotas)
    if limits is not None:
        w.write(0, "\n")
        _limit_ranges(w, limits)


def _list(resource: GroupVersionResource, name: str, reader: Reader) -> list[Object] | None:
    """None where the server has no such resource."""
    try:
        return reader.list(resource, name)
    except StatusError as error:
        if not is_not_found(error):
            raise
        return None


def _quotas(w: Writer, quotas: list[Object]) -> None:
    if not quotas:
        w.line(0, "No resource quota.")
        return
    w.line(0, "Resource Quotas")
    for quota in sorted(quotas, key=lambda q: q["metadata"]["name"]):
        w.field(1, "Name", quota["metadata"]["name"])
        _scopes(w, 1, quota, "* ")
        rows(w, 1, "Resource|Used|Hard", _quota_lines(quota), rule="--------|---|---")


def _scopes(w: Writer, level: int, quota: Object, bullet: str) -> None:
    scopes = sorted(dig(quota, "spec.scopes", []))
    if scopes:
        w.field(level, "Scopes", ", ".join(scopes))
    for scope in scopes:
        if scope in _SCOPES:
            w.line(level, f"{bullet}{_SCOPES[scope]}")


def _quota_lines(quota: Object) -> Iterable[tuple[str, str, str]]:
    used = dig(quota, "status.used", {})
    for name, hard in sorted(dig(quota, "status.hard", {}).items()):
        yield name, canonical(used.get(name, "0")), canonical(hard)


def _limit_ranges(w: Writer, ranges: list[Object]) -> None:
    if not ranges:
        w.line(0, "No LimitRange resource.")
        return
    w.line(0, "Resource Limits")
    titles = _LIMIT_TITLES.split("|")
    w.line(0, " " + "\t".join(titles))
    w.line(0, " " + "\t".join("-" * len(title) for title in titles))
    for found in ranges:
        for line in _limit_lines(found):
            w.line(0, " " + "\t".join(line))


def _limit_lines(limit_range: Object) -> Iterable[tuple[str, ...]]:
    for item in dig(limit_range, "spec.limits", []):
        values = [item.get(key) or {} for key in _LIMIT_KEYS]
        for name in sorted({name for value in values for name in value}):
            amounts = (canonical(value[name]) if name in value else "-" for value in values)
            yield item.get("type", ""), name, *amounts


def limit_range(w: Writer, obj: Object, reader: Reader) -> None:
    """A LimitRange."""
    header(w, obj)
    rows(w, 0, _LIMIT_TITLES, _limit_lines(obj))


def resource_quota(w: Writer, obj: Object, reader: Reader) -> None:
    """A ResourceQuota."""
    header(w, obj)
    _scopes(w, 0, obj, " * ")
    rows(w, 0, "Resource|Used|Hard", _quota_lines(obj))


def pod_disruption_budget(w: Writer, obj: Object, reader: Reader) -> None:
    """A PodDisruptionBudget."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    header(w, obj)
    if spec.get("minAvailable") is not None:
        w.field(0, "Min available", spec["minAvailable"])
    elif spec.get("maxUnavailable") is not None:
        w.field(0, "Max unavailable", spec["maxUnavailable"])
    selector = spec.get("selector")
    w.field(0, "Selector", UNSET if selector is None else label_selector_text(selector))
    w.line(0, "Status:")
    for title, key in (
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ):
        w.field(2, title, status.get(key, 0))


def priority_class(w: Writer, obj: Object, reader: Reader) -> None:
    """A PriorityClass."""
    header(w, obj, namespace=False)
    w.field(0, "Value", obj.get("value", 0))
    w.field(0, "GlobalDefault", text_of(bool(obj.get("globalDefault"))))
    w.field(0, "PreemptionPolicy", obj.get("preemptionPolicy", ""))
    w.field(0, "Description", obj.get("description", ""))
    w.field(0, "Annotations", format_labels(dig(obj, "metadata.annotations")))
