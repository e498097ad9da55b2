"""Pod conditions derived from container statuses.

Source of the rules: kubernetes ``pkg/kubelet/status/generate.go``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Object = dict[str, Any]


# The types of conditions that kubelets write, in upstream's order; all others belong to others.
OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


class Verdict(NamedTuple):
    """Status of a condition with its reason and message."""

    true: bool
    reason: str = ""
    message: str = ""


def pod_conditions(pod: Object, status: Object, now: str) -> list[Object]:
    """The pod's conditions in upstream's order; transition times are kept where a status did not change."""
    ready = _containers_ready(pod, status)
    verdicts = {
        "PodReadyToStartContainers": Verdict(bool(status.get("podIP")) and not _finished(status)),
        "Initialized": _initialized(pod, status),
        "Ready": _ready(pod, status, ready),
        "ContainersReady": ready,
        "PodScheduled": Verdict(True),
    }
    old = {c["type"]: c for c in (pod.get("status") or {}).get("conditions") or []}
    generation = pod["metadata"].get("generation", 1)
    own = [_condition(kind, verdict, old.get(kind), generation, now) for kind, verdict in verdicts.items()]
    return own + [c for kind, c in old.items() if kind not in verdicts]


def _condition(kind: str, verdict: Verdict, old: Object | None, generation: int, now: str) -> Object:
    status = "True" if verdict.true else "False"
    unchanged = old is not None and old.get("status") == status
    condition: Object = {
        "type": kind,
        "status": status,
        "observedGeneration": generation,
        "lastProbeTime": None,
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and unchanged else now,
    }
    if verdict.reason:
        condition["reason"] = verdict.reason
    if verdict.message:
        condition["message"] = verdict.message
    return condition


def _finished(status: Object) -> bool:
    return status.get("phase") in ("Succeeded", "Failed")


def _terminal(status: Object) -> Verdict | None:
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(status.get("phase", ""))
    return Verdict(False, reason) if reason else None


def _initialized(pod: Object, status: Object) -> Verdict:
    specs = {c["name"]: c for c in pod["spec"].get("initContainers") or []}
    if status.get("phase") == "Succeeded":
        return Verdict(True, "PodCompleted")
    if any("waiting" not in s["state"] for s in status.get("containerStatuses") or []):
        return Verdict(True)
    incomplete = [
        s["name"]
        for s in status.get("initContainerStatuses") or []
        if not (s.get("started") if specs.get(s["name"], {}).get("restartPolicy") == "Always" else s.get("ready"))
    ]
    if incomplete:
        message = f"containers with incomplete status: [{' '.join(incomplete)}]"
        return Verdict(False, "ContainersNotInitialized", message)
    return Verdict(True)


def _containers_ready(pod: Object, status: Object) -> Verdict:
    if (verdict := _terminal(status)) is not None:
        return verdict
    sidecars = {c["name"] for c in pod["spec"].get("initContainers") or [] if c.get("restartPolicy") == "Always"}
    candidates = [s for s in status.get("initContainerStatuses") or [] if s["name"] in sidecars]
    candidates += status.get("containerStatuses") or []
    unready = [s["name"] for s in candidates if not s.get("ready")]
    if unready:
        return Verdict(False, "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
    return Verdict(True)


def _ready(pod: Object, status: Object, containers_ready: Verdict) -> Verdict:
    if not containers_ready.true:
        return containers_ready
    conditions = {c["type"]: c.get("status") for c in (pod.get("status") or {}).get("conditions") or []}
    messages = [
        text
        for gate in pod["spec"].get("readinessGates") or []
        if (text := _gate_message(gate["conditionType"], conditions))
    ]
    if messages:
        return Verdict(False, "ReadinessGatesNotReady", ", ".join(messages))
    return Verdict(True)


def _gate_message(kind: str, conditions: dict[str, str | None]) -> str:
    if kind not in conditions:
        return f'corresponding condition of pod readiness gate "{kind}" does not exist.'
    if conditions[kind] != "True":
        return f'the status of pod readiness gate "{kind}" is not "True", but {conditions[kind]}'
    return ""
