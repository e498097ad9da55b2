"""Columns of apps, batch, autoscaling and policy.

Source: kubernetes ``pkg/printers/internalversion/printers.go``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mini_server.apis import cells
from mini_server.apis.cells import age_of, get, name
from mini_server.apis.column import AGE, NAME, Column, numbers, text, wide
from pykubectl.machinery.values.time import human_duration, parse_time

Object = dict[str, Any]


def _template(obj: Object) -> tuple[str, str]:
    return cells.containers(get(obj, "spec", "template", "spec", default={}))


def _deployment(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status", {})
    names, images = _template(obj)
    return [
        name(obj),
        f"{status.get('readyReplicas', 0)}/{get(obj, 'spec', 'replicas', default=0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age_of(obj, now),
        names,
        images,
        cells.selector(get(obj, "spec", "selector")),
    ]


def _replica_set(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status", {})
    names, images = _template(obj)
    return [
        name(obj),
        get(obj, "spec", "replicas", default=0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age_of(obj, now),
        names,
        images,
        cells.selector(get(obj, "spec", "selector")),
    ]


def _stateful_set(obj: Object, now: datetime) -> list[Any]:
    names, images = _template(obj)
    ready = f"{get(obj, 'status', 'readyReplicas', default=0)}/{get(obj, 'spec', 'replicas', default=0)}"
    return [name(obj), ready, age_of(obj, now), names, images]


def _daemon_set(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status", {})
    names, images = _template(obj)
    return [
        name(obj),
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        cells.label_set(get(obj, "spec", "template", "spec", "nodeSelector", default={})),
        age_of(obj, now),
        names,
        images,
        cells.selector(get(obj, "spec", "selector")),
    ]


def _revision(obj: Object, now: datetime) -> list[Any]:
    owner = next((o for o in obj["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
    shown = "<none>"
    if owner is not None:
        group = owner["apiVersion"].rpartition("/")[0]
        kind = owner["kind"].lower()
        shown = f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"
    return [name(obj), shown, obj.get("revision", 0), age_of(obj, now)]


def _job(obj: Object, now: datetime) -> list[Any]:
    status = obj.get("status", {})
    succeeded = status.get("succeeded", 0)
    completions = get(obj, "spec", "completions")
    parallelism = get(obj, "spec", "parallelism", default=1)
    if completions is not None:
        shown = f"{succeeded}/{completions}"
    else:
        shown = f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"
    names, images = _template(obj)
    return [
        name(obj),
        _job_status(obj),
        shown,
        _job_duration(status, now),
        age_of(obj, now),
        names,
        images,
        cells.selector(get(obj, "spec", "selector")),
    ]


def _job_status(obj: Object) -> str:
    true = {c["type"] for c in get(obj, "status", "conditions", default=[]) if c.get("status") == "True"}
    for condition, shown in (
        ("Complete", "Complete"),
        ("Failed", "Failed"),
    ):
        if condition in true:
            return shown
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for condition in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if condition in true:
            return condition
    return "Running"


def _job_duration(status: Object, now: datetime) -> str:
    if not status.get("startTime"):
        return ""
    end = parse_time(status["completionTime"]) if status.get("completionTime") else now
    return human_duration(end - parse_time(status["startTime"]))


def _cron_job(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    last = status.get("lastScheduleTime")
    template = get(spec, "jobTemplate", "spec", default={})
    names, images = cells.containers(get(template, "template", "spec", default={}))
    return [
        name(obj),
        spec.get("schedule", ""),
        spec.get("timeZone") or "<none>",
        "True" if spec.get("suspend") else "False",
        len(status.get("active") or []),
        human_duration(now - parse_time(last)) if last else "<none>",
        age_of(obj, now),
        names,
        images,
        cells.selector(template.get("selector")),
    ]


def _autoscaler(obj: Object, now: datetime) -> list[Any]:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    target = spec.get("scaleTargetRef") or {}
    return [
        name(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _metrics(spec.get("metrics") or [], status.get("currentMetrics") or []),
        str(spec["minReplicas"]) if spec.get("minReplicas") is not None else "<unset>",
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age_of(obj, now),
    ]


def _metrics(wanted: list[Object], current: list[Object]) -> str:
    if not wanted:
        return "<none>"
    shown = [_metric(entry, current[n] if n < len(current) else {}) for n, entry in enumerate(wanted)]
    more = f" + {len(shown) - 2} more..." if len(shown) > 2 else ""
    return ", ".join(shown[:2] if more else shown) + more


def _metric(entry: Object, current: Object) -> str:
    kind = str(entry.get("type", ""))
    field = kind[:1].lower() + kind[1:]
    source, now = entry.get(field) or {}, (current.get(field) or {}).get("current") or {}
    target = source.get("target") or {}
    label = f"{source.get('name')}: " if kind in ("Resource", "ContainerResource") else ""
    if target.get("averageUtilization") is not None:
        value = now.get("averageUtilization")
        shown = "<unknown>" if value is None else f"{value}%"
        return f"{label}{shown}/{target['averageUtilization']}%"
    average = target.get("averageValue")
    value = now.get("averageValue") if average is not None else now.get("value")
    suffix = " (avg)" if average is not None and kind in ("External", "Object") else ""
    return f"{label}{value or '<unknown>'}/{average if average is not None else target.get('value', '')}{suffix}"


def _budget(obj: Object, now: datetime) -> list[Any]:
    spec = obj.get("spec", {})
    return [
        name(obj),
        str(spec["minAvailable"]) if spec.get("minAvailable") is not None else "N/A",
        str(spec["maxUnavailable"]) if spec.get("maxUnavailable") is not None else "N/A",
        get(obj, "status", "disruptionsAllowed", default=0),
        age_of(obj, now),
    ]


_CONTAINERS = wide("Containers", "Images")
_SELECTOR = wide("Selector")

TABLE = {
    ("apps", "deployments"): (
        (NAME, *text("Ready", "Up-to-date", "Available"), AGE, *_CONTAINERS, *_SELECTOR),
        _deployment,
    ),
    ("apps", "replicasets"): (
        (NAME, *numbers("Desired", "Current", "Ready"), AGE, *_CONTAINERS, *_SELECTOR),
        _replica_set,
    ),
    ("apps", "statefulsets"): ((NAME, *text("Ready"), AGE, *_CONTAINERS), _stateful_set),
    ("apps", "daemonsets"): (
        (
            NAME,
            *numbers("Desired", "Current", "Ready", "Up-to-date", "Available"),
            *text("Node Selector"),
            AGE,
            *_CONTAINERS,
            *_SELECTOR,
        ),
        _daemon_set,
    ),
    ("apps", "controllerrevisions"): ((NAME, *text("Controller", "Revision"), AGE), _revision),
    ("batch", "jobs"): (
        (NAME, *text("Status", "Completions", "Duration"), AGE, *_CONTAINERS, *_SELECTOR),
        _job,
    ),
    ("batch", "cronjobs"): (
        (
            NAME,
            *text("Schedule", "Timezone"),
            Column("Suspend", "boolean"),
            *numbers("Active"),
            *text("Last Schedule"),
            AGE,
            *_CONTAINERS,
            *_SELECTOR,
        ),
        _cron_job,
    ),
    ("autoscaling", "horizontalpodautoscalers"): (
        (NAME, *text("Reference", "Targets", "MinPods", "MaxPods", "Replicas"), AGE),
        _autoscaler,
    ),
    ("policy", "poddisruptionbudgets"): (
        (NAME, *text("Min Available", "Max Unavailable"), *numbers("Allowed Disruptions"), AGE),
        _budget,
    ),
}
