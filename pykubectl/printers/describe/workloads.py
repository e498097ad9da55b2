"""Workloads: what they want, what there is, and their pod template.

Source: kubectl ``pkg/describe/describe.go``.
"""

from __future__ import annotations

from typing import Any

from pykubectl.helpers.deployments import HASH_LABEL
from pykubectl.helpers.owners import is_controlled_by
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.labels import selector_from_label_selector, selector_from_set
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.quantity import canonical
from pykubectl.machinery.values.time import human_duration, parse_time
from pykubectl.printers.describe.common import (
    NONE,
    UNSET,
    Reader,
    bool_text,
    controlled_by,
    date,
    describe_labels,
    dig,
    format_labels,
    header,
    label_selector_text,
    metadata,
    rows,
    text_of,
)
from pykubectl.printers.describe.pods import template
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

PODS = GroupVersionResource("", "v1", "pods")
REPLICA_SETS = GroupVersionResource("apps", "v1", "replicasets")
_PHASES = ("Running", "Pending", "Succeeded", "Failed")
_MAX_INDEXES = 50


def _pod_counts(obj: Object, selector: str, reader: Reader) -> str:
    """How many of the controlled pods are in each phase. Raises StatusError."""
    counts = dict.fromkeys(_PHASES, 0)
    for pod in reader.list(PODS, obj["metadata"]["namespace"], labels=selector):
        phase = dig(pod, "status.phase", "")
        if phase in counts and is_controlled_by(pod, obj):
            counts[phase] += 1
    running, waiting, succeeded, failed = counts.values()
    return f"{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"


def _selector(obj: Object) -> str:
    return str(selector_from_label_selector(dig(obj, "spec.selector")))


def _conditions(w: Writer, obj: Object) -> None:
    conditions = dig(obj, "status.conditions", [])
    if conditions:
        w.line(0, "Conditions:")
        lines = ((f"{c['type']} ", c.get("status", ""), c.get("reason", "")) for c in conditions)
        rows(w, 1, "Type|Status|Reason", lines)


def deployment(w: Writer, obj: Object, reader: Reader) -> None:
    """A Deployment with its replica sets."""
    spec, status = obj["spec"], obj.get("status") or {}
    header(w, obj)
    w.field(0, "CreationTimestamp", date(dig(obj, "metadata.creationTimestamp")))
    metadata(w, obj)
    w.field(0, "Selector", _selector(obj))
    counts = (("updated", "updatedReplicas"), ("total", "replicas"), ("available", "availableReplicas"))
    parts = [f"{spec.get('replicas', 0)} desired"]
    parts += [f"{status.get(key, 0)} {name}" for name, key in (*counts, ("unavailable", "unavailableReplicas"))]
    w.field(0, "Replicas", " | ".join(parts))
    w.field(0, "StrategyType", dig(spec, "strategy.type", ""))
    w.field(0, "MinReadySeconds", spec.get("minReadySeconds", 0))
    rolling = dig(spec, "strategy.rollingUpdate")
    if rolling is not None:
        text = f"{rolling.get('maxUnavailable')} max unavailable, {rolling.get('maxSurge')} max surge"
        w.field(0, "RollingUpdateStrategy", text)
    template(w, spec.get("template"))
    _conditions(w, obj)
    _replica_sets(w, obj, reader)


def _replica_sets(w: Writer, obj: Object, reader: Reader) -> None:
    try:
        found = reader.list(REPLICA_SETS, obj["metadata"]["namespace"], labels=_selector(obj))
    except StatusError:
        return
    owned = sorted(
        (rs for rs in found if is_controlled_by(rs, obj)),
        key=lambda rs: (rs["metadata"].get("creationTimestamp", ""), rs["metadata"]["name"]),
    )
    if not owned:
        return
    wanted = _without_hash(obj["spec"]["template"])
    new = next((rs for rs in owned if _without_hash(rs["spec"]["template"]) == wanted), None)
    w.field(0, "OldReplicaSets", _replica_set_texts([rs for rs in owned if rs is not new]))
    w.field(0, "NewReplicaSet", _replica_set_texts([new] if new else []))


def _without_hash(value: Object) -> Object:
    meta = value.get("metadata") or {}
    kept = {key: text for key, text in (meta.get("labels") or {}).items() if key != HASH_LABEL}
    # Nothing and an empty field mean the same.
    rest = {key: field for key, field in {**meta, "labels": kept}.items() if field}
    return {**value, "metadata": rest}


def _replica_set_texts(found: list[Object]) -> str:
    texts = (
        f"{rs['metadata']['name']} ({dig(rs, 'status.replicas', 0)}/{dig(rs, 'spec.replicas', 0)} replicas created)"
        for rs in found
    )
    return ", ".join(texts) or NONE


def replica_set(w: Writer, obj: Object, reader: Reader) -> None:
    """A ReplicaSet."""
    header(w, obj)
    w.field(0, "Selector", label_selector_text(dig(obj, "spec.selector")))
    metadata(w, obj)
    controlled_by(w, obj)
    _replicas(w, obj)
    try:
        w.field(0, "Pods Status", _pod_counts(obj, _selector(obj), reader))
    except StatusError as error:
        w.field(0, "Pods Status", f"error in fetching pods: {error}")
    template(w, obj["spec"].get("template"))
    _conditions(w, obj)


def replication_controller(w: Writer, obj: Object, reader: Reader) -> None:
    """A ReplicationController."""
    header(w, obj)
    w.field(0, "Selector", format_labels(dig(obj, "spec.selector")))
    metadata(w, obj)
    _replicas(w, obj)
    selector = str(selector_from_set(dig(obj, "spec.selector", {})))
    w.field(0, "Pods Status", _pod_counts(obj, selector, reader))
    template(w, obj["spec"].get("template"))
    _conditions(w, obj)


def _replicas(w: Writer, obj: Object) -> None:
    w.field(0, "Replicas", f"{dig(obj, 'status.replicas', 0)} current / {dig(obj, 'spec.replicas', 0)} desired")


def stateful_set(w: Writer, obj: Object, reader: Reader) -> None:
    """A StatefulSet with its volume claims."""
    spec = obj["spec"]
    header(w, obj)
    w.field(0, "CreationTimestamp", date(dig(obj, "metadata.creationTimestamp")))
    w.field(0, "Selector", _selector(obj))
    metadata(w, obj)
    w.field(0, "Replicas", f"{spec.get('replicas', 0)} desired | {dig(obj, 'status.replicas', 0)} total")
    w.field(0, "Update Strategy", dig(spec, "updateStrategy.type", ""))
    rolling = dig(spec, "updateStrategy.rollingUpdate", {})
    if rolling.get("partition") is not None:
        w.field(1, "Partition", rolling["partition"])
        if rolling.get("maxUnavailable") is not None:
            w.field(1, "MaxUnavailable", rolling["maxUnavailable"])
    w.field(0, "Pods Status", _pod_counts(obj, _selector(obj), reader))
    template(w, spec.get("template"))
    _claims(w, spec.get("volumeClaimTemplates") or [])


def _claims(w: Writer, claims: list[Object]) -> None:
    from pykubectl.printers.describe.storage import claim_class

    w.line(0, "Volume Claims:" if claims else f"Volume Claims:\t{NONE}")
    for claim in claims:
        w.field(1, "Name", dig(claim, "metadata.name", ""))
        w.field(1, "StorageClass", claim_class(claim))
        describe_labels(w, "Labels", dig(claim, "metadata.labels"), "  ")
        describe_labels(w, "Annotations", dig(claim, "metadata.annotations"), "  ")
        capacity = dig(claim, "spec.resources.requests.storage")
        w.field(1, "Capacity", "<default>" if capacity is None else canonical(capacity))
        w.field(1, "Access Modes", text_of(dig(claim, "spec.accessModes", [])))


def daemon_set(w: Writer, obj: Object, reader: Reader) -> None:
    """A DaemonSet."""
    status = obj.get("status") or {}
    header(w, obj)
    w.field(0, "Selector", _selector(obj))
    w.field(0, "Node-Selector", format_labels(dig(obj, "spec.template.spec.nodeSelector")))
    metadata(w, obj)
    for title, key in (
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ):
        w.line(0, f"{title}: {status.get(key, 0)}")
    w.field(0, "Pods Status", _pod_counts(obj, _selector(obj), reader))
    template(w, obj["spec"].get("template"))


def job(w: Writer, obj: Object, reader: Reader) -> None:
    """A Job."""
    spec, status = obj["spec"], obj.get("status") or {}
    header(w, obj)
    w.field(0, "Selector", _selector(obj))
    metadata(w, obj)
    controlled_by(w, obj)
    _job_wishes(w, spec)
    started, completed = status.get("startTime"), status.get("completionTime")
    if started:
        w.field(0, "Start Time", date(started))
    if completed:
        w.field(0, "Completed At", date(completed))
    if started and completed:
        w.field(0, "Duration", human_duration(parse_time(completed) - parse_time(started)))
    if spec.get("activeDeadlineSeconds") is not None:
        w.field(0, "Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    ready = f" ({status['ready']} Ready)" if status.get("ready") is not None else ""
    ended = f"{status.get('succeeded', 0)} Succeeded / {status.get('failed', 0)} Failed"
    w.field(0, "Pods Statuses", f"{status.get('active', 0)} Active{ready} / {ended}")
    if spec.get("completionMode") == "Indexed":
        w.field(0, "Completed Indexes", _capped(status.get("completedIndexes", "")))
    template(w, spec.get("template"))


def _job_wishes(w: Writer, spec: Object) -> None:
    if spec.get("parallelism") is not None:
        w.field(0, "Parallelism", spec["parallelism"])
    w.field(0, "Completions", dig(spec, "completions", UNSET))
    for title, key in (
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ):
        if spec.get(key) is not None:
            w.field(0, title, text_of(spec[key]))


def _capped(indexes: str) -> str:
    """At least fifty characters, up to the next comma."""
    if not indexes:
        return NONE
    comma = indexes.find(",", _MAX_INDEXES)
    return indexes if comma < 0 else indexes[: comma + 1] + "..."


def cron_job(w: Writer, obj: Object, reader: Reader) -> None:
    """A CronJob."""
    spec = obj["spec"]
    header(w, obj)
    metadata(w, obj)
    w.field(0, "Schedule", spec.get("schedule", ""))
    w.field(0, "Concurrency Policy", spec.get("concurrencyPolicy", ""))
    w.field(0, "Suspend", bool_text(spec.get("suspend")))
    w.field(0, "Time Zone", dig(spec, "timeZone", UNSET))
    w.field(0, "Successful Job History Limit", dig(spec, "successfulJobsHistoryLimit", UNSET))
    w.field(0, "Failed Job History Limit", dig(spec, "failedJobsHistoryLimit", UNSET))
    deadline = spec.get("startingDeadlineSeconds")
    w.field(0, "Starting Deadline Seconds", UNSET if deadline is None else f"{deadline}s")
    _job_template(w, dig(spec, "jobTemplate.spec", {}))
    last = dig(obj, "status.lastScheduleTime")
    w.field(0, "Last Schedule Time", date(last) if last else UNSET)
    w.field(0, "Active Jobs", ", ".join(job["name"] for job in dig(obj, "status.active", [])) or NONE)


def _job_template(w: Writer, spec: Object) -> None:
    selector = spec.get("selector")
    w.field(0, "Selector", UNSET if selector is None else str(selector_from_label_selector(selector)))
    w.field(0, "Parallelism", dig(spec, "parallelism", UNSET))
    w.field(0, "Completions", dig(spec, "completions", UNSET))
    if spec.get("activeDeadlineSeconds") is not None:
        w.field(0, "Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    template(w, spec.get("template"))
